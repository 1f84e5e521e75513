//! Real control planes of Kubernetes on loopback, without containers: etcd, kube-apiserver, kube-controller-manager,
//! kube-scheduler, and kwok, which plays the nodes and makes pods ready. Each server has a port that the kernel chose.
//!
//! Most tests share one, [`plane`], each in namespaces of its own ([`Plane::namespace`]). Tests that change something for the
//! whole cluster, or kill a server, start their own ([`Plane::start`]), which ends with its value. No server outlives the
//! process that started it, however that ends.
//!
//! What annotations make of pods (written by the tests into templates of pods; see `stages.yaml`):
//!
//! - none: pods are ready at once, and those that need not be restarted (of Jobs, hooks) have succeeded at once;
//! - `stratiform.test/holds: "true"`: the pod runs and is not ready, until the annotation is taken from the pod;
//! - `stratiform.test/fails: ImagePullBackOff` (or another reason): the pod waits for that reason and is never ready, with an
//!   event beside it; one that need not be restarted has failed, unless the reason is one of starting, like that one.
//!
//! Each container has printed the lines `one` and `two`, which can be had as with `kubectl logs`.
//!
//! Claims of volumes are bound at once, and Services of the type LoadBalancer have an address, unless they have `holds` too.
//!
//! A [`Proxy`] before a plane counts requests, and lets things go wrong ([`Faults`]).
//!
//! `tests/control-plane/build` brings the programs. Where they are missing, planes are not there: the test is skipped, or
//! fails where skips are not wanted.

mod faults;
mod kubeconfig;
mod plane;
mod programs;
mod proxy;
mod servers;

use std::sync::OnceLock;

pub use faults::{Fault, Faults};
pub use kubeconfig::{Context, User};
pub use plane::{ID_TOKEN, Plane};
pub use proxy::{Asked, Proxy};

use programs::Programs;

/// The control plane that tests share, started when the first asks for it.
#[track_caller]
pub fn plane() -> Option<&'static Plane> {
    static SHARED: OnceLock<Plane> = OnceLock::new();
    let programs = Programs::find()?;
    Some(SHARED.get_or_init(|| Plane::start_with(programs, "shared")))
}
