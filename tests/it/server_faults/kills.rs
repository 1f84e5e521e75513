//! Kills: an apply that dies at a random instant leaves nothing on a server that the state does not know, and no hook runs
//! again that has run.
//!
//! `STRATIFORM_CRASH_SEED` repeats a run; the seed stands in every failure.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use super::site::{APPLY, DESTROY, Hooks, Shape, Site};
use crate::crash::{kill_after, seed};
use crate::support::planes::{Plane, plane};
use crate::support::project::Dice;
use crate::support::skip::told;

type Step = (&'static str, Shape, &'static [&'static str]);

/// The life of a project, from its first apply to its end.
fn life() -> Vec<Step> {
    let whole = Shape::WHOLE;
    let update = Shape {
        size: 2,
        ..whole.clone()
    };
    let delete = Shape {
        widget: false,
        extras: 3,
        ..update.clone()
    };
    let remove = Shape {
        web: false,
        widget: true,
        ..delete.clone()
    };
    let again = Shape {
        web: true,
        size: 3,
        extras: 9,
        ..remove.clone()
    };
    vec![
        ("create", whole, APPLY),
        ("update", update, APPLY),
        ("delete objects", delete, APPLY),
        ("delete a layer", remove, APPLY),
        ("create and update", again.clone(), APPLY),
        ("destroy", again, DESTROY),
    ]
}

/// How long each step takes undisturbed.
fn lengths(plane: &Plane) -> Vec<Duration> {
    let site = Site::new(plane);
    let length = |(what, shape, command): &Step| {
        site.wants(shape);
        let begin = Instant::now();
        let ran = site.run(command);
        assert_eq!(ran.code, Some(0), "undisturbed, {what}: {ran:#?}");
        begin.elapsed()
    };
    life().iter().map(length).collect()
}

/// Nothing is lost, nothing is locked, and everything is known.
fn after_kill(site: &Site<'_>, place: &str) {
    if site.folder.state().exists() {
        let verified = site.run(&["state", "verify"]);
        assert_eq!(verified.code, Some(0), "{place}: {verified:#?}");
    }
    // What is known is read first: nothing that comes later may be new.
    let (known, marked) = (site.known(true), site.marked());
    let strangers: BTreeSet<_> = marked.difference(&known).collect();
    assert!(strangers.is_empty(), "{place}: nobody knows {strangers:#?}");
    let lock = site.run(&["state", "unlock"]);
    assert_eq!(lock.code, Some(0), "{place}: a lock was left: {lock:#?}");
}

struct Kills<'a> {
    plane: &'a Plane,
    seed: u64,
    rounds: usize,
    steps: Vec<Step>,
    lengths: Vec<Duration>,
    alive: AtomicUsize,
}

impl Kills<'_> {
    fn life_of_one(&self, number: usize) {
        let mut dice = Dice::new(self.seed.wrapping_add(number as u64));
        let site = Site::new(self.plane);
        let file = site.folder.path("told.jsonl");
        for (at, (what, shape, command)) in self.steps.iter().enumerate() {
            if number * self.steps.len() + at >= self.rounds {
                return;
            }
            site.wants(shape);
            let length = self.lengths[at];
            let most = length.as_micros() as u64 * 11 / 10;
            let delay = Duration::from_micros(dice.below(most));
            let place = format!(
                "seed {}, project {number}, step `{what}`, killed after {delay:?} of {length:?}",
                self.seed
            );
            let child = site.telling(command, &file).spawn();
            if kill_after(child.expect("the program starts"), delay) {
                self.alive.fetch_add(1, Ordering::Relaxed);
            }
            let mut hooks = Hooks::default();
            hooks.heard(&site.folder.text("told.jsonl"), &place);
            after_kill(&site, &place);
            // Not everybody runs the same again: sometimes the documents go on, on top of what the kill left.
            if *command == APPLY && dice.below(3) == 0 {
                continue;
            }
            let healed = site.run(command);
            hooks.heard(&healed.err, &place);
            assert_eq!(
                healed.code,
                Some(0),
                "{place}: it does not heal: {healed:#?}"
            );
            if *command == DESTROY {
                site.is_gone(&place);
            } else {
                site.is_settled(shape, &place);
            }
        }
    }
}

/// Kills so many applies, and checks each.
fn kills(rounds: usize) {
    let Some(plane) = plane() else { return };
    let kills = Kills {
        plane,
        seed: seed(),
        rounds,
        steps: life(),
        lengths: lengths(plane),
        alive: AtomicUsize::new(0),
    };
    let next = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    if number * kills.steps.len() >= rounds {
                        break;
                    }
                    kills.life_of_one(number);
                }
            });
        }
    });
    let (seed, alive) = (kills.seed, kills.alive.into_inner());
    told(&format!(
        "seed {seed}: {alive} of {rounds} applies were killed while they ran, of {:?}",
        kills.lengths
    ));
    assert!(
        alive * 2 > rounds,
        "seed {seed}: only {alive} of {rounds} kills met a running apply"
    );
}

#[test]
fn a_few_kills_lose_nothing_on_a_server() {
    kills(8);
}

#[test]
#[ignore = "takes minutes"]
fn a_hundred_kills_lose_nothing_on_a_server() {
    kills(100);
}
