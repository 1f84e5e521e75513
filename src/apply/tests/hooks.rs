//! Hooks, as Helm runs them.

#![expect(clippy::unwrap_used, reason = "tests")]

use crate::plan::{Action, DesiredLayer};
use crate::state::Outcome;

use super::world::{World, hook, object, world};

/// A layer with hooks for everything.
fn chart(world: &World, value: &str, image: &str) -> DesiredLayer {
    let texts = [
        object("web", value),
        hook("late", "pre-install", ", helm.sh/hook-weight: '5'"),
        hook(
            "account",
            "pre-install, pre-upgrade",
            ", helm.sh/hook-weight: '-5', helm.sh/hook-delete-policy: hook-succeeded",
        ),
        hook("b", "pre-install", &format!(", image: '{image}'")),
        hook("a", "pre-install", ""),
        hook("seed", "post-install", ""),
        hook("migrate", "post-upgrade", ""),
        hook("back", "pre-rollback", ""),
        hook("drain", "pre-delete", ""),
        hook("wipe", "post-delete", ""),
        hook("probe", "test", ""),
    ];
    world.layer("chart", &texts)
}

#[tokio::test]
async fn an_install_an_upgrade_a_repair_and_the_end() {
    let world = world();
    let first = [chart(&world, "1", "x")];
    let run = world.apply(&first).await;
    assert_eq!(run.summary.unwrap().outcome, Outcome::Done);
    // By weight, then by name. What goes when it has succeeded goes when all have.
    assert_eq!(
        run.calls,
        [
            "run account",
            "run a",
            "run b",
            "run late",
            "clear late",
            "clear b",
            "clear a",
            "clear account",
            "put web",
            "ready web",
            "run seed",
            "clear seed"
        ]
    );
    let record = world.record().unwrap();
    assert_eq!((record.hooks_ran.len(), record.in_flight.len()), (0, 0));
    assert_eq!(
        world.known()["chart"].len(),
        11,
        "hooks are known for the end"
    );
    assert_eq!(world.plan(&first), None);

    world.meddle(&object("web", "7"));
    let run = world.apply(&first).await;
    assert_eq!(
        run.calls,
        ["put web", "ready web"],
        "a repair is no upgrade"
    );

    let run = world.apply(&[chart(&world, "2", "x")]).await;
    assert_eq!(
        run.calls,
        [
            "run account",
            "clear account",
            "put web",
            "ready web",
            "run migrate",
            "clear migrate"
        ]
    );

    let run = world.apply(&[]).await;
    assert_eq!(run.summary.unwrap().outcome, Outcome::Done);
    assert_eq!(
        run.calls,
        [
            "run drain",
            "clear drain",
            "delete web",
            "run wipe",
            "clear wipe"
        ]
    );
    assert_eq!(world.record(), None);
}

#[tokio::test]
async fn a_changed_hook_is_an_upgrade() {
    let world = world();
    world.apply(&[chart(&world, "1", "x")]).await;
    let run = world.apply(&[chart(&world, "1", "y")]).await;
    assert_eq!(
        run.calls,
        [
            "run account",
            "clear account",
            "ready web",
            "run migrate",
            "clear migrate"
        ]
    );
}

#[tokio::test]
async fn a_hook_that_failed_is_run_again_as_what_it_was_for() {
    let world = world();
    let layers = [
        chart(&world, "1", "x"),
        world.layer("next", &[object("next", "1")]),
    ];
    world.fails(&["run b"]);
    let run = world.apply(&layers).await;
    // Those before it go as if all had gone well.
    assert_eq!(
        run.calls,
        ["run account", "run a", "run b", "clear account", "clear a"]
    );
    assert_eq!(
        run.errors(),
        [
            "the pre-install hook Job.batch web/b failed: Job.batch web/b is not ready: it is scripted so\n  Pod a-1: container a: CrashLoopBackOff"
        ]
    );
    let summary = run.summary.unwrap();
    assert_eq!((summary.layers_failed, summary.layers_skipped), (1, 1));
    assert_eq!(
        world.record().unwrap().hooks_ran,
        [],
        "Helm runs all of them again"
    );

    world.fails(&["run seed"]);
    let run = world.apply(&layers).await;
    assert_eq!(
        run.calls[..4],
        ["run account", "run a", "run b", "run late"]
    );
    assert_eq!(run.calls[8..], ["put web", "ready web", "run seed"]);

    world.fails(&[]);
    let run = world.apply(&layers).await;
    assert_eq!(
        run.calls[..4],
        ["run account", "run a", "run b", "run late"],
        "still an install"
    );
    assert_eq!(
        run.calls[8..],
        [
            "ready web",
            "run seed",
            "clear seed",
            "put next",
            "ready next"
        ]
    );
    assert_eq!(world.plan(&layers), None);
}

