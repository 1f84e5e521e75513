//! Kubeconfigs: where they are, and what one of their contexts leads to.

use std::io;
use std::path::Path;

use http::Uri;
use hyper_util::client::proxy::matcher::Matcher;
use kube::Config;
use kube::config::{AuthInfo, Cluster, KubeConfigOptions, Kubeconfig as Document, KubeconfigError};

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
    let own = cluster_of(&document, &context).and_then(|cluster| cluster.proxy_url.clone());
    let options = KubeConfigOptions {
        context: Some(context),
        ..KubeConfigOptions::default()
    };
    let mut config = Config::from_custom_kubeconfig(document, &options)
        .await
        .map_err(|error| unreadable(&error))?;
    // kube holds the proxy's own address against NO_PROXY, and not the server's.
    config.proxy_url = match own.filter(|proxy| !proxy.is_empty()) {
        Some(proxy) => proxy.parse().ok(),
        None => surrounding(&config.cluster_url),
    };
    Ok(Way {
        config,
        identity,
        plugin,
    })
}

/// The proxy that the environment names for a server, where the server is not one of those that it excepts.
fn surrounding(server: &Uri) -> Option<Uri> {
    Matcher::from_env().intercept(server)?;
    let names = ["HTTPS_PROXY", "https_proxy"].into_iter();
    let mut named = names.filter_map(|name| std::env::var(name).ok());
    let proxy = named.find(|proxy| !proxy.is_empty())?;
    // As for kubectl, what has no scheme speaks HTTP.
    let proxy = if proxy.contains("://") {
        proxy
    } else {
        format!("http://{proxy}")
    };
    proxy.parse().ok()
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

fn user_of(document: &Document, context: &str) -> Option<AuthInfo> {
    let context = document.contexts.iter().find(|one| one.name == context)?;
    let user = context.context.as_ref()?.user.as_ref()?;
    let user = document.auth_infos.iter().find(|one| one.name == *user)?;
    user.auth_info.clone()
}

fn plugin(document: &Document, context: &str) -> Option<String> {
    user_of(document, context)?.exec?.command
}

fn cluster_of<'a>(document: &'a Document, context: &str) -> Option<&'a Cluster> {
    let context = document.contexts.iter().find(|one| one.name == context)?;
    let name = &context.context.as_ref()?.cluster;
    let cluster = document.clusters.iter().find(|one| one.name == *name)?;
    cluster.cluster.as_ref()
}

fn identity(document: &Document, context: &str) -> String {
    let way = (cluster_of(document, context), user_of(document, context));
    serde_json::to_string(&way).unwrap_or_else(|_| context.to_owned())
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

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use std::path::Path;

    use super::{read, way};
    use crate::model::{Kubeconfig, KubernetesSpec};

    const TEXT: &str = r#"
apiVersion: v1
kind: Config
contexts:
- {name: a, context: {cluster: one, user: token}}
- {name: b, context: {cluster: one, user: plugin}}
- {name: c, context: {cluster: one, user: token}}
- {name: d, context: {cluster: missing, user: token}}
clusters:
- {name: one, cluster: {server: "https://127.0.0.1:1"}}
users:
- {name: token, user: {token: hidden}}
- {name: plugin, user: {exec: {apiVersion: client.authentication.k8s.io/v1, command: ./login}}}
"#;

    fn spec(path: &Path, context: Option<&str>) -> KubernetesSpec {
        KubernetesSpec {
            kubeconfig: Kubeconfig::File(path.to_owned()),
            context: context.map(Into::into),
        }
    }

    #[tokio::test]
    async fn a_context_leads_to_a_server() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("config"), TEXT).unwrap();
        let go = async |context| {
            let spec = spec(Path::new("config"), context);
            way(&spec, read(&spec, folder.path()).unwrap()).await
        };
        let a = go(Some("a")).await.unwrap();
        assert_eq!(a.config.cluster_url.to_string(), "https://127.0.0.1:1/");
        assert_eq!(a.plugin, None);
        let b = go(Some("b")).await.unwrap();
        // Programs are looked for beside the file, as kubectl does it.
        let login = folder.path().join("login");
        assert_eq!(b.plugin.as_deref().map(Path::new), Some(login.as_path()));
        let c = go(Some("c")).await.unwrap();
        assert!(a.identity == c.identity && a.identity != b.identity);

        let wrong = async |context| go(context).await.err().unwrap();
        let told = [
            wrong(None).await,
            wrong(Some("x")).await,
            wrong(Some("d")).await,
        ];
        insta::assert_snapshot!(told.join("\n"), @"
        the kubeconfig has no current context; name one as `context` on the target: it has a, b, c, d
        the kubeconfig has no context `x`; it has a, b, c, d
        failed to load the cluster of context: missing
        ");
    }
}
