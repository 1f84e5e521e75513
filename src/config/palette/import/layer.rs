//! Layers: what is common to all of them, and those that are made of packs.

use crate::config::palette::format::{DISPLAY_NAME, PRIORITY, PackEntry, RegistryEntry};
use crate::diag::Diagnostic;
use crate::model::{Category, RegistryName, VersionReq};
use crate::yaml::{self, Limits, Map, Node, NodeKind, Value};

use super::masked::quoted;
use super::{Draft, name_of, put};

/// Registries that Palette has by other names.
const THEIR_NAMES: [(&str, &str); 2] = [
    ("palette-community-registry", "community"),
    ("spectro-community", "community"),
];

/// The values of a layer: their text, and what it holds.
pub(super) struct Values {
    pub text: String,
    pub node: Option<Node>,
}

impl Values {
    /// The mapping `pack`, which says how to install.
    fn pack(&self) -> Option<&Node> {
        self.node.as_ref()?.get("pack")
    }

    /// A text of the mapping `pack`.
    pub fn of_pack(&self, key: &str) -> Option<&str> {
        let text = self.pack()?.get(key)?.as_str()?;
        (!text.is_empty()).then_some(text)
    }

    /// The keys of the mapping `pack`.
    pub fn keys_of_pack(&self) -> impl Iterator<Item = &str> {
        let entries = self.pack().and_then(Node::as_map).unwrap_or_default();
        entries.iter().map(|entry| entry.key.as_str())
    }

    /// What says when the layer is installed, where it is not the usual.
    pub fn priority(&self) -> Option<String> {
        let text = match self.pack()?.get(PRIORITY)?.to_value() {
            Value::String(text) => text,
            Value::Int(number) => number.to_string(),
            _ => return None,
        };
        (text != "0" && !text.is_empty()).then_some(text)
    }

    /// The text below `releaseNameOverride` for a chart.
    pub fn release(&self, chart: &str) -> Option<&str> {
        self.pack()?
            .get("releaseNameOverride")?
            .get(chart)?
            .as_str()
    }
}