#[tokio::test]
async fn who_is_killed_in_a_hook_runs_that_one_again_and_no_other() {
    let world = world();
    let layers = [chart(&world, "1", "x")];
    assert_eq!(
        world.killed_at("run b", &layers).await,
        ["run account", "run a", "run b"]
    );
    let record = world.record().unwrap();
    assert_eq!(record.hooks_ran.len(), 2);

    let plan = world.plan(&layers).unwrap();
    let ran: Vec<bool> = plan.layers[0].hooks.iter().map(|hook| hook.ran).collect();
    assert_eq!(ran, [true, true, false, false, false]);
    let run = world.apply(&layers).await;
    assert_eq!(
        run.calls[..6],
        [
            "run b",
            "run late",
            "clear late",
            "clear b",
            "clear a",
            "clear account"
        ]
    );
    assert_eq!(world.record().unwrap().hooks_ran, []);

    // What ran with another content has not run.
    world.apply(&[]).await;
    world.killed_at("run late", &layers).await;
    let run = world.apply(&[chart(&world, "1", "y")]).await;
    assert_eq!(run.calls[..2], ["run b", "run late"]);
}

#[tokio::test]
async fn who_is_killed_in_an_upgrade_goes_on_with_it() {
    let world = world();
    world.apply(&[chart(&world, "1", "x")]).await;
    let next = [chart(&world, "2", "x")];
    world.killed_at("put web", &next).await;
    let run = world.apply(&next).await;
    assert_eq!(
        run.calls,
        [
            "clear account",
            "put web",
            "ready web",
            "run migrate",
            "clear migrate"
        ]
    );
}

#[tokio::test]
async fn a_layer_whose_last_hook_fails_stays_known_until_it_has_run() {
    let world = world();
    world.apply(&[chart(&world, "1", "x")]).await;
    world.fails(&["run wipe"]);
    let run = world.apply(&[]).await;
    assert_eq!(run.summary.unwrap().outcome, Outcome::Failed);
    assert!(
        world.known()["chart"]
            .iter()
            .all(|name| name.starts_with('['))
    );
    world.fails(&[]);
    let run = world.apply(&[]).await;
    assert_eq!(
        run.calls,
        ["run drain", "clear drain", "run wipe", "clear wipe"]
    );
    assert_eq!(world.record(), None);
}

#[tokio::test]
async fn a_new_name_of_a_layer_runs_no_hook_of_the_old_one() {
    let world = world();
    let before = chart(&world, "1", "x");
    world.apply(std::slice::from_ref(&before)).await;
    let mut renamed = before.clone();
    renamed.renamed_from = Some(before.layer.clone());
    renamed.layer = crate::model::LayerName::new("other").unwrap();
    let run = world.apply(&[renamed]).await;
    assert!(
        run.calls.iter().all(|call| !call.starts_with("run")),
        "{:?}",
        run.calls
    );
    assert_eq!(world.known().into_keys().collect::<Vec<_>>(), ["other"]);
}

#[tokio::test]
async fn secret_hooks_of_a_layer_that_nobody_can_render_are_left_out() {
    let world = world();
    let texts = [
        object("web", "1"),
        hook("drain", "pre-delete", ", password: masked"),
        hook("wipe", "post-delete", ""),
    ];
    world.apply(&[world.layer("chart", &texts)]).await;
    let run = world.apply(&[]).await;
    assert_eq!(run.calls, ["delete web", "run wipe", "clear wipe"]);
    let left_out =
        |event: &&crate::apply::Event| matches!(event, crate::apply::Event::HookLeftOut { .. });
    assert_eq!(run.events.iter().filter(left_out).count(), 1);
}

#[tokio::test]
async fn a_step_with_hooks_alone_is_no_mere_record() {
    let world = world();
    world.apply(&[chart(&world, "1", "x")]).await;
    let plan = world.plan(&[chart(&world, "1", "y")]).unwrap();
    assert_eq!(plan.layers[0].action, Action::Update);
}
