//! What macros read on one cluster.

use std::collections::BTreeMap;
use std::sync::Arc;

use uuid::Uuid;

use crate::diag::Diagnostic;
use crate::model::{Binding, Digest, Profile, Project, Stack, kubernetes_version};
use crate::yaml::Value;

use super::lookups::Lookups;
use super::macros::{Reference, written};
use super::path;
use super::prepared::Prepared;

/// Gives what is shown in place of a sensitive value: its name (of a variable, or a path into the values) and the value.
pub type StandIn<'a> = &'a (dyn Fn(&str, &Value) -> Value + Sync);

/// What macros read on one cluster. Cheap to make: it only points to things.
#[derive(Clone, Copy)]
pub struct Context<'a> {
    stack: &'a Stack,
    prepared: &'a [Arc<Prepared>],
    project: &'a Project,
    project_uid: Uuid,
    cluster_uid: Uuid,
    pub(super) stand_in: Option<StandIn<'a>>,
    lookups: Option<&'a Arc<Lookups>>,
}

/// The facts that `.spectro.system` knows. What depends on who runs the program is not among them.
const SYSTEM: [&str; 15] = [
    "cloud.region",
    "cloud.type",
    "cloudaccount.name",
    "cluster.kubevip",
    "cluster.name",
    "cluster.uid",
    "clusterprofile.infra.name",
    "clusterprofile.infra.uid",
    "clusterprofile.infra.version",
    "clusterprofile.name",
    "clusterprofile.uid",
    "clusterprofile.version",
    "kubernetes.version",
    "project.name",
    "project.uid",
];

/// Facts that Palette knows and a run of ours cannot, or must not depend on.
const FOREIGN: [&str; 4] = ["user.", "reverseproxy.", "cloudaccount.uid", "tenant."];

impl<'a> Context<'a> {
    /// `prepared` holds the stack's layers, in its order; `cluster_uid` is the one that the state keeps.
    pub fn new(
        stack: &'a Stack,
        prepared: &'a [Arc<Prepared>],
        project: &'a Project,
        project_uid: Uuid,
        cluster_uid: Uuid,
    ) -> Self {
        Self {
            stack,
            prepared,
            project,
            project_uid,
            cluster_uid,
            stand_in: None,
            lookups: None,
        }
    }

    /// The same, with something else in place of every sensitive value.
    #[must_use]
    pub fn with_stand_in(self, stand_in: StandIn<'a>) -> Self {
        Self {
            stand_in: Some(stand_in),
            ..self
        }
    }

    /// The same, with what is known of the cluster's server. Without this, nothing that is looked up there is found.
    #[must_use]
    pub fn with_lookups(self, lookups: &'a Arc<Lookups>) -> Self {
        Self {
            lookups: Some(lookups),
            ..self
        }
    }

