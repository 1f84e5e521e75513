//! What a server tells of an object that is not ready: its events, what troubles its pods, and their events.

use std::time::Duration;

use tokio::time::timeout;

use crate::model::ObjectKey;
use crate::target::TargetError;
use crate::target::kubernetes::discovery::Kind;
use crate::target::kubernetes::list::Selector;
use crate::target::kubernetes::server::Server;
use crate::target::readiness::{self, Readiness};
use crate::yaml::Value;

/// At most so many lines are told.
const LINES: usize = 10;

/// At most so many pods are looked at: of a hundred that miss an image, three tell all.
const PODS: usize = 3;

/// At most so many events of one object, the latest ones.
const EVENTS: usize = 3;

/// How long may be asked for all of it. What is not told by then is left out.
const PATIENCE: Duration = Duration::from_secs(10);

/// What a server tells of an object; as much as can be had.
pub(super) async fn of(server: &Server, key: &ObjectKey) -> Vec<String> {
    let mut lines = Lines::default();
    // Whoever may not look at events or pods hears nothing of them; why the object is not ready is told anyway.
    let _ = timeout(PATIENCE, collect(server, key, &mut lines)).await;
    lines.0
}

#[derive(Default)]
struct Lines(Vec<String>);

impl Lines {
    fn add(&mut self, line: &str) {
        let line = line.split_whitespace().collect::<Vec<_>>().join(" ");
        if self.0.len() < LINES && !self.0.contains(&line) {
            self.0.push(line);
        }
    }
}

async fn collect(server: &Server, key: &ObjectKey, lines: &mut Lines) -> Result<(), TargetError> {
    let Some(object) = server.get(key).await? else {
        return Ok(());
    };
    events(server, &object, lines).await?;
    if (&*key.group, &*key.kind) == ("", "Pod") {
        trouble(&object, lines);
        return Ok(());
    }
    let selector = selector(&object);
    if selector.is_empty() {
        return Ok(());
    }
    let mut owner = object;
    if (&*key.group, &*key.kind) == ("apps", "Deployment") {
        let sets = Kind::new("apps", "ReplicaSet");
        let sets = owned(server, &sets, &key.namespace, &selector, &owner).await?;
        let Some(newest) = sets.into_iter().max_by_key(revision) else {
            return Ok(());
        };
        let readiness = readiness::status(&newest);
        if newest
            .at(["status", "replicas"])
            .and_then(Value::as_int)
            .unwrap_or(0)
            == 0
        {
            lines.add(&format!("{}: {}", named(&newest), readiness.why()));
        }
        events(server, &newest, lines).await?;
        owner = newest;
    }
    let pods = Kind::new("", "Pod");
    let pods = owned(server, &pods, &key.namespace, &selector, &owner).await?;
    let unready = pods.iter().filter(|pod| !readiness::status(pod).is_ready());
    for pod in unready.take(PODS) {
        trouble(pod, lines);
        events(server, pod, lines).await?;
    }
    Ok(())
}

/// What troubles a pod.
fn trouble(pod: &Value, lines: &mut Lines) {
    let troubles = readiness::troubles(pod);
    if troubles.is_empty()
        && let Readiness::Progressing { why } | Readiness::Failed { why } = readiness::status(pod)
    {
        lines.add(&format!("{}: {why}", named(pod)));
    }
    for trouble in troubles {
        lines.add(&format!("{}: {trouble}", named(pod)));
    }
}

/// The label selector of a controller.
fn selector(object: &Value) -> String {
    let labels = object.at(["spec", "selector", "matchLabels"]);
    let labels = labels.and_then(Value::as_map).into_iter().flatten();
    let pairs = labels.filter_map(|(key, value)| Some(format!("{key}={}", value.as_str()?)));
    pairs.collect::<Vec<_>>().join(",")
}

/// Objects that another one owns.
async fn owned(
    server: &Server,
    kind: &Kind,
    namespace: &str,
    labels: &str,
    owner: &Value,
) -> Result<Vec<Value>, TargetError> {
    let selector = Selector { labels, fields: "" };
    let mut all = server.list(kind, namespace, selector).await?.items;
    let uid = text(owner, &["metadata", "uid"]);
    all.retain(|object| {
        let owners = object.at(["metadata", "ownerReferences"]);
        let owners = owners.and_then(Value::as_list).unwrap_or_default();
        owners.iter().any(|one| text(one, &["uid"]) == uid)
    });
    Ok(all)
}

/// Which revision of a Deployment a ReplicaSet is.
fn revision(set: &Value) -> i64 {
    let path = [
        "metadata",
        "annotations",
        "deployment.kubernetes.io/revision",
    ];
    text(set, &path).parse().unwrap_or_default()
}

/// Adds the latest warnings about an object.
async fn events(server: &Server, object: &Value, lines: &mut Lines) -> Result<(), TargetError> {
    let fields = format!("involvedObject.uid={}", text(object, &["metadata", "uid"]));
    let selector = Selector {
        labels: "",
        fields: &fields,
    };
    let namespace = match text(object, &["metadata", "namespace"]) {
        // Events of what has no namespace stand there.
        "" => "default",
        namespace => namespace,
    };
    let listed = server
        .list(&Kind::new("", "Event"), namespace, selector)
        .await?;
    let mut warnings: Vec<&Value> = listed
        .items
        .iter()
        .filter(|event| text(event, &["type"]) == "Warning")
        .collect();
    warnings.sort_by_key(|event| when(event));
    let latest = warnings.iter().rev().take(EVENTS);
    for event in latest {
        let (reason, message) = (text(event, &["reason"]), text(event, &["message"]));
        lines.add(&format!("{}: {reason}: {message}", named(object)));
    }
    Ok(())
}

/// When an event was seen last. Older and newer writers of events keep that in different fields.
fn when(event: &Value) -> &str {
    let paths: [&[&str]; 4] = [
        &["series", "lastObservedTime"],
        &["lastTimestamp"],
        &["eventTime"],
        &["metadata", "creationTimestamp"],
    ];
    let mut times = paths.into_iter().map(|path| text(event, path));
    times.find(|time| !time.is_empty()).unwrap_or_default()
}

/// `Pod web-1`
fn named(object: &Value) -> String {
    format!(
        "{} {}",
        text(object, &["kind"]),
        text(object, &["metadata", "name"])
    )
}

fn text<'a>(object: &'a Value, path: &[&str]) -> &'a str {
    let value = object.at(path.iter().copied()).and_then(Value::as_str);
    value.unwrap_or_default()
}
