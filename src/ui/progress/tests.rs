//! Runs as people and programs see them.

#![expect(clippy::unwrap_used, reason = "tests")]

use std::io::{self, Write};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use crate::apply::{Counts, Event, StepError, Summary};
use crate::model::{HookEvent, ObjectKey};
use crate::plan::Action;
use crate::state::Outcome;
use crate::target::{Awaiting, HookLog, TargetError};

use super::super::View;
use super::super::plan::fixture::{cluster_name, layer_name};
use super::{Progress, ProgressStyle, summary_human};

#[derive(Clone, Default)]
struct Sink(Arc<Mutex<Vec<u8>>>);

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn shown(style: ProgressStyle, events: &[Event]) -> String {
    let sink = Sink::default();
    let mut progress = Progress::with_writer(style, View::default(), Box::new(sink.clone()));
    for event in events {
        progress.event(event);
    }
    let bytes = sink.0.lock().unwrap().clone();
    String::from_utf8(bytes).unwrap()
}

fn finished(cluster: &str) -> Event {
    Event::Finished {
        cluster: cluster_name(cluster),
        layer: layer_name("ingress"),
        action: Action::Update,
        counts: Counts {
            created: 1,
            updated: 2,
            replaced: 0,
            deleted: 0,
        },
        took: Duration::from_millis(210),
    }
}

fn failed(cluster: &str) -> Event {
    let real = io::Error::new(io::ErrorKind::PermissionDenied, "permission denied");
    Event::Failed {
        cluster: cluster_name(cluster),
        layer: Some(layer_name("cni")),
        error: Arc::new(StepError::Reveal(Box::new(real))),
    }
}

fn summary() -> Summary {
    Summary {
        revision: 12,
        outcome: Outcome::Failed,
        layers_done: 1,
        layers_failed: 2,
        layers_skipped: 1,
        layers_left: 0,
        objects: Counts {
            created: 1,
            updated: 2,
            replaced: 0,
            deleted: 0,
        },
    }
}

fn events() -> Vec<Event> {
    let changed = StepError::Changed {
        object: Box::new(ObjectKey::new("", "Secret", "web", "login")),
    };
    vec![
        Event::Began {
            revision: 12,
            layers: 4,
            clusters: 2,
        },
        Event::Started {
            cluster: cluster_name("prod-1"),
            layer: layer_name("ingress"),
            action: Action::Update,
        },
        finished("prod-1"),
        failed("prod-2"),
        Event::Skipped {
            cluster: cluster_name("prod-2"),
            layer: layer_name("ingress"),
            because: layer_name("cni"),
        },
        Event::Failed {
            cluster: cluster_name("prod-2"),
            layer: None,
            error: Arc::new(changed),
        },
        Event::Draining { in_flight: 1 },
        Event::Ended(summary()),
    ]
}

#[test]
fn lines_for_logs() {
    insta::assert_snapshot!("lines", shown(ProgressStyle::Lines, &events()));
}

#[test]
fn json_for_programs() {
    let text = shown(ProgressStyle::Json, &events());
    for line in text.lines() {
        assert!(serde_json::from_str::<serde_json::Value>(line).unwrap()["event"].is_string());
    }
    insta::assert_snapshot!("json", text);
}

