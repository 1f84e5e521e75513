//! What a server serves: groups, versions and kinds, as it tells itself.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use kube::client::{APIGroupDiscovery, APIGroupDiscoveryList};
use kube::core::ApiResource;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Deserialize;

use crate::model::ObjectKey;

use super::exchange::{Exchange, JSON, Request};
use super::failure::Failure;

/// Asks for everything at once (Kubernetes 1.26 and later), else for lists of groups.
const AGGREGATED: &str = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,\
                          application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList,\
                          application/json";

/// A kind of objects, whatever its version.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Kind {
    /// The API group; empty for the core group.
    pub group: Arc<str>,
    /// The kind, such as `Deployment`.
    pub kind: Arc<str>,
}

impl Kind {
    /// A kind by its names.
    pub fn new(group: &str, kind: &str) -> Self {
        Self {
            group: group.into(),
            kind: kind.into(),
        }
    }

    /// The kind of an object.
    pub fn of(key: &ObjectKey) -> Self {
        Self {
            group: Arc::clone(&key.group),
            kind: Arc::clone(&key.kind),
        }
    }
}

/// A kind in one version, as a server serves it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Resource {
    /// Its names.
    pub api: ApiResource,
    /// Whether its objects live in namespaces.
    pub namespaced: bool,
    /// What can be done with it: `list`, `watch`, `patch`.
    pub verbs: Vec<String>,
    /// Whether its objects have a status that only its own path changes.
    pub has_status: bool,
}

impl Resource {
    /// The path of all objects in a namespace, or with an empty one of all objects there are.
    pub fn all(&self, namespace: &str) -> String {
        self.api.url_path(namespace)
    }

    /// The path of one object.
    pub fn one(&self, key: &ObjectKey) -> String {
        let all = self.all(self.namespace_of(key));
        format!("{all}/{}", segment(&key.name))
    }

    /// The namespace that an object lives in; empty for a kind that has none. Whoever names none means `default`, as
    /// everywhere in Kubernetes.
    pub fn namespace_of<'a>(&self, key: &'a ObjectKey) -> &'a str {
        match &*key.namespace {
            _ if !self.namespaced => "",
            "" => "default",
            namespace => namespace,
        }
    }

    /// Whether something can be done with it.
    pub fn can(&self, verb: &str) -> bool {
        self.verbs.iter().any(|one| one == verb)
    }
}

/// A piece of a path; names of RBAC may hold nearly everything.
fn segment(text: &str) -> String {
    const UNSAFE: AsciiSet = NON_ALPHANUMERIC
        .remove(b'-')
        .remove(b'.')
        .remove(b'_')
        .remove(b'~')
        .remove(b':');
    utf8_percent_encode(text, &UNSAFE).to_string()
}

/// Makes the path of a kind. A trait, since the type is another crate's.
trait Paths {
    fn url_path(&self, namespace: &str) -> String;
}

impl Paths for ApiResource {
    fn url_path(&self, namespace: &str) -> String {
        let base = if self.group.is_empty() {
            "/api"
        } else {
            "/apis"
        };
        let (version, plural) = (&self.api_version, &self.plural);
        if namespace.is_empty() {
            format!("{base}/{version}/{plural}")
        } else {
            let namespace = segment(namespace);
            format!("{base}/{version}/namespaces/{namespace}/{plural}")
        }
    }
}

/// All that a server serves.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Discovery {
    /// All versions of each kind, the preferred one first.
    kinds: HashMap<Kind, Vec<Resource>>,
    /// What charts find: `apps/v1`, `apps/v1/Deployment`.
    said: BTreeSet<String>,
}

