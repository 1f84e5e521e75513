//! Of the requests three in ten fail, or more.

use std::collections::BTreeSet;

use super::site::{APPLY, DESTROY, Hooks, Shape, Site};
use crate::support::planes::{Fault, Faults, Plane, Proxy, User, plane};
use crate::support::project::Ran;
use crate::support::skip::told;

/// So often an apply may end with an error before the next one must end well.
const PATIENCE: usize = 12;

/// What is done through a server that fails.
struct Trial<'a> {
    site: Site<'a>,
    proxy: Proxy,
    seed: u64,
    /// Of how many requests in a hundred.
    percent: u32,
    failed: usize,
}

impl<'a> Trial<'a> {
    fn new(plane: &'a Plane, seed: u64, percent: u32) -> Self {
        let proxy = Proxy::start(plane, Faults::none());
        let kubeconfig = proxy.kubeconfig(plane, User::Admin);
        Self {
            site: Site::by(plane, kubeconfig, plane.namespace()),
            proxy,
            seed,
            percent,
            failed: 0,
        }
    }

    fn usual(&self) {
        self.proxy
            .set_faults(Faults::some(self.percent, self.seed, &Fault::USUAL));
    }

    /// Runs a command until it ends well. Each time that it does not it says why, and whatever is on the server is known.
    fn ends_well(&mut self, command: &[&str], place: &str) -> Hooks {
        let mut hooks = Hooks::default();
        self.usual();
        for _ in 0..PATIENCE {
            let ran = self.site.run(command);
            hooks.heard(&ran.err, place);
            if ran.code == Some(0) {
                self.proxy.set_faults(Faults::none());
                return hooks;
            }
            self.failed += 1;
            self.told_why(&ran, place);
            let (marked, known) = (self.site.marked(), self.site.known(true));
            let strangers: BTreeSet<_> = marked.difference(&known).collect();
            assert!(strangers.is_empty(), "{place}: {strangers:#?}\n{ran:#?}");
        }
        panic!("{place}: it never ends well");
    }

    fn told_why(&self, ran: &Ran, place: &str) {
        assert_eq!(ran.code, Some(1), "{place}: {ran:#?}");
        let clear = [
            "cannot be reached",
            "the proxy of a test answers",
            "is not ready",
            "is not known",
            "has changed on the target",
        ];
        let all = ran.all();
        assert!(
            clear.iter().any(|words| all.contains(words)),
            "{place}: {ran:#?}"
        );
        assert!(!all.contains("panicked"), "{place}: {ran:#?}");
    }

    fn life(&mut self) {
        let mut shape = Shape::WHOLE;
        let place = |what: &str| format!("seed {}, {what}", self.seed);
        let [create, update, delete, destroy] =
            ["create", "update", "delete", "destroy"].map(place);
        self.site.wants(&shape);
        let hooks = self.ends_well(APPLY, &create);
        assert_eq!(
            (hooks.ran("pre-install"), hooks.ran("post-install")),
            (1, 1)
        );
        self.site.is_settled(&shape, &create);
        shape.size = 2;
        self.site.wants(&shape);
        let hooks = self.ends_well(APPLY, &update);
        assert_eq!(
            (hooks.ran("pre-upgrade"), hooks.ran("post-upgrade")),
            (1, 1)
        );
        self.site.is_settled(&shape, &update);
        // Each Job that ever was has made a pod, and said so.
        let made = self.jobs("migrate");
        let most = 1 + hooks.begun.values().sum::<usize>();
        assert!(made.len() <= most, "{update}: {made:#?}\n{hooks:#?}");
        (shape.web, shape.widget, shape.extras) = (false, false, 3);
        self.site.wants(&shape);
        let hooks = self.ends_well(APPLY, &delete);
        assert_eq!(hooks.ran("pre-delete"), 1);
        self.site.is_settled(&shape, &delete);
        self.ends_well(DESTROY, &destroy);
        self.site.is_gone(&destroy);
        let faults = self.proxy.asked();
        let faults = faults.iter().filter(|asked| asked.fault.is_some()).count();
        assert!(faults > 20, "only {faults} requests failed");
        told(&format!(
            "seed {}: {faults} requests failed, and {} runs with them",
            self.seed, self.failed
        ));
    }

    /// The uids of the Jobs of a name that ever made a pod.
    fn jobs(&self, name: &str) -> BTreeSet<String> {
        let of = format!("--field-selector=involvedObject.name={name},reason=SuccessfulCreate");
        let uids = "-o=jsonpath={range .items[*]}{.involvedObject.uid}{\"\\n\"}{end}";
        let listed = self.site.kubectl(&["get", "events", &of, uids]);
        listed.lines().map(str::to_owned).collect()
    }
}

#[test]
fn what_fails_by_chance_ends_well_in_the_end() {
    let Some(plane) = plane() else { return };
    Trial::new(plane, 1, 30).life();
}

#[test]
#[ignore = "takes minutes"]
fn what_fails_by_chance_ends_well_in_the_end_for_many_seeds() {
    let Some(plane) = plane() else { return };
    for seed in 2..4 {
        Trial::new(plane, seed, 30).life();
    }
}

#[test]
#[ignore = "takes minutes"]
fn what_fails_too_often_goes_on_where_it_stopped() {
    let Some(plane) = plane() else { return };
    Trial::new(plane, 9, 60).life();
}
