//! Layers of manifests, and manifests that are attached to other layers.

use std::collections::BTreeSet;

use crate::config::palette::format::{DISPLAY_NAME, PRIORITY, PackEntry};
use crate::config::palette::secret::MASK;
use crate::config::palette::text::{cut, written};
use crate::yaml::{Map, Node, NodeKind, Value};

use super::layer::Values;
use super::{Draft, name_of, put};

impl Draft<'_> {
    /// A layer of manifests. Its values are those of its manifests, which must be the same for all.
    pub(super) fn manifests_layer(
        &mut self,
        entry: &PackEntry,
        name: &str,
        values: &Values,
        map: &mut Map,
    ) {
        if entry.manifests.is_empty() {
            self.problem(format!("the layer `{name}` has no manifests"));
        }
        let manifests = self.manifest_files(entry, name);
        put(map, "manifests", manifests);
        if let Some(namespace) = values.of_pack("namespace") {
            put(map, "namespace", namespace);
        }
        let of_manifests = values.node.as_ref().and_then(|node| node.get("manifests"));
        let given = |manifest: &str| of_manifests?.get(manifest).filter(|node| holds(node));
        let mut all = entry.manifests.iter().map(|manifest| given(&manifest.name));
        let first = all.next().flatten();
        if all.any(|other| other.map(Node::to_value) != first.map(Node::to_value)) {
            self.problem(format!(
                "the manifests of the layer `{name}` have different values, and here all manifests of a layer have the same"
            ));
        }
        if let Some(node) = first {
            let text = cut(&values.text, node).unwrap_or_else(|| written(node));
            let path = self.path("values", &format!("{name}.yaml"));
            let file = self.file(&path, text);
            put(map, "valuesFile", file);
        }
        self.left_out(name, values, &["namespace"], map);
    }

    /// A layer behind another one, of the manifests that are attached to it.
    pub(super) fn attached_manifests(
        &mut self,
        entry: &PackEntry,
        name: &str,
        values: &Values,
    ) -> Value {
        self.attached.push(name.to_owned());
        let own = self.layer_name(&format!("{name}-manifests"));
        let mut map = Map::default();
        put(&mut map, "name", own.as_str());
        put(&mut map, "category", "system-app");
        put(&mut map, "dependsOn", Value::List(vec![name.into()]));
        let manifests = self.manifest_files(entry, &own);
        put(&mut map, "manifests", manifests);
        if let Some(namespace) = values.of_pack("namespace") {
            put(&mut map, "namespace", namespace);
        }
        Value::Map(map)
    }

    fn manifest_files(&mut self, entry: &PackEntry, layer: &str) -> Value {
        let mut taken = BTreeSet::new();
        let mut list = Vec::with_capacity(entry.manifests.len());
        for manifest in &entry.manifests {
            let mut stem = name_of(&manifest.name);
            while stem.is_empty() || !taken.insert(stem.clone()) {
                stem = format!("{stem}{}", taken.len() + 1);
            }
            let path = self.path("manifests", &format!("{layer}/{stem}.yaml"));
            if manifest.content.contains(MASK) {
                self.notes.push(format!(
                    "`{}` has `{MASK}` in it; put back there what was masked",
                    path.display()
                ));
            }
            let mut map = Map::default();
            let file = self.file(&path, manifest.content.as_str());
            put(&mut map, "file", file);
            if stem != manifest.name {
                put(&mut map, "name", manifest.name.as_str());
            }
            list.push(Value::Map(map));
        }
        Value::List(list)
    }

    /// Keeps the priority that the mapping `pack` gives to a layer, and tells what else it says that only a pack can have.
    pub(super) fn left_out(&mut self, name: &str, values: &Values, taken: &[&str], map: &mut Map) {
        if let Some(priority) = values.priority() {
            let pack = Map::from_iter([(PRIORITY.to_owned(), Value::from(priority))]);
            let values = Map::from_iter([("pack".to_owned(), Value::Map(pack))]);
            put(map, "values", Value::Map(values));
        }
        let known = [PRIORITY, DISPLAY_NAME, "content"];
        let left: Vec<&str> = values
            .keys_of_pack()
            .filter(|key| !taken.contains(key) && !known.contains(key))
            .collect();
        if !left.is_empty() {
            self.notes.push(format!(
                "the layer `{name}` is no pack, and so {} of its values is left out",
                crate::diag::join(left.iter().copied(), "and")
            ));
        }
    }
}

fn holds(node: &Node) -> bool {
    matches!(&node.kind, NodeKind::Map(entries) if !entries.is_empty())
}
