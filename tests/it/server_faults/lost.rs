//! A lost state made anew, of everything that is hard to recognize.

use super::site::{APPLY, Shape, Site, events};
use crate::support::planes::plane;

#[test]
fn after_a_rebuild_nothing_is_planned_and_no_hook_runs() {
    let Some(plane) = plane() else { return };
    let site = Site::new(plane);
    let shape = Shape {
        extras: 3,
        ..Shape::WHOLE
    };
    site.wants(&shape);
    site.apply();
    site.is_settled(&shape, "before");
    let versions = || {
        let what = format!(
            "configmaps,secrets,services,deployments,jobs,{}",
            site.definition()
        );
        let column =
            "-o=custom-columns=K:.kind,N:.metadata.name,U:.metadata.uid,G:.metadata.generation";
        site.kubectl(&["get", &what, "--no-headers", column])
    };
    let before = versions();
    for ending in ["", "-wal", "-shm"] {
        let path = site.folder.path(&format!("state/stratiform.db{ending}"));
        if path.exists() {
            std::fs::remove_file(path).expect("it can be removed");
        }
    }
    let said = site.run(&["state", "rebuild"]).exits(0);
    assert!(!said.out.contains("in doubt"), "{}", said.out);
    site.is_settled(&shape, "rebuilt");
    let again = site.apply();
    let hooks = events(&again.err)
        .into_iter()
        .any(|event| event["event"] == "hook-started");
    assert!(!hooks, "{again:#?}");
    assert_eq!(versions(), before);
    // What is known again can go again.
    site.wants(&Shape {
        web: false,
        ..shape.clone()
    });
    site.run(APPLY).exits(0);
    site.is_settled(
        &Shape {
            web: false,
            ..shape
        },
        "less of it",
    );
}
