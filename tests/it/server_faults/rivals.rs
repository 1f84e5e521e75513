//! Two applies at once, and two projects that want the same object.

use std::io::{BufRead as _, BufReader, Read as _};
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, mpsc};
use std::time::Duration;

use super::outages::is_write;
use super::site::{APPLY, Shape, Site, profile};
use crate::support::planes::{Fault, Faults, Plane, Proxy, User, plane};

#[test]
fn two_applies_at_once_wait_for_nobody_and_harm_nothing() {
    let Some(plane) = plane() else { return };
    let site = Site::new(plane);
    let shape = Shape {
        holds: true,
        ..Shape::WHOLE
    };
    site.wants(&shape);
    let (mut first, told) = site.start(APPLY);
    let mut told = BufReader::new(told);
    let mut line = String::new();
    while !(line.contains("\"awaiting\"") && line.contains("\"Deployment\"")) {
        line.clear();
        let read = told.read_line(&mut line).expect("the program writes UTF-8");
        assert_ne!(read, 0, "it ended without waiting");
    }
    let second = site.run(APPLY).exits(4);
    assert!(second.err.contains("locked"), "{}", second.err);
    // Looking is free.
    site.run(&["drift"]);
    site.release();
    let mut rest = String::new();
    told.read_to_string(&mut rest)
        .expect("the program writes UTF-8");
    assert_eq!(
        first.wait().expect("it can be waited for").code(),
        Some(0),
        "{rest}"
    );
    site.is_settled(&shape, "the first one ended");
}

/// A project that wants one ConfigMap of its own making.
fn claimant<'a>(plane: &'a Plane, kubeconfig: PathBuf, space: &str, size: u32) -> Site<'a> {
    let site = Site::by(plane, kubeconfig, space.to_owned());
    let layer = "{name: only, category: system-app, manifests: [{file: map.yaml}]}".to_owned();
    site.folder.put("profile.yaml", profile(&[layer]));
    site.folder.put(
        "map.yaml",
        format!("apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: settings, namespace: {space}}}\ndata: {{size: '{size}'}}\n"),
    );
    site
}

fn size(site: &Site<'_>) -> String {
    site.kubectl(&["get", "configmap/settings", "-o=jsonpath={.data.size}"])
}

#[test]
fn what_another_project_holds_is_never_taken() {
    let Some(plane) = plane() else { return };
    let space = plane.namespace();
    plane.kubectl(&["create", "namespace", &space]).expect(0);
    let ours = claimant(plane, plane.kubeconfig(User::Admin), &space, 1);
    let theirs = claimant(plane, plane.kubeconfig(User::Admin), &space, 2);
    ours.apply();
    for more in [&[][..], &["--adopt"], &["--adopt", "--force-conflicts"]] {
        let ran = theirs.run(&[APPLY, more].concat()).exits(1);
        assert!(ran.all().contains("another project"), "{ran:#?}");
        assert_eq!(size(&ours), "1");
        assert!(theirs.known(true).is_empty());
    }
    ours.run(&["plan", "--detailed-exitcode"]).exits(0);
    ours.run(&["destroy", "--auto-approve", "--approve-delete"])
        .exits(0);
    theirs.apply();
    assert_eq!(size(&theirs), "2");
}

#[test]
fn of_two_projects_that_make_the_same_at_once_one_gets_it() {
    let Some(plane) = plane() else { return };
    let space = plane.namespace();
    plane.kubectl(&["create", "namespace", &space]).expect(0);
    let ours = claimant(plane, plane.kubeconfig(User::Admin), &space, 1);
    for more in [&[][..], &["--adopt", "--force-conflicts"]] {
        // Theirs is held between its last look and its write, until ours is there.
        let (reached, reaches) = mpsc::channel();
        let (release, released) = mpsc::channel::<()>();
        let (once, released) = (AtomicBool::new(false), Mutex::new(released));
        let held = Faults::each(Fault::Late(Duration::ZERO), move |method, target| {
            if is_write(method, target) && !once.swap(true, Ordering::Relaxed) {
                let _ = reached.send(());
                let _ = released.lock().map(|released| released.recv());
            }
            false
        });
        let proxy = Proxy::start(plane, held);
        let theirs = claimant(plane, proxy.kubeconfig(plane, User::Admin), &space, 2);
        let arguments = [APPLY, more].concat();
        let ran = std::thread::scope(|scope| {
            let applying = scope.spawn(|| theirs.run(&arguments));
            reaches.recv().expect("it is written");
            ours.apply();
            release.send(()).expect("it is held");
            applying.join().expect("it ends")
        });
        let ran = ran.exits(1);
        assert_eq!(size(&ours), "1", "{ran:#?}");
        ours.run(&["plan", "--refresh", "all", "--detailed-exitcode"])
            .exits(0);
        ours.run(&["drift"]).exits(0);
        assert!(theirs.known(true).is_empty(), "{ran:#?}");
        ours.run(&["destroy", "--auto-approve", "--approve-delete"])
            .exits(0);
    }
}
