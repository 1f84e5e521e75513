//! What Helm installed on a cluster, found and taken over.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::config::releases::{Release, read};
use crate::model::{ClusterName, KubernetesSpec, LayerName, Version};
use crate::plan::ObjectAction;
use crate::target::TargetError;
use crate::yaml::Value;

use super::error::EngineError;
use super::planner::{PlanRequest, Refresh, plan};
use super::project::{LoadedProject, uid};
use super::selection::Selection;
use super::targets::OpenTargets;
use super::workspace::Workspace;

/// What Helm installed on a cluster.
#[derive(Debug)]
pub struct FoundReleases {
    /// The newest revision of each release that is installed, by namespace and name.
    pub releases: Vec<Release>,
    /// The cluster's version of Kubernetes.
    pub version: Version,
    /// What looks like a release and cannot be read, or where we may not look for some, with why.
    pub unreadable: Vec<(String, String)>,
}

/// Where Helm keeps releases, by the kind of object; the second way is that of `HELM_DRIVER=configmap`.
const STORES: [&str; 2] = ["Secret", "ConfigMap"];

/// What Helm calls its Secrets.
const TYPE: &str = "helm.sh/release.v1";

/// Finds the releases on a cluster, in these namespaces or with none of them in all.
///
/// # Errors
/// When the cluster cannot be asked.
pub async fn releases(
    project: &LoadedProject,
    (spec, cluster): (&KubernetesSpec, &ClusterName),
    namespaces: &[String],
) -> Result<FoundReleases, EngineError> {
    let key = project.key()?;
    let cluster_uid = uid(&key, "cluster", cluster.as_str());
    let targets = OpenTargets::new(
        project.documents.root.clone(),
        key.clone(),
        project.uid(&key),
    );
    let target = targets.server(spec, cluster, cluster_uid);
    let in_target = |source: TargetError| EngineError::Target {
        cluster: cluster.clone(),
        source,
    };
    let capabilities = target.server_capabilities().await.map_err(in_target)?;
    let everywhere = [String::new()];
    let namespaces = if namespaces.is_empty() {
        &everywhere[..]
    } else {
        namespaces
    };
    let mut finding = Finding::default();
    let mut refused = None;
    let mut seen = false;
    for namespace in namespaces {
        for kind in STORES {
            let found = target.find_all("", kind, namespace, "owner=helm,status=deployed");
            match found.await {
                Ok(found) => {
                    seen = true;
                    found.iter().for_each(|object| finding.take(kind, object));
                }
                // Most use one kind alone, and may see no other.
                Err(error) => {
                    let told = (format!("what is in {kind}s"), error.to_string());
                    finding.unreadable.push(told);
                    refused = Some(error);
                }
            }
        }
    }
    if let (false, Some(error)) = (seen, refused) {
        return Err(in_target(error));
    }
    Ok(FoundReleases {
        releases: finding.newest.into_values().collect(),
        version: capabilities.kube_version,
        unreadable: finding.unreadable,
    })
}

/// What was found so far.
#[derive(Default)]
struct Finding {
    newest: BTreeMap<(String, String), Release>,
    unreadable: Vec<(String, String)>,
}

impl Finding {
    /// Takes in an object that may hold a release.
    fn take(&mut self, kind: &str, object: &Value) {
        let Some(text) = kept(kind, object) else {
            return;
        };
        let own = |field| object.at(["metadata", field]).and_then(Value::as_str);
        let (place, name) = (own("namespace"), own("name"));
        let place = place.unwrap_or_default();
        match read(&text) {
            Ok(mut release) if release.is_deployed() => {
                if release.namespace.is_empty() {
                    place.clone_into(&mut release.namespace);
                }
                let key = (release.namespace.clone(), release.name.clone());
                let older = self.newest.get(&key).map_or(0, |known| known.version);
                if older <= release.version {
                    self.newest.insert(key, release);
                }
            }
            Ok(_) => {}
            Err(why) => {
                let name = name.unwrap_or_default();
                self.unreadable
                    .push((format!("{kind} {place}/{name}"), why));
            }
        }
    }
}

/// The release in a Secret or ConfigMap of Helm's; nothing when it is none.
fn kept(kind: &str, object: &Value) -> Option<String> {
    let text = object.at(["data", "release"])?.as_str()?;
    if kind == "ConfigMap" {
        return Some(text.to_owned());
    }
    if object.get("type").and_then(Value::as_str) != Some(TYPE) {
        return None;
    }
    String::from_utf8(STANDARD.decode(text).ok()?).ok()
}

/// The Secrets of a cluster that are there and come out otherwise when their charts are rendered, by layer: what charts make
/// up anew each time.
///
/// # Errors
/// Those of planning.
pub async fn differing_secrets(
    workspace: &Arc<Workspace>,
    cluster: &ClusterName,
) -> Result<BTreeMap<LayerName, BTreeSet<String>>, EngineError> {
    let request = PlanRequest {
        selection: Selection::new(&[cluster.to_string()], &[], &[])?,
        refresh: Refresh::All,
        adopt: true,
        unmarked: true,
        ..PlanRequest::default()
    };
    let planned = plan(workspace, request).await?;
    let mut found: BTreeMap<LayerName, BTreeSet<String>> = BTreeMap::new();
    for layer in planned.plan.clusters.iter().flat_map(|one| &one.layers) {
        let differs = layer.objects.iter().filter(|change| {
            change.key.is_secret()
                && change.observed.is_some()
                && change.action != ObjectAction::Record
        });
        for change in differs {
            let names = found.entry(layer.layer.clone()).or_default();
            names.insert(change.key.name.to_string());
        }
    }
    Ok(found)
}