    /// What is known of the cluster's server, where there is one.
    pub fn lookups(&self) -> Option<&'a Arc<Lookups>> {
        self.lookups
    }

    /// The cluster's stack.
    pub fn stack(&self) -> &'a Stack {
        self.stack
    }

    /// The uids of project and cluster.
    pub(super) fn uids(&self) -> (Uuid, Uuid) {
        (self.project_uid, self.cluster_uid)
    }

    /// A fact about cluster, profile or project, by its path behind `.spectro.system`.
    pub(super) fn system(&self, own: &Prepared, path: &str) -> Option<Value> {
        let cluster = &*self.stack.cluster;
        let text = |text: &str| Some(Value::from(text));
        let maybe = |text: &Option<Arc<str>>| text.as_deref().map(Value::from);
        match path {
            "cluster.name" => text(cluster.name.as_str()),
            "cluster.uid" => text(&self.cluster_uid.to_string()),
            "cluster.kubevip" => maybe(&cluster.endpoint),
            "kubernetes.version" => self.kubernetes_version().map(Value::from),
            "cloud.type" => text(cluster.cloud.as_str()),
            "cloud.region" => maybe(&cluster.region),
            "cloudaccount.name" => maybe(&cluster.cloud_account),
            "project.name" => text(&self.project.name),
            "project.uid" => text(&self.project_uid.to_string()),
            _ => {
                let rest = path.strip_prefix("clusterprofile.")?;
                match rest.strip_prefix("infra.") {
                    Some(field) => self.profile(self.stack.infra.as_deref()?, field),
                    None => self.profile(&own.layer().profile, rest),
                }
            }
        }
    }

    fn profile(&self, profile: &Profile, field: &str) -> Option<Value> {
        match field {
            "name" => Some(profile.name.as_str().into()),
            "version" => Some(profile.version.to_string().into()),
            "uid" => Some(self.profile_uid(profile).to_string().into()),
            _ => None,
        }
    }

    /// Profiles have no uid of their own; this one stays the same through all versions.
    fn profile_uid(&self, profile: &Profile) -> Uuid {
        let mut bytes = self.project_uid.as_bytes().to_vec();
        bytes.extend_from_slice(profile.name.as_str().as_bytes());
        let mut uid = [0; 16];
        uid.copy_from_slice(&Digest::of(&bytes).as_bytes()[..16]);
        uuid::Builder::from_custom_bytes(uid).into_uuid()
    }

    /// Without a leading `v`, since `substr 0 4` is how packs take the minor version out of it.
    fn kubernetes_version(&self) -> Option<&str> {
        let existing = self.stack.cluster.existing.as_ref();
        let existing = existing.map(|existing| &existing.kubernetes_version);
        let layers = self.stack.layers.iter();
        let layers = layers.map(|layer| (&layer.category, &layer.stands_as));
        let text = kubernetes_version(existing, layers)?.as_str();
        Some(text.strip_prefix('v').unwrap_or(text))
    }

    /// What a variable of the layer's own profile is bound to.
    pub(super) fn binding(&self, own: &Prepared, name: &str) -> Option<&'a Binding> {
        self.stack
            .bindings
            .get(&own.layer().profile.name)?
            .get(name)
    }

    /// A named value of the project, or what stands at a path in it.
    pub(super) fn project_macro(&self, path: &str) -> Option<Value> {
        let mut value = None;
        for (at, _) in path.match_indices('.').chain([(path.len(), "")]) {
            if let Some(found) = self.project.macros.get(&path[..at]) {
                let inside = path[at..].split('.').filter(|key| !key.is_empty());
                value = found.at(inside).or(value);
            }
        }
        value.cloned()
    }

    /// The layer that a macro means by a pack's name: its own, else a layer of that name, else the only one that
    /// is made of that pack, or stands for it.
    pub(super) fn layer_of_pack(
        &self,
        own: &'a Prepared,
        name: &str,
    ) -> Result<Option<&'a Prepared>, Box<Diagnostic>> {
        let is_pack = |layer: &Prepared| {
            let stands_as = &layer.layer().stands_as;
            stands_as.pack.as_deref() == Some(name)
        };
        if is_pack(own) {
            return Ok(Some(own));
        }
        let named = self
            .prepared
            .iter()
            .find(|layer| layer.layer().name.as_str() == name);
        if let Some(layer) = named {
            return Ok(Some(layer));
        }
        let mut all = self.prepared.iter().filter(|layer| is_pack(layer));
        match (all.next(), all.next()) {
            (Some(one), Some(two)) => {
                let summary = format!(
                    "layers `{}` and `{}` are both made of pack `{name}`, or stand for it",
                    one.layer().name,
                    two.layer().name
                );
                let help = "write the layer's name in the macro, in place of the pack's";
                Err(Box::new(Diagnostic::error(summary).help(help)))
            }
            (one, _) => Ok(one.map(|layer| &**layer)),
        }
    }

    /// A message without sensitive values, which functions of templates like to quote.
    pub(super) fn masked(&self, own: &Prepared, message: &str) -> String {
        let bound = self.stack.bindings.values().flat_map(BTreeMap::values);
        let bound = bound.filter(|binding| binding.sensitive);
        let passwords = own.password_paths().iter().flat_map(|path| {
            let found = path::find(own.merged(), path);
            found.into_iter().filter_map(|found| found.node)
        });
        let secrets = bound
            .map(|binding| written(&binding.value))
            .chain(passwords.map(|node| written(&node.to_value())));
        let mut message = message.to_owned();
        for secret in secrets.filter(|secret| !secret.is_empty()) {
            if message.contains(&secret) {
                message = message.replace(&secret, "(sensitive)");
            }
        }
        message
    }

    /// The error about an undefined reference.
    pub(super) fn undefined(&self, own: &Prepared, reference: &Reference) -> Diagnostic {
        let error = Diagnostic::error(format!("`{reference}` is not defined"));
        let or_default = "or give a default: `| default \"...\"`";
        match reference {
            Reference::Var(name) => {
                let profile = &own.layer().profile;
                if profile
                    .variables
                    .iter()
                    .any(|variable| *variable.name == **name)
                {
                    error.help(format!(
                        "set variable `{name}` on cluster `{}`, {or_default}",
                        self.stack.cluster.name
                    ))
                } else {
                    let known = profile.variables.iter().map(|variable| &*variable.name);
                    let help = format!(
                        "declare variable `{name}` in profile `{}`, {or_default}",
                        profile.name
                    );
                    error.help(suggest(name, known).unwrap_or(help))
                }
            }
            Reference::Macro(name) => {
                let known = self.project.macros.keys().map(|name| &**name);
                let help =
                    format!("add `{name}` to the macros of the Project document, {or_default}");
                error.help(suggest(name, known).unwrap_or(help))
            }
            Reference::System(path) if FOREIGN.iter().any(|start| path.starts_with(start)) => error
                .detail("Palette knows this, a run of stratiform does not")
                .help(format!("write the value out, {or_default}")),
            Reference::System(path) if SYSTEM.contains(&&**path) => {
                let cluster = &self.stack.cluster.name;
                let what = match &**path {
                    "cloud.region" => "set `region`",
                    "cluster.kubevip" => "set `endpoint`",
                    "cloudaccount.name" => "set `cloudAccount`",
                    "kubernetes.version" => {
                        "give its k8s layer a pack or a chart with the version of Kubernetes"
                    }
                    _ => "give it an infra profile",
                };
                error.help(format!("cluster `{cluster}`: {what}, {or_default}"))
            }
            Reference::System(path) => {
                let help = suggest(path, SYSTEM.into_iter());
                error.help(help.unwrap_or_else(|| format!("known are: {}", SYSTEM.join(", "))))
            }
            Reference::Pack { .. } => error,
        }
    }
}

fn suggest<'n>(name: &str, known: impl Iterator<Item = &'n str>) -> Option<String> {
    known
        .map(|known| (strsim::damerau_levenshtein(name, known), known))
        .filter(|(distance, known)| *distance <= 2.max(known.len() / 4))
        .min()
        .map(|(_, known)| format!("did you mean `{known}`?"))
}