impl Discovery {
    /// Asks a server.
    pub async fn ask(exchange: &Exchange) -> Result<Self, Failure> {
        let ask = |path: &str| {
            let request = Request {
                accept: AGGREGATED,
                ..Request::get(path.to_owned())
            };
            async move { exchange.ask(&request).await }
        };
        let (core, groups) = tokio::join!(ask("/api"), ask("/apis"));
        let (core, groups) = (core?.body, groups?.body);
        if let (Some(core), Some(groups)) = (aggregated(&core), aggregated(&groups)) {
            return Ok(Self::read(core.items.into_iter().chain(groups.items)));
        }
        Self::ask_each(exchange, &core, &groups).await
    }

    /// Reads what a server tells at once.
    pub fn read(groups: impl IntoIterator<Item = APIGroupDiscovery>) -> Self {
        let mut found = Self::default();
        for group in groups {
            let name = group
                .metadata
                .and_then(|meta| meta.name)
                .unwrap_or_default();
            for version in group.versions {
                let Some(text) = version.version else {
                    continue;
                };
                let version_of = api_version(&name, &text);
                found.said.insert(version_of.clone());
                for resource in version.resources {
                    let parts = resource.subresources.iter();
                    let has_status = parts
                        .clone()
                        .any(|part| part.subresource.as_deref() == Some("status"));
                    for part in parts.filter_map(|part| part.response_kind.as_ref()) {
                        let kind = part.kind.as_deref().unwrap_or_default();
                        found.said.insert(format!("{version_of}/{kind}"));
                    }
                    let kind = resource.response_kind.and_then(|kind| kind.kind);
                    let (Some(kind), Some(plural)) = (kind, resource.resource) else {
                        continue;
                    };
                    let namespaced = resource.scope.as_deref() == Some("Namespaced");
                    let api = named(&name, &text, kind, plural);
                    found.add(Resource {
                        api,
                        namespaced,
                        verbs: resource.verbs,
                        has_status,
                    });
                }
            }
        }
        found
    }

    fn add(&mut self, resource: Resource) {
        let api = &resource.api;
        self.said
            .insert(format!("{}/{}", api.api_version, api.kind));
        let kind = Kind::new(&api.group, &api.kind);
        self.kinds.entry(kind).or_default().push(resource);
    }

    /// Asks an old server, version by version. What does not answer, as an aggregated server that is down, is left out.
    async fn ask_each(exchange: &Exchange, core: &[u8], groups: &[u8]) -> Result<Self, Failure> {
        let core: CoreVersions = read(core)?;
        let groups: Groups = read(groups)?;
        let core = core.versions.into_iter().map(|one| (String::new(), one));
        let groups = groups.groups.into_iter().flat_map(Group::versions);
        let mut found = Self::default();
        for (group, version) in core.chain(groups) {
            let version_of = api_version(&group, &version);
            let base = if group.is_empty() { "/api" } else { "/apis" };
            let request = Request::get(format!("{base}/{version_of}"));
            let answer = match exchange.ask(&request).await {
                Ok(answer) => answer,
                Err(Failure::Said(_)) => continue,
                Err(silent) => return Err(silent),
            };
            let resources: Resources = read(&answer.body)?;
            found.said.insert(version_of.clone());
            found.add_all(&group, &version, resources.resources);
        }
        Ok(found)
    }

    fn add_all(&mut self, group: &str, version: &str, resources: Vec<OneResource>) {
        let statuses: HashSet<String> = resources
            .iter()
            .filter_map(|one| one.name.strip_suffix("/status"))
            .map(str::to_owned)
            .collect();
        for one in resources {
            if one.name.contains('/') {
                let version_of = api_version(group, version);
                self.said.insert(format!("{version_of}/{}", one.kind));
            } else {
                self.add(Resource {
                    has_status: statuses.contains(&one.name),
                    api: named(group, version, one.kind, one.name),
                    namespaced: one.namespaced,
                    verbs: one.verbs,
                });
            }
        }
    }

    /// A kind in the version that the server prefers.
    pub fn preferred(&self, kind: &Kind) -> Option<&Resource> {
        self.kinds.get(kind)?.first()
    }

