//! Waiting until layers are ready.

#![expect(clippy::unwrap_used, reason = "tests")]

use std::time::Duration;

use crate::apply::{Event, Stop};
use crate::plan::{Action, DesiredLayer, Reason};
use crate::state::Outcome;

use super::world::{World, object, world};

fn two(world: &World) -> [DesiredLayer; 2] {
    [
        world.layer("first", &[object("a", "1"), object("b", "1")]),
        world.layer("second", &[object("c", "1")]),
    ]
}

#[tokio::test]
async fn the_next_layer_begins_when_this_one_is_ready() {
    let world = world();
    let mut layers = two(&world);
    layers[0].waiting.seconds = 60;
    let run = world.apply(&layers).await;
    assert_eq!(
        run.calls,
        ["put a", "put b", "ready a b", "put c", "ready c"]
    );
    let told: Vec<String> = run
        .events
        .iter()
        .filter_map(|event| match event {
            Event::Awaiting {
                layer, awaiting, ..
            } => Some(format!("{layer}: {}", awaiting.why)),
            _ => None,
        })
        .collect();
    assert_eq!(
        told,
        [
            "first: 0 of 1 replica is ready, for 60s",
            "second: 0 of 1 replica is ready, for 300s"
        ]
    );
}

#[tokio::test]
async fn what_is_not_ready_in_time_is_ours_and_is_awaited_again() {
    let world = world();
    let layers = two(&world);
    world.fails(&["ready a b"]);
    let run = world.apply(&layers).await;
    assert_eq!(
        run.errors(),
        [
            "its objects are applied and not ready: Deployment.apps web/a is not ready: it is scripted so\n  Pod a-1: container a: CrashLoopBackOff"
        ]
    );
    let summary = run.summary.unwrap();
    assert_eq!(
        (
            summary.outcome,
            summary.layers_failed,
            summary.layers_skipped
        ),
        (Outcome::Failed, 1, 1)
    );
    assert_eq!(world.known()["first"], ["a", "b"]);

    let plan = world.plan(&layers).unwrap();
    assert_eq!(plan.layers[0].action, Action::Record);
    assert_eq!(plan.layers[0].reasons, [Reason::Interrupted]);
    world.fails(&[]);
    let run = world.apply(&layers).await;
    assert_eq!(run.calls, ["ready a b", "put c", "ready c"]);
    assert_eq!(world.plan(&layers), None);
}

#[tokio::test]
async fn nobody_waits_for_a_layer_that_says_so() {
    let world = world();
    let mut layers = two(&world);
    layers[0].waiting.wait = false;
    let run = world.apply(&layers).await;
    assert_eq!(run.calls, ["put a", "put b", "put c", "ready c"]);
}

#[tokio::test]
async fn who_asks_to_stop_does_not_wait() {
    let world = world();
    let layers = two(&world);
    world.hangs(&["ready a b"]);
    let stop = async {
        while !world
            .target
            .0
            .lock()
            .unwrap()
            .calls
            .contains(&"ready a b".to_owned())
        {
            tokio::task::yield_now().await;
        }
        world.stop.send_replace(Stop::Drain);
        std::future::pending::<()>().await;
    };
    let run = tokio::select! {
        run = world.apply(&layers) => run,
        () = stop => unreachable!("it never ends"),
        () = tokio::time::sleep(Duration::from_secs(60)) => panic!("it waits all the same"),
    };
    assert_eq!(
        run.errors(),
        [
            "stopped on request while waiting for Deployment.apps web/a: 0 of 1 replica is ready, for 300s"
        ]
    );
    let summary = run.summary.unwrap();
    assert_eq!(
        (summary.outcome, summary.layers_failed, summary.layers_left),
        (Outcome::Interrupted, 0, 2)
    );
    world.stop.send_replace(Stop::Go);
    world.hangs(&[]);
    let run = world.apply(&layers).await;
    assert_eq!(run.calls, ["ready a b", "put c", "ready c"]);
}

#[tokio::test]
async fn another_place_in_the_stack_is_nothing_to_wait_for() {
    let world = world();
    let [first, second] = two(&world);
    world.apply(&[first.clone(), second.clone()]).await;
    let run = world.apply(&[second, first]).await;
    assert_eq!(run.calls, [""; 0]);
}
