//! A Kubernetes API server as a target.
//!
//! [`Servers`] hands out the targets of clusters. `server` is one API server with its connection, `exchange` one request with
//! its tries, `discovery` what is served, `list` and `watch` what is there and what happens to it. On these stand `observe`,
//! `apply` (which writes by `put` and `delete`, and knows what is special about `namespace`s and `definitions`) and
//! `rehearse`; `refusal` says what it means when the server says no.

mod apply;
mod batch;
mod capabilities;
mod connect;
mod connection;
mod definitions;
mod delete;
mod discovery;
mod exchange;
mod failure;
mod find;
mod gone;
mod hooks;
mod kubeconfig;
mod list;
mod logs;
mod look;
mod look_up;
mod marks;
mod namespace;
mod observe;
mod put;
mod refusal;
mod rehearse;
mod retry;
mod server;
mod servers;
mod survey;
mod target;
mod wait;
mod watch;
mod write;

pub use marks::{Marks, field_manager, is_adopted, unmarked};
pub use servers::{Pace, Servers};
pub use target::KubernetesTarget;