    /// A kind in one version, `apps/v1`.
    pub fn version(&self, kind: &Kind, api_version: &str) -> Option<&Resource> {
        let versions = self.kinds.get(kind)?;
        versions
            .iter()
            .find(|one| one.api.api_version == api_version)
    }

    /// A kind in all its versions, the preferred one first.
    pub fn served(&self, kind: &Kind) -> &[Resource] {
        self.kinds.get(kind).map_or(&[], Vec::as_slice)
    }

    /// All kinds in the versions that the server prefers.
    pub fn kinds(&self) -> impl Iterator<Item = (&Kind, &Resource)> {
        self.kinds
            .iter()
            .filter_map(|(kind, versions)| Some((kind, versions.first()?)))
    }

    /// What charts find in `.Capabilities.APIVersions`, as Helm puts it together (`GetVersionSet` of its action package):
    /// all versions, and all kinds in all versions, those of parts of objects as well. Sorted.
    pub fn api_versions(&self) -> impl Iterator<Item = &str> {
        self.said.iter().map(String::as_str)
    }
}

fn aggregated(body: &[u8]) -> Option<APIGroupDiscoveryList> {
    #[derive(Deserialize)]
    struct Typed {
        kind: String,
    }
    let typed: Typed = serde_json::from_slice(body).ok()?;
    if typed.kind != "APIGroupDiscoveryList" {
        return None;
    }
    serde_json::from_slice(body).ok()
}

fn api_version(group: &str, version: &str) -> String {
    if group.is_empty() {
        version.to_owned()
    } else {
        format!("{group}/{version}")
    }
}

fn named(group: &str, version: &str, kind: String, plural: String) -> ApiResource {
    ApiResource {
        group: group.to_owned(),
        version: version.to_owned(),
        api_version: api_version(group, version),
        kind,
        plural,
    }
}

fn read<'a, T: Deserialize<'a>>(body: &'a [u8]) -> Result<T, Failure> {
    serde_json::from_slice(body).map_err(|_| {
        Failure::silent(format!(
            "its answer is not what an API server says ({JSON}); see whether the address is right"
        ))
    })
}

#[derive(Deserialize)]
struct CoreVersions {
    versions: Vec<String>,
}

#[derive(Deserialize)]
struct Groups {
    groups: Vec<Group>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Group {
    name: String,
    versions: Vec<GroupVersion>,
    preferred_version: Option<GroupVersion>,
}

#[derive(Deserialize)]
struct GroupVersion {
    version: String,
}

impl Group {
    /// Its name with each of its versions, the preferred one first.
    fn versions(self) -> impl Iterator<Item = (String, String)> {
        let preferred = self.preferred_version.map(|one| one.version);
        let mut versions: Vec<String> = self.versions.into_iter().map(|one| one.version).collect();
        versions.sort_by_key(|one| Some(one) != preferred.as_ref());
        let name = self.name;
        versions.into_iter().map(move |one| (name.clone(), one))
    }
}

#[derive(Deserialize)]
struct Resources {
    resources: Vec<OneResource>,
}

#[derive(Deserialize)]
struct OneResource {
    name: String,
    kind: String,
    namespaced: bool,
    verbs: Vec<String>,
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use serde_json::json;

    use super::{Discovery, Group, Kind, OneResource, aggregated};
    use crate::model::ObjectKey;

    fn told() -> Discovery {
        let body = json!({"kind": "APIGroupDiscoveryList", "items": [
            {"metadata": {"name": ""}, "versions": [{"version": "v1", "resources": [
                {"resource": "namespaces", "responseKind": {"kind": "Namespace"}, "scope": "Cluster", "verbs": ["list"]},
            ]}]},
            {"metadata": {"name": "autoscaling"}, "versions": [
                {"version": "v2", "resources": [{
                    "resource": "horizontalpodautoscalers", "responseKind": {"kind": "HorizontalPodAutoscaler"},
                    "scope": "Namespaced", "verbs": ["list", "delete"],
                    "subresources": [{"subresource": "status", "responseKind": {"kind": "HorizontalPodAutoscaler"}}],
                }]},
                {"version": "v1", "resources": [{
                    "resource": "horizontalpodautoscalers", "responseKind": {"kind": "HorizontalPodAutoscaler"},
                    "scope": "Namespaced", "verbs": ["list"],
                    "subresources": [{"subresource": "scale", "responseKind": {"kind": "Scale"}}],
                }]},
            ]},
        ]});
        Discovery::read(aggregated(body.to_string().as_bytes()).unwrap().items)
    }

