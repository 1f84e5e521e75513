//! What the templates of each chart see.

use std::collections::BTreeMap;
use std::rc::Rc;

use crate::model::ChartFile;
use crate::render::capabilities;
use crate::render::template::{List, Map, MapKind, Str, Value};

use super::files::Files;
use super::{Chart, Metadata, Release, Resolved};

/// A template of some chart of the tree, and what it sees.
pub(super) struct Scoped<'c> {
    /// Its full name: `web/charts/db/templates/service.yaml`.
    pub name: String,
    /// The file.
    pub file: &'c ChartFile,
    /// What `.Template.BasePath` says.
    base: Str,
    dot: Map,
}

impl Scoped<'_> {
    /// Whether it is only there for others: what it prints goes nowhere.
    pub(super) fn is_partial(&self) -> bool {
        is_partial(&self.name)
    }

    /// What it sees. All templates of a chart share one map, in which `.Template` names the one that is running.
    pub(super) fn dot(&self) -> Value {
        let template = [
            ("Name", Value::from(self.name.as_str())),
            ("BasePath", Value::Str(self.base.clone())),
        ];
        let template = template.into_iter();
        let entries = template.map(|(key, value)| (Str::from(key), value));
        let template = Map::typed(VALUES, entries.collect());
        self.dot.insert("Template", Value::Map(template));
        Value::Map(self.dot.clone())
    }
}

const VALUES: MapKind = MapKind::Named("common.Values");

/// All templates of a chart and its subcharts, in the order in which Helm parses and executes them: those of the deepest
/// charts first, so that a chart can redefine what its subcharts define.
pub(super) fn scopes<'c>(resolved: &'c Resolved, release: &Release<'_>) -> Vec<Scoped<'c>> {
    let mut walk = Walk {
        release: release.seen(),
        capabilities: capabilities::seen(release.capabilities),
        found: Vec::new(),
    };
    let chart = &resolved.chart;
    let values = match resolved.template_values() {
        Value::Map(values) => Map::typed(VALUES, values.entries().into_iter().collect()),
        _ => Map::typed(VALUES, BTreeMap::new()),
    };
    walk.chart(chart, &values, true);
    let rank = |scoped: &Scoped<'_>| scoped.name.matches('/').count();
    let mut found = walk.found;
    found.sort_by(|a, b| (rank(b), &b.name).cmp(&(rank(a), &a.name)));
    // Below aliases two charts can have one path; of two files with one name, the one that was found last is there.
    found.dedup_by(|later, first| {
        let same = later.name == first.name;
        if same {
            std::mem::swap(later, first);
        }
        same
    });
    found
}

/// Whether a template of that name only defines something for others.
pub(super) fn is_partial(name: &str) -> bool {
    base_name(name).starts_with('_')
}

fn base_name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

struct Walk<'c> {
    release: Value,
    capabilities: Value,
    found: Vec<Scoped<'c>>,
}

impl<'c> Walk<'c> {
    /// Finds the templates of a chart; gives what they see, for `.Subcharts` of the chart above.
    fn chart(&mut self, chart: &'c Chart, values: &Map, is_root: bool) -> Map {
        let dot = Map::typed(VALUES, BTreeMap::new());
        let subcharts = Map::default();
        dot.insert("Chart", seen(&chart.metadata, is_root));
        dot.insert("Files", Value::Object(Rc::new(Files::new(&chart.files))));
        dot.insert("Release", self.release.clone());
        dot.insert("Capabilities", self.capabilities.clone());
        dot.insert("Values", Value::Map(values.clone()));
        dot.insert("Subcharts", Value::Map(subcharts.clone()));
        for child in &chart.subcharts {
            let name = &child.metadata.name;
            let below = self.chart(child, &own(values, name), false);
            subcharts.insert(name.as_str(), Value::Map(below));
        }
        let base = Str::from(format!("{}/templates", chart.path));
        for file in chart.templates.iter() {
            if chart.is_library() && !is_partial(&file.path) {
                continue;
            }
            self.found.push(Scoped {
                name: format!("{}/{}", chart.path, file.path),
                file,
                base: base.clone(),
                dot: dot.clone(),
            });
        }
        dot
    }
}

