//! Layers that are made of Helm charts.

use crate::config::palette::format::PackEntry;
use crate::config::palette::text::{cut, written};
use crate::diag::Diagnostic;
use crate::model::LONGEST_RELEASE;
use crate::yaml::{Map, Node, NodeKind, Value};

use super::layer::Values;
use super::{Draft, put};

impl Draft<'_> {
    /// A chart. In Palette its values stand below `charts.<name>`, and `pack` says how it is installed, as for a pack; here
    /// both have places of their own.
    pub(super) fn chart_layer(
        &mut self,
        entry: &PackEntry,
        name: &str,
        registry: Option<String>,
        values: &Values,
        map: &mut Map,
    ) {
        let own = entry.stratiform.clone().unwrap_or_default();
        let mut chart = Map::default();
        if let Some(path) = own.path {
            put(&mut chart, "path", path);
        } else {
            if let Some(registry) = registry {
                put(&mut chart, "registry", registry);
            }
            put(&mut chart, "name", entry.name.as_str());
            put(&mut chart, "version", self.version(entry, name));
        }
        if let Some(namespace) = values.of_pack("namespace") {
            put(&mut chart, "namespace", namespace);
        }
        // What Palette calls the release when nothing else is said.
        let usual = format!("{0}-{0}", entry.name);
        let release = values.release(&entry.name).unwrap_or(&usual);
        if release.len() <= LONGEST_RELEASE {
            put(&mut chart, "releaseName", release);
        }
        if own.skip_crds {
            put(&mut chart, "skipCrds", true);
        }
        put(map, "chart", Value::Map(chart));
        if let Some(node) = self.chart_values(entry, name, values)
            && matches!(&node.kind, NodeKind::Map(entries) if !entries.is_empty())
        {
            let text = cut(&values.text, node).unwrap_or_else(|| written(node));
            let path = self.path("values", &format!("{name}.yaml"));
            let file = self.file(&path, text);
            put(map, "valuesFile", file);
        }
        self.left_out(name, values, &["namespace", "releaseNameOverride"], map);
    }

    /// The chart's own values: those of its name, or the only ones that there are.
    fn chart_values<'v>(
        &mut self,
        entry: &PackEntry,
        name: &str,
        values: &'v Values,
    ) -> Option<&'v Node> {
        let charts = values.node.as_ref()?.get("charts")?;
        if let Some(own) = charts.get(&entry.name) {
            return Some(own);
        }
        match charts.as_map() {
            None | Some([]) => None,
            Some([only]) => Some(&only.value),
            Some(_) => {
                let missing = &entry.name;
                self.problems.push(
                    Diagnostic::error(format!(
                        "the values of the layer `{name}` have no `charts.{missing}`"
                    ))
                    .help("the chart's values stand below its name"),
                );
                None
            }
        }
    }
}