    #[test]
    fn the_preferred_version_comes_first() {
        let told = told();
        let kind = Kind::new("autoscaling", "HorizontalPodAutoscaler");
        let preferred = told.preferred(&kind).unwrap();
        assert_eq!(preferred.api.api_version, "autoscaling/v2");
        assert!(preferred.has_status && preferred.namespaced && preferred.can("delete"));
        let older = told.version(&kind, "autoscaling/v1").unwrap();
        assert!(!older.has_status && !older.can("delete"));
        assert_eq!(told.served(&kind).len(), 2);
        assert_eq!(told.preferred(&Kind::new("", "Pod")), None);
    }

    #[test]
    fn paths_are_those_of_the_api() {
        let told = told();
        let path = |group: &str, kind: &str, namespace: &str, name: &str| {
            let key = ObjectKey::new(group, kind, namespace, name);
            told.preferred(&Kind::of(&key)).unwrap().one(&key)
        };
        let scaler = "HorizontalPodAutoscaler";
        let base = "/apis/autoscaling/v2/namespaces";
        assert_eq!(
            path("autoscaling", scaler, "web", "a-b.c:d/e"),
            format!("{base}/web/horizontalpodautoscalers/a-b.c:d%2Fe")
        );
        // Without a namespace the default one is meant, and what lives in none is not looked for in one.
        assert_eq!(
            path("autoscaling", scaler, "", "a"),
            format!("{base}/default/horizontalpodautoscalers/a")
        );
        assert_eq!(path("", "Namespace", "web", "a"), "/api/v1/namespaces/a");
    }

    #[test]
    fn charts_see_versions_and_kinds_and_their_parts() {
        let told = told();
        let all: Vec<&str> = told.api_versions().collect();
        assert_eq!(
            all,
            [
                "autoscaling/v1",
                "autoscaling/v1/HorizontalPodAutoscaler",
                "autoscaling/v1/Scale",
                "autoscaling/v2",
                "autoscaling/v2/HorizontalPodAutoscaler",
                "v1",
                "v1/Namespace",
            ]
        );
    }

    #[test]
    fn old_servers_tell_group_by_group() {
        assert!(aggregated(br#"{"kind": "APIGroupList", "groups": []}"#).is_none());
        let group: Group = serde_json::from_value(json!({
            "name": "apps",
            "versions": [{"version": "v1beta1"}, {"version": "v1"}],
            "preferredVersion": {"version": "v1"},
        }))
        .unwrap();
        let versions: Vec<String> = group.versions().map(|(_, version)| version).collect();
        assert_eq!(versions, ["v1", "v1beta1"]);

        let resources: Vec<OneResource> = serde_json::from_value(json!([
            {"name": "deployments", "kind": "Deployment", "namespaced": true, "verbs": ["list"]},
            {"name": "deployments/status", "kind": "Deployment", "namespaced": true, "verbs": []},
            {"name": "deployments/scale", "kind": "Scale", "namespaced": true, "verbs": []},
        ]))
        .unwrap();
        let mut told = Discovery::default();
        told.add_all("apps", "v1", resources);
        let deployments = told.preferred(&Kind::new("apps", "Deployment")).unwrap();
        assert!(deployments.has_status && deployments.namespaced);
        assert!(told.api_versions().any(|one| one == "apps/v1/Scale"));
    }
}
