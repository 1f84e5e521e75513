//! A Kubernetes API server as a target.

mod marks;
mod servers;
mod target;

pub use marks::{Marks, field_manager};
pub use servers::Servers;
pub use target::KubernetesTarget;