/// The part of a chart's values that is a subchart's: the very same map, so that changes are seen in both. A dot in the
/// subchart's name leads into the map, as in Helm.
fn own(values: &Map, name: &str) -> Map {
    let mut map = values.clone();
    for key in name.split('.') {
        match map.get(key.as_bytes()) {
            Some(Value::Map(found)) => map = found,
            _ => return Map::typed(VALUES, BTreeMap::new()),
        }
    }
    map
}

/// What templates read as `.Chart`: a map by the names of Go's fields.
fn seen(metadata: &Metadata, is_root: bool) -> Value {
    let text = |text: &String| Value::from(text.as_str());
    let texts = |texts: &[String]| list(texts.iter().map(|text| Value::from(text.as_str())));
    let annotations = if metadata.annotations.is_empty() {
        Map::nil(MapKind::Strings)
    } else {
        let entries = metadata.annotations.iter();
        let entries = entries.map(|(key, value)| (Str::from(key.as_str()), text(value)));
        Map::typed(MapKind::Strings, entries.collect())
    };
    let dependencies = metadata.dependencies.iter().map(|dependency| {
        map([
            ("Name", text(&dependency.name)),
            ("Version", text(&dependency.version)),
            ("Repository", text(&dependency.repository)),
            ("Condition", text(&dependency.condition)),
            ("Tags", texts(&dependency.tags)),
            ("Enabled", dependency.enabled.into()),
            (
                "ImportValues",
                list(
                    dependency
                        .import_values
                        .iter()
                        .map(super::Tree::to_template),
                ),
            ),
            ("Alias", text(&dependency.alias)),
        ])
    });
    let maintainers = metadata.maintainers.iter().map(|maintainer| {
        map([
            ("Name", text(&maintainer.name)),
            ("Email", text(&maintainer.email)),
            ("URL", text(&maintainer.url)),
        ])
    });
    map([
        ("Name", text(&metadata.name)),
        ("Home", text(&metadata.home)),
        ("Sources", texts(&metadata.sources)),
        ("Version", text(&metadata.version)),
        ("Description", text(&metadata.description)),
        ("Keywords", texts(&metadata.keywords)),
        ("Maintainers", list(maintainers)),
        ("Icon", text(&metadata.icon)),
        ("APIVersion", text(&metadata.api_version)),
        ("Condition", text(&metadata.condition)),
        ("Tags", text(&metadata.tags)),
        ("AppVersion", text(&metadata.app_version)),
        ("Deprecated", metadata.deprecated.into()),
        ("Annotations", Value::Map(annotations)),
        ("KubeVersion", text(&metadata.kube_version)),
        ("Dependencies", list(dependencies)),
        ("Type", text(&metadata.kind)),
        ("IsRoot", is_root.into()),
    ])
}

fn list(items: impl Iterator<Item = Value>) -> Value {
    Value::List(List::new(items.collect()))
}

