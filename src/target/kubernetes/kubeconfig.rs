//! Kubeconfigs: where they are, and what one of their contexts leads to.

use std::io;
use std::path::Path;

use kube::Config;
use kube::config::{KubeConfigOptions, Kubeconfig as Document, KubeconfigError};

use crate::model::{Kubeconfig, KubernetesSpec};

/// How a server is reached, with the credentials for it. Never printed.
pub(super) struct Way {
    /// As kube wants it.
    pub config: Config,
    /// What tells this way from others, credentials and all: only ever to be hashed.
    pub identity: String,
    /// The program that gives credentials, where one does.
    pub plugin: Option<String>,
}

/// Reads the kubeconfig of a server. Relative paths are taken from `root`. May block.
pub(super) fn read(spec: &KubernetesSpec, root: &Path) -> Result<Document, String> {
    let read = match &spec.kubeconfig {
        Kubeconfig::Usual => Document::read(),
        Kubeconfig::File(path) => Document::read_from(Kubeconfig::file(path, root)),
        Kubeconfig::Environment(name) => {
            let text = std::env::var(&**name).map_err(|_| {
                format!(
                    "the environment variable {name} is not set; put the text of a kubeconfig into it"
                )
            })?;
            Document::from_yaml(&text)
        }
        Kubeconfig::InCluster => Ok(Document::default()),
    };
    read.map_err(|error| unreadable(&error))
}

/// What a context of a kubeconfig leads to.
pub(super) async fn way(spec: &KubernetesSpec, document: Document) -> Result<Way, String> {
    if spec.kubeconfig == Kubeconfig::InCluster {
        let config = Config::incluster().map_err(|_| {
            "this does not run in a pod with a service account; name a kubeconfig on the target"
                .to_owned()
        })?;
        return Ok(Way {
            config,
            identity: "in-cluster".to_owned(),
            plugin: None,
        });
    }
    let context = context(spec, &document)?;
    let plugin = plugin(&document, &context);
    let identity = identity(&document, &context);
    let options = KubeConfigOptions {
        context: Some(context),
        ..KubeConfigOptions::default()
    };
    let config = Config::from_custom_kubeconfig(document, &options)
        .await
        .map_err(|error| unreadable(&error))?;
    Ok(Way {
        config,
        identity,
        plugin,
    })
}

/// The name of the context that is meant, which is there.
fn context(spec: &KubernetesSpec, document: &Document) -> Result<String, String> {
    let wanted = spec.context.as_deref().or(document
        .current_context
        .as_deref()
        .filter(|name| !name.is_empty()));
    let names: Vec<&str> = document
        .contexts
        .iter()
        .map(|context| context.name.as_str())
        .collect();
    let there = match names.as_slice() {
        [] => "it has no contexts".to_owned(),
        names => format!("it has {}", names.join(", ")),
    };
    match wanted {
        Some(name) if names.contains(&name) => Ok(name.to_owned()),
        Some(name) => Err(format!("the kubeconfig has no context `{name}`; {there}")),
        None => Err(format!(
            "the kubeconfig has no current context; name one as `context` on the target: {there}"
        )),
    }
}

fn user_of(document: &Document, context: &str) -> Option<kube::config::AuthInfo> {
    let context = document.contexts.iter().find(|one| one.name == context)?;
    let user = context.context.as_ref()?.user.as_ref()?;
    let user = document.auth_infos.iter().find(|one| one.name == *user)?;
    user.auth_info.clone()
}

fn plugin(document: &Document, context: &str) -> Option<String> {
    user_of(document, context)?.exec?.command
}

fn identity(document: &Document, context: &str) -> String {
    let cluster = document
        .contexts
        .iter()
        .find(|one| one.name == context)
        .and_then(|one| one.context.as_ref())
        .and_then(|one| {
            let named = |cluster: &&kube::config::NamedCluster| cluster.name == one.cluster;
            document.clusters.iter().find(named)
        })
        .and_then(|one| one.cluster.as_ref());
    let user = user_of(document, context);
    serde_json::to_string(&(cluster, user)).unwrap_or_else(|_| context.to_owned())
}

/// What is wrong with a kubeconfig. The text of its YAML's errors is left out: it shows what stands there.
fn unreadable(error: &KubeconfigError) -> String {
    match error {
        KubeconfigError::ReadConfig(error, path) => missing(error, path),
        KubeconfigError::FindPath => {
            "there is no home folder to look for .kube/config in; set KUBECONFIG".to_owned()
        }
        KubeconfigError::Parse(_) => "it is not a kubeconfig: its YAML cannot be read".to_owned(),
        other => other.to_string(),
    }
}

fn missing(error: &io::Error, path: &Path) -> String {
    let path = path.display();
    match error.kind() {
        io::ErrorKind::NotFound => format!(
            "there is no kubeconfig `{path}`; name another on the target, or set KUBECONFIG"
        ),
        _ => format!("the kubeconfig `{path}` cannot be read: {error}"),
    }
}