impl Draft<'_> {
    pub(super) fn layers(&mut self, entries: &[PackEntry]) -> Vec<Value> {
        let mut layers = Vec::with_capacity(entries.len());
        for entry in entries {
            self.layer(entry, &mut layers);
        }
        layers
    }

    fn layer(&mut self, entry: &PackEntry, layers: &mut Vec<Value>) {
        let Some(mut values) = self.values(entry) else {
            return;
        };
        let own = entry.stratiform.clone().unwrap_or_default();
        let wanted = own.name.as_deref();
        let wanted = wanted.or_else(|| values.of_pack(DISPLAY_NAME));
        let name = self.layer_name(wanted.unwrap_or(&entry.name));
        if let Some(node) = &values.node {
            let text = self.unmask(&name, &values.text, node);
            if text != values.text {
                let Some(again) = self.parsed(entry, text) else {
                    return;
                };
                values = again;
            }
        }
        let registry = (entry.kind != "manifest").then(|| self.registry(entry.registry.as_ref()));
        let category = self.category(entry, &name, registry.as_deref());
        let mut map = Map::default();
        put(&mut map, "name", name.as_str());
        put(&mut map, "category", category);
        match entry.kind.as_str() {
            "manifest" => self.manifests_layer(entry, &name, &values, &mut map),
            "helm" => self.chart_layer(entry, &name, registry, &values, &mut map),
            "spectro" | "oci" | "" => self.pack_layer(entry, &name, registry, &values, &mut map),
            other => self.problem(format!(
                "the layer `{name}` is of the type `{other}`, which has no counterpart"
            )),
        }
        if !own.depends_on.is_empty() {
            let needs = own.depends_on.into_iter().map(Value::from);
            put(&mut map, "dependsOn", Value::List(needs.collect()));
        }
        layers.push(Value::Map(map));
        if entry.kind != "manifest" && !entry.manifests.is_empty() {
            let attached = self.attached_manifests(entry, &name, &values);
            layers.push(attached);
        }
    }

    fn pack_layer(
        &mut self,
        entry: &PackEntry,
        name: &str,
        registry: Option<String>,
        values: &Values,
        map: &mut Map,
    ) {
        let mut pack = Map::default();
        if let Some(registry) = registry {
            put(&mut pack, "registry", registry);
        }
        put(&mut pack, "name", entry.name.as_str());
        put(&mut pack, "version", self.version(entry, name));
        put(map, "pack", Value::Map(pack));
        // No values at all is how one asks for the pack's own.
        if values.node.is_some() {
            let path = self.path("values", &format!("{name}.yaml"));
            let file = self.file(&path, values.text.as_str());
            put(map, "valuesFile", file);
            put(map, "valuesMode", "replace");
        }
    }

    /// The values of a layer; nothing when they cannot be read.
    fn values(&mut self, entry: &PackEntry) -> Option<Values> {
        if yaml::parse(&entry.values).is_err() {
            return self.parsed(entry, quoted(&entry.values));
        }
        self.parsed(entry, entry.values.clone())
    }

    fn parsed(&mut self, entry: &PackEntry, text: String) -> Option<Values> {
        let what = format!("<values of {}>", entry.name);
        let source = self.given.sources.add(what, text.as_str());
        let mut documents = match yaml::read(source, &text, Limits::default()) {
            Ok(documents) => documents,
            Err(problem) => {
                self.problems.push(*problem);
                return None;
            }
        };
        documents.retain(|node| node.kind != NodeKind::Null);
        if documents.len() > 1 || documents.iter().any(|node| node.as_map().is_none()) {
            self.problem(format!(
                "the values of `{}` are not one mapping",
                entry.name
            ));
            return None;
        }
        let node = documents.pop();
        Some(Values { text, node })
    }

    /// What is asked for: the tag, which may be a train. The version that it came to is told, since the lock file of the
    /// project has to say so from now on.
    pub(super) fn version(&mut self, entry: &PackEntry, name: &str) -> String {
        let wanted = [&entry.tag, &entry.version]
            .into_iter()
            .find_map(|text| VersionReq::new(text).ok());
        let Some(wanted) = wanted else {
            self.problems.push(
                Diagnostic::error(format!("the layer `{name}` has no version"))
                    .help("it needs a `tag` or a `version`"),
            );
            return String::new();
        };
        if !wanted.is_exact() && !entry.version.is_empty() {
            self.notes.push(format!(
                "the layer `{name}` asks for {wanted}, which was {} in Palette; `stratiform lock` pins the newest that there is",
                entry.version
            ));
        }
        wanted.as_str().to_owned()
    }

    /// Our name of a registry; nothing when the only one that there is will do.
    fn registry(&mut self, entry: Option<&RegistryEntry>) -> String {
        let theirs = entry.map_or("", |entry| entry.metadata.name.as_str());
        if let Some(mapped) = self.given.registries.get(theirs) {
            return mapped.to_string();
        }
        let name = name_of(theirs);
        let renamed = THEIR_NAMES.iter().find(|(theirs, _)| *theirs == name);
        let name = renamed.map_or(name, |(_, ours)| (*ours).to_owned());
        if RegistryName::new(&name).is_err() {
            return match self.given.known {
                [only] => only.to_string(),
                _ => "palette".to_owned(),
            };
        }
        if self.given.known.iter().all(|known| known.as_str() != name) {
            let kind = entry.map_or("", |entry| entry.metadata.kind.as_str());
            let theirs = (theirs.to_owned(), kind.to_owned());
            self.missing.insert(name.clone(), theirs);
        }
        name
    }

    fn category(&mut self, entry: &PackEntry, name: &str, registry: Option<&str>) -> String {
        match entry.layer.as_str() {
            core @ ("os" | "k8s" | "cni" | "csi") => return core.to_owned(),
            "addon" | "" => {}
            other => self.problem(format!(
                "the layer `{name}` is a `{other}` layer, which has no counterpart"
            )),
        }
        let own = entry.stratiform.as_ref();
        let said = own.and_then(|own| own.category.as_ref()?.parse::<Category>().ok());
        if let Some(said) = said {
            return said.to_string();
        }
        let registry = registry.and_then(|registry| RegistryName::new(registry).ok());
        let known = registry.and_then(|registry| (self.given.category)(&registry, &entry.name));
        known.unwrap_or_else(|| {
            // Manifests are of no registry that could tell.
            if entry.kind != "manifest" {
                self.uncategorized.push(name.to_owned());
            }
            "system-app".to_owned()
        })
    }
}