fn map<const N: usize>(entries: [(&str, Value); N]) -> Value {
    Value::Map(entries.into_iter().collect::<Map>())
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use super::super::tests::resolved;
    use super::*;
    use crate::model::{Capabilities, Version};
    use crate::render::template::{Limits, Run, execute};

    fn with<T>(resolved: &Resolved, work: impl FnOnce(&[Scoped<'_>]) -> T) -> T {
        let capabilities = Capabilities::assumed(Version::new("1.33.1").unwrap(), []);
        let release = Release {
            name: "shop",
            namespace: "front",
            is_upgrade: false,
            capabilities: &capabilities,
        };
        work(&scopes(resolved, &release))
    }

    /// What a template of the chart prints.
    fn printed(given: &[(&str, &str)], user: &str, name: &str) -> String {
        with(&resolved(given, user).unwrap(), |scoped| {
            let set = super::super::Templates::default().set(scoped).unwrap();
            let one = scoped.iter().find(|one| one.name == name).unwrap();
            execute(&set, &one.name, one.dot(), &Limits::default()).unwrap()
        })
    }

    #[test]
    fn templates_come_deepest_first_and_last_names_before_first_ones() {
        let given = [
            ("templates/a.yaml", ""),
            ("templates/_b.tpl", ""),
            ("templates/sub/c.yaml", ""),
            ("db/templates/d.yaml", ""),
            ("db/disk/templates/e.yaml", ""),
            ("lib/Chart.yaml", "type: library\n"),
            ("lib/templates/_f.tpl", ""),
            ("lib/templates/never.yaml", ""),
        ];
        let names = with(&resolved(&given, "").unwrap(), |scoped| {
            let names = scoped.iter().map(|one| one.name.clone());
            names.collect::<Vec<String>>()
        });
        assert_eq!(
            names,
            [
                "web/charts/db/charts/disk/templates/e.yaml",
                "web/charts/lib/templates/_f.tpl",
                "web/charts/db/templates/d.yaml",
                "web/templates/sub/c.yaml",
                "web/templates/a.yaml",
                "web/templates/_b.tpl",
            ]
        );
    }

    #[test]
    fn a_chart_redefines_what_its_subcharts_define() {
        let given = [
            ("templates/a.yaml", "{{ include \"name\" . }}"),
            ("templates/_h.tpl", "{{ define \"name\" }}ours{{ end }}"),
            (
                "db/templates/_h.tpl",
                "{{ define \"name\" }}theirs{{ end }}",
            ),
        ];
        assert_eq!(printed(&given, "", "web/templates/a.yaml"), "ours");
    }

    #[test]
    fn templates_see_their_own_chart_and_those_below() {
        let see = "{{ .Chart.Name }} {{ .Chart.IsRoot }} {{ .Template.Name }} {{ .Template.BasePath }} \
                   {{ .Release.Name }} {{ .Release.Namespace }} {{ .Values | toJson }}\
                   {{ range $name, $below := .Subcharts }} {{ $name }}={{ $below.Chart.Version }}/{{ $below.Values.size }}{{ end }}";
        let given = [
            ("templates/a.yaml", see),
            ("db/values.yaml", "size: 1\n"),
            ("db/templates/a.yaml", see),
        ];
        assert_eq!(
            printed(&given, "db: {size: 2}", "web/templates/a.yaml"),
            "web true web/templates/a.yaml web/templates shop front {\"db\":{\"global\":{},\"size\":2}} db=1.0.0/2"
        );
        assert_eq!(
            printed(&given, "db: {size: 2}", "web/charts/db/templates/a.yaml"),
            "db false web/charts/db/templates/a.yaml web/charts/db/templates shop front {\"global\":{},\"size\":2}"
        );
    }

    #[test]
    fn what_a_subchart_changes_in_its_values_its_parent_sees() {
        let given = [
            ("templates/a.yaml", "{{ .Values.db.size }}"),
            ("db/values.yaml", "size: 1\n"),
            (
                "db/templates/a.yaml",
                "{{ $_ := set .Values \"size\" 7 }}{{ .Template.Name }}",
            ),
        ];
        let texts = with(&resolved(&given, "").unwrap(), |scoped| {
            let set = super::super::Templates::default().set(scoped).unwrap();
            let mut run = Run::new(set, Limits::default(), None);
            let texts = scoped
                .iter()
                .map(|one| run.execute(&one.name, one.dot()).unwrap());
            texts.collect::<Vec<String>>()
        });
        assert_eq!(texts, ["web/charts/db/templates/a.yaml", "7"]);
    }
}