/// What a layer on a server goes through.
fn on_a_server() -> Vec<Event> {
    let (cluster, layer) = (cluster_name("prod-1"), layer_name("ingress"));
    let object = ObjectKey::new("apps", "Deployment", "web", "front");
    let hook = ObjectKey::new("batch", "Job", "web", "migrate");
    let awaiting = |ready, object: Option<&ObjectKey>, why: &str| Event::Awaiting {
        cluster: cluster.clone(),
        layer: layer.clone(),
        awaiting: Awaiting {
            ready,
            total: 2,
            object: object.cloned(),
            why: why.to_owned(),
        },
    };
    let last = Awaiting {
        ready: 1,
        total: 2,
        object: Some(object.clone()),
        why: "1 of 2 replicas are available".to_owned(),
    };
    vec![
        Event::Began {
            revision: 12,
            layers: 1,
            clusters: 1,
        },
        Event::Started {
            cluster: cluster.clone(),
            layer: layer.clone(),
            action: Action::Create,
        },
        Event::HookStarted {
            cluster: cluster.clone(),
            layer: layer.clone(),
            event: HookEvent::PreInstall,
            hook: hook.clone(),
        },
        Event::HookPrinted {
            cluster: cluster.clone(),
            layer: layer.clone(),
            event: HookEvent::PreInstall,
            hook: hook.clone(),
            log: HookLog {
                pod: "migrate-x7f2p".to_owned(),
                container: "run".to_owned(),
                text: Ok("step 1\n\t\u{1b}[31mstep 2\u{1b}[0m\r\n".to_owned()),
            },
        },
        Event::HookPrinted {
            cluster: cluster.clone(),
            layer: layer.clone(),
            event: HookEvent::PreInstall,
            hook: hook.clone(),
            log: HookLog {
                pod: "migrate".to_owned(),
                container: String::new(),
                text: Err("pods is forbidden".to_owned()),
            },
        },
        Event::HookDone {
            cluster: cluster.clone(),
            layer: layer.clone(),
            event: HookEvent::PreInstall,
            hook: hook.clone(),
            took: Duration::from_millis(1_500),
        },
        Event::HookLeftOut {
            cluster: cluster.clone(),
            layer: layer.clone(),
            event: HookEvent::PreDelete,
            hook,
        },
        Event::Kept {
            cluster: cluster.clone(),
            layer: layer.clone(),
            object: ObjectKey::new("", "Namespace", "", "web"),
            why: "others live in it: ConfigMap settings".to_owned(),
        },
        awaiting(0, Some(&object), "0 of 2 replicas are available"),
        awaiting(1, Some(&object), "1 of 2 replicas are available"),
        awaiting(2, None, ""),
        finished("prod-1"),
        Event::Failed {
            cluster: cluster.clone(),
            layer: Some(layer.clone()),
            error: Arc::new(StepError::NotReady {
                source: TargetError::NotReady {
                    key: Box::new(object),
                    why: "0 of 2 replicas are available".to_owned(),
                    details: vec!["Pod front-1: container web: ImagePullBackOff".to_owned()],
                },
            }),
        },
        Event::Failed {
            cluster: cluster.clone(),
            layer: Some(layer.clone()),
            error: Arc::new(StepError::Stopped {
                awaiting: Some(Box::new(last)),
            }),
        },
    ]
}

#[test]
fn what_is_awaited_is_told() {
    insta::assert_snapshot!("awaited", shown(ProgressStyle::Lines, &on_a_server()));
    insta::assert_snapshot!("awaited_json", shown(ProgressStyle::Json, &on_a_server()));
    assert_eq!(shown(ProgressStyle::Bars, &on_a_server()), "");
}

#[test]
fn silence() {
    assert_eq!(shown(ProgressStyle::Silent, &events()), "");
}

#[test]
fn long_runs_are_told_in_parts() {
    let mut events = vec![Event::Began {
        revision: 12,
        layers: 1000,
        clusters: 1000,
    }];
    events.extend((0..1000).map(|at| {
        let name = format!("prod-{at}");
        if at == 500 {
            failed(&name)
        } else {
            finished(&name)
        }
    }));
    insta::assert_snapshot!("long", shown(ProgressStyle::Lines, &events));
}

#[test]
fn bars_survive_any_order_of_events() {
    let mut events = events();
    events.reverse();
    assert_eq!(shown(ProgressStyle::Bars, &events), "");
}

#[test]
fn how_a_run_went() {
    insta::assert_snapshot!(summary_human(&summary(), &View::default()));
    let well = Summary {
        outcome: Outcome::Done,
        layers_failed: 0,
        layers_skipped: 0,
        ..summary()
    };
    insta::assert_snapshot!(summary_human(&well, &View::default()), @"Applied: 1 layer done; 3 objects +1 ~2. Recorded as revision 12.");
}
