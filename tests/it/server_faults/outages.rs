//! The API server goes away during an apply, and comes back.

use std::io::{BufRead as _, BufReader};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;
use std::time::Duration;

use super::site::{APPLY, Shape, Site};
use crate::support::planes::{Fault, Faults, Plane, Proxy, User};

/// Faults that change nothing, and tell when so many objects have been written.
pub fn at_write(number: usize) -> (Faults, mpsc::Receiver<()>) {
    let (tell, told) = mpsc::channel();
    let writes = AtomicUsize::new(0);
    let faults = Faults::each(Fault::Late(Duration::ZERO), move |method, target| {
        if is_write(method, target) && writes.fetch_add(1, Ordering::Relaxed) + 1 == number {
            // Nobody listens when the test has failed.
            let _ = tell.send(());
        }
        false
    });
    (faults, told)
}

/// Whether a request changes something.
pub fn is_write(method: &str, target: &str) -> bool {
    method == "PATCH" && !target.contains("dryRun")
}

#[test]
fn a_server_that_goes_away_and_comes_back_is_waited_for() {
    let Some(plane) = Plane::start("away") else {
        return;
    };
    while_waiting(&plane);
    while_writing(&plane);
}

fn while_waiting(plane: &Plane) {
    let site = Site::new(plane);
    let shape = Shape {
        holds: true,
        ..Shape::WHOLE
    };
    site.wants(&shape);
    let (mut child, told) = site.start(APPLY);
    let mut text = String::new();
    let mut lines = BufReader::new(told).lines();
    for line in lines.by_ref() {
        let line = line.expect("the program writes UTF-8");
        text.push_str(&line);
        text.push('\n');
        if line.contains("\"awaiting\"") && line.contains("\"Deployment\"") {
            break;
        }
    }
    plane.kill_api_server();
    plane.start_api_server();
    site.release();
    for line in lines {
        text.push_str(&line.expect("the program writes UTF-8"));
        text.push('\n');
    }
    let code = child.wait().expect("it can be waited for").code();
    assert_eq!(code, Some(0), "{text}");
    site.is_settled(&shape, "while waiting");
}

fn while_writing(plane: &Plane) {
    let (faults, told) = at_write(20);
    let proxy = Proxy::start(plane, faults);
    let site = Site::by(
        plane,
        proxy.kubeconfig(plane, User::Admin),
        plane.namespace(),
    );
    let shape = Shape {
        extras: 60,
        ..Shape::WHOLE
    };
    site.wants(&shape);
    let mut command = site.telling(APPLY, &site.folder.path("told.jsonl"));
    let mut child = command.spawn().expect("the program starts");
    told.recv().expect("something is written");
    plane.kill_api_server();
    plane.start_api_server();
    let code = child.wait().expect("it can be waited for").code();
    if code != Some(0) {
        let text = site.folder.text("told.jsonl");
        assert!(
            code == Some(1) && text.contains("cannot be reached"),
            "{text}"
        );
        site.apply();
    }
    site.is_settled(&shape, "while writing");
}
