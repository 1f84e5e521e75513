//! What the containers of hooks have printed.

use std::time::Duration;

use http::Method;
use tokio::time::timeout;
use url::form_urlencoded::Serializer;

use crate::model::ObjectKey;
use crate::target::HookLog;
use crate::yaml::Value;

use super::discovery::Kind;
use super::exchange::Request;
use super::failure::Failure;
use super::list::Selector;
use super::server::Server;

/// Of each container at most so many lines are asked for, the last ones.
const LINES: &str = "1000";

/// And at most so many bytes.
const BYTES: &str = "262144";

/// How long may be asked for all of it.
const PATIENCE: Duration = Duration::from_secs(10);

/// What the containers of a hook that is a Job or a Pod have printed, each as its kubelet kept it. That it cannot be had is
/// told in its place: it never changes what became of the hook.
pub(super) async fn of(server: &Server, hook: &ObjectKey) -> Vec<HookLog> {
    let mut logs = Vec::new();
    if timeout(PATIENCE, collect(server, hook, &mut logs))
        .await
        .is_err()
    {
        let why = format!("it did not come within {} seconds", PATIENCE.as_secs());
        logs.push(missing(hook, why));
    }
    logs
}

async fn collect(server: &Server, hook: &ObjectKey, logs: &mut Vec<HookLog>) {
    // As Helm finds them.
    let (labels, fields) = match &*hook.kind {
        "Job" => (format!("job-name={}", hook.name), String::new()),
        _ => (String::new(), format!("metadata.name={}", hook.name)),
    };
    let selector = Selector {
        labels: &labels,
        fields: &fields,
    };
    let pods = Kind::new("", "Pod");
    let listed = server.list(&pods, &hook.namespace, selector).await;
    let mut pods = match listed {
        Ok(listing) => listing.items,
        Err(error) => return logs.push(missing(hook, error.to_string())),
    };
    // The first try of a Job first.
    pods.sort_by_cached_key(|pod| text(pod, "creationTimestamp").to_owned());
    for pod in &pods {
        let containers = pod.at(["spec", "containers"]).and_then(Value::as_list);
        let names = containers.into_iter().flatten();
        for name in names.filter_map(|one| one.get("name").and_then(Value::as_str)) {
            let pod = text(pod, "name");
            logs.push(HookLog {
                pod: pod.to_owned(),
                container: name.to_owned(),
                text: log(server, &hook.namespace, pod, name).await,
            });
        }
    }
}

/// What one container has printed, or why that cannot be had.
async fn log(
    server: &Server,
    namespace: &str,
    pod: &str,
    container: &str,
) -> Result<String, String> {
    let query = Serializer::new(String::new())
        .append_pair("container", container)
        .append_pair("tailLines", LINES)
        .append_pair("limitBytes", BYTES)
        .finish();
    let request = Request {
        method: Method::GET,
        path: format!("/api/v1/namespaces/{namespace}/pods/{pod}/log?{query}"),
        // Not JSON: errors come as that all the same.
        accept: "*/*",
        body: None,
    };
    let answer = server.ask(&request).await;
    answer
        .map(|answer| String::from_utf8_lossy(&answer.body).into_owned())
        .map_err(|failure| match failure {
            Failure::Silent(silence) => silence.why,
            Failure::Said(status) | Failure::SaidLater(status) => status.message,
        })
}

/// That nothing can be told of the pods of a hook.
fn missing(hook: &ObjectKey, why: String) -> HookLog {
    HookLog {
        pod: hook.name.to_string(),
        container: String::new(),
        text: Err(why),
    }
}

fn text<'a>(pod: &'a Value, field: &str) -> &'a str {
    let found = pod.at(["metadata", field]).and_then(Value::as_str);
    found.unwrap_or_default()
}
