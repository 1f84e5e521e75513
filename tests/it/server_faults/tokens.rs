//! Credentials that are wrong, or expire.

use std::sync::atomic::{AtomicUsize, Ordering};

use super::outages::is_write;
use super::site::{APPLY, Shape, Site};
use crate::support::planes::{Fault, Faults, Proxy, User, plane};

const LOG_IN: &str =
    "it does not accept the credentials (401): they are wrong or have expired; log in again";

#[test]
fn a_token_that_expires_ends_the_apply_and_the_next_goes_on() {
    let Some(plane) = plane() else { return };
    let shape = Shape::WHOLE;
    // While objects are written, and while something is awaited.
    for number in [1, 9, 18] {
        let writes = AtomicUsize::new(0);
        let expired = Faults::each(Fault::Answer(401), move |method, target| {
            let before = if is_write(method, target) {
                writes.fetch_add(1, Ordering::Relaxed)
            } else {
                writes.load(Ordering::Relaxed)
            };
            before >= number
        });
        let proxy = Proxy::start(plane, expired);
        let site = Site::by(
            plane,
            proxy.kubeconfig(plane, User::Admin),
            plane.namespace(),
        );
        site.wants(&shape);
        let ran = site.run(APPLY).exits(1);
        assert!(ran.err.contains(LOG_IN), "{}", ran.err);
        site.run(&["state", "verify"]).exits(0);
        let (marked, known) = (site.marked(), site.known(true));
        assert!(marked.is_subset(&known), "{marked:#?} {known:#?}");
        assert!(!marked.is_empty());
        proxy.set_faults(Faults::none());
        site.apply();
        site.is_settled(&shape, "with a new token");
    }
}

#[test]
fn a_wrong_token_changes_nothing() {
    let Some(plane) = plane() else { return };
    let site = Site::new(plane);
    let mut shape = Shape {
        web: false,
        extras: 2,
        ..Shape::WHOLE
    };
    let give = |user| {
        std::fs::copy(plane.kubeconfig(user), &site.kubeconfig).expect("files can be copied");
    };
    site.wants(&shape);
    give(User::Token("expired"));
    let ran = site.run(APPLY).exits(1);
    assert!(ran.all().contains(LOG_IN), "{ran:#?}");
    assert!(site.marked().is_empty() && site.known(false).is_empty());
    give(User::Admin);
    site.apply();
    site.is_settled(&shape, "with a good token");
    shape.size = 2;
    site.wants(&shape);
    give(User::Token("expired"));
    let before = site.known(true);
    let ran = site.run(APPLY).exits(1);
    assert!(ran.all().contains(LOG_IN), "{ran:#?}");
    assert_eq!(site.known(true), before);
    site.run(&["drift"]).exits(1);
    give(User::Admin);
    site.apply();
    site.is_settled(&shape, "with a good token again");
}
