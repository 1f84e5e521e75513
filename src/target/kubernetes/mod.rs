//! A Kubernetes API server as a target.
//!
//! [`Servers`] hands out the targets of clusters; `server` is one API server with its connection, `exchange` one request
//! with its tries, `discovery` what is served, `list` and `watch` what is there and what happens to it.

mod connect;
mod connection;
mod discovery;
mod exchange;
mod failure;
mod hooks;
mod kubeconfig;
mod list;
mod marks;
mod retry;
mod server;
mod servers;
mod target;
mod wait;
mod watch;

pub use marks::Marks;
pub use servers::Servers;
pub use target::KubernetesTarget;
