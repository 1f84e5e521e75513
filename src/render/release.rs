//! The releases of a layer: its charts, with the values and names that they get.

use std::sync::Arc;

use crate::diag::{Diagnostic, Span, causes};
use crate::model::{ChartFiles, LONGEST_RELEASE, LayerSource, StackLayer};
use crate::yaml::{Node, Value};

use super::chart::{Charts, SharedChart, Tree};

/// A chart of a layer.
#[derive(Debug)]
pub(super) struct Release {
    /// The chart.
    pub shared: Arc<SharedChart>,
    /// Whether its `crds/` are left out.
    pub skip_crds: bool,
    values: Place,
}

/// Where the values of a chart stand in those of its layer.
#[derive(Debug)]
enum Place {
    /// They are all of them.
    Whole,
    /// Under a key of `charts`.
    Key(String),
    /// They are all that stands under `charts`.
    Flat,
    /// Nobody wrote any.
    Nowhere,
}

/// The key of a pack's values that has those of its charts.
const CHARTS: &str = "charts";

/// Loads the charts of a layer, whose values laid over each other are `merged`.
///
/// # Errors
/// What is wrong with the charts.
pub(super) fn releases(
    layer: &StackLayer,
    merged: &Node,
    charts: &Charts,
) -> Result<Vec<Release>, Vec<Diagnostic>> {
    let (all, skip_crds): (&[ChartFiles], bool) = match (&layer.pack, &layer.layer.source) {
        (Some(pack), _) => (&pack.charts, false),
        (None, LayerSource::Chart(chart)) => (layer.chart.as_slice(), chart.skip_crds),
        (None, LayerSource::Pack(_) | LayerSource::Manifests(_)) => (&[], false),
    };
    let mut releases = Vec::with_capacity(all.len());
    let mut problems = Vec::new();
    for files in all {
        match charts.load(files) {
            Ok(shared) => {
                let name = &shared.chart.metadata.name;
                let values = if layer.pack.is_some() {
                    place(merged, name, files.archive_name(), all.len() == 1)
                } else {
                    Place::Whole
                };
                releases.push(Release {
                    shared,
                    skip_crds,
                    values,
                });
            }
            Err(error) => {
                let why = causes(&*error).join(": ");
                let summary = format!("the chart in `{}` cannot be used: {why}", files.origin);
                let problem = Diagnostic::error(summary).at(layer.span);
                let problem = problem.detail(format!("in layer `{}`", layer.name));
                problems.push(match error.advice("") {
                    Some(advice) => problem.help(advice),
                    None => problem,
                });
            }
        }
    }
    if problems.is_empty() {
        Ok(releases)
    } else {
        Err(problems)
    }
}

/// The key is the chart's name, in some packs the archive's; packs of one chart may leave it out.
fn place(merged: &Node, name: &str, archive: &str, only: bool) -> Place {
    let Some(charts) = merged.get(CHARTS).and_then(Node::as_map) else {
        return Place::Nowhere;
    };
    let has = |key: &&str| charts.iter().any(|entry| entry.key == **key);
    match [name, archive].iter().find(|key| has(key)) {
        Some(key) => Place::Key((*key).to_owned()),
        None if only && !charts.is_empty() => Place::Flat,
        None => Place::Nowhere,
    }
}

impl Release {
    /// What the layer's values say to the chart.
    pub(super) fn values(&self, values: &Value) -> Tree {
        let found = match &self.values {
            Place::Whole => Some(values),
            Place::Flat => values.get(CHARTS),
            Place::Key(key) => values.at([CHARTS, key.as_str()]),
            Place::Nowhere => None,
        };
        found.map_or_else(Tree::default, Tree::from)
    }

    /// What people put before a path in the chart's values.
    pub(super) fn values_path(&self) -> String {
        match &self.values {
            Place::Whole => String::new(),
            Place::Flat => format!("{CHARTS}."),
            Place::Key(key) => format!("{CHARTS}.{key}."),
            Place::Nowhere => format!("{CHARTS}.{}.", self.shared.chart.metadata.name),
        }
    }

    /// The release's name in a layer.
    ///
    /// # Errors
    /// When it is longer than Helm allows.
    pub(super) fn name(
        &self,
        layer: &StackLayer,
        values: &Value,
    ) -> Result<String, Box<Diagnostic>> {
        let chart = &self.shared.chart.metadata.name;
        match (&layer.pack, &layer.layer.source) {
            (Some(pack), _) => release_name(&pack.name, chart, values, layer.span),
            (None, LayerSource::Chart(reference)) => {
                let layer_name = || layer.name.as_str();
                let name = reference.release_name.as_deref().unwrap_or_else(layer_name);
                checked(name.to_owned(), layer.span, "`releaseName`")
            }
            (None, _) => Ok(layer.name.to_string()),
        }
    }
}

/// The release name of a pack's chart: what `pack.releaseNameOverride` says of the chart, else `<pack>-<chart>`.
///
/// # Errors
/// When the name is longer than [`LONGEST_RELEASE`].
pub fn release_name(
    pack: &str,
    chart: &str,
    values: &Value,
    span: Span,
) -> Result<String, Box<Diagnostic>> {
    let name = values
        .at(["pack", "releaseNameOverride", chart])
        .and_then(Value::as_str)
        .filter(|name| !name.is_empty())
        .map_or_else(|| format!("{pack}-{chart}"), str::to_owned);
    let fix = format!("`pack.releaseNameOverride.{chart}` in the layer's values");
    checked(name, span, &fix)
}

fn checked(name: String, span: Span, place: &str) -> Result<String, Box<Diagnostic>> {
    if name.len() <= LONGEST_RELEASE {
        return Ok(name);
    }
    let summary = format!(
        "the release name `{name}` has {} characters, {LONGEST_RELEASE} are allowed",
        name.len()
    );
    let problem = Diagnostic::error(summary).at(span);
    Err(Box::new(
        problem.help(format!("set a shorter name under {place}")),
    ))
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use super::*;
    use crate::model::{ChartFile, Digest};
    use crate::render::fixture::{World, edit_pack};
    use crate::yaml;

    fn chart(origin: &str, name: &str) -> ChartFiles {
        let text = format!("apiVersion: v2\nname: {name}\nversion: 1.0.0\n");
        let file = ChartFile {
            path: "Chart.yaml".into(),
            data: text.as_bytes().into(),
        };
        ChartFiles {
            origin: origin.into(),
            digest: Digest::of(text.as_bytes()),
            files: [file].into(),
        }
    }

    /// The values that the charts of a pack get, and what people put before a path in them.
    fn values(charts: &[(&str, &str)], written: &str) -> Vec<(String, String)> {
        let mut world = World::new();
        let layer = world.pack("shop", written, &[]);
        edit_pack(layer, |pack| {
            pack.charts = charts
                .iter()
                .map(|(origin, name)| chart(origin, name))
                .collect();
        });
        let merged = Arc::clone(&layer.pack.as_ref().unwrap().values);
        let releases = releases(layer, &merged, &Charts::default()).unwrap();
        let all = merged.to_value();
        let seen = releases.iter().map(|release| {
            let values = serde_json::Value::from(&release.values(&all)).to_string();
            (values, release.values_path())
        });
        seen.collect()
    }

    #[test]
    fn values_of_a_packs_chart_stand_in_one_of_three_places() {
        let one = [("charts/web-1.0.0.tgz", "web")];
        for (written, found, path) in [
            ("charts: {web: {a: 1}}", r#"{"a":1}"#, "charts.web."),
            (
                "charts: {web-1.0.0: {a: 1}}",
                r#"{"a":1}"#,
                "charts.web-1.0.0.",
            ),
            (
                "charts: {web: {a: 1}, web-1.0.0: {a: 2}}",
                r#"{"a":1}"#,
                "charts.web.",
            ),
            ("charts: {a: 1}", r#"{"a":1}"#, "charts."),
            ("charts: {}", "null", "charts.web."),
            ("pack: {namespace: a}", "null", "charts.web."),
        ] {
            assert_eq!(
                values(&one, written),
                [(found.to_owned(), path.to_owned())],
                "{written}"
            );
        }
    }

    #[test]
    fn values_of_several_charts_are_never_mixed() {
        let two = [("charts/web.tgz", "web"), ("charts/db.tgz", "db")];
        let own = |found: &str, path: &str| (found.to_owned(), path.to_owned());
        assert_eq!(
            values(&two, "charts: {web: {a: 1}, other: 2}"),
            [own(r#"{"a":1}"#, "charts.web."), own("null", "charts.db.")]
        );
        assert_eq!(
            values(&two, "charts: {a: 1}"),
            [own("null", "charts.web."), own("null", "charts.db.")]
        );
    }

    #[test]
    fn a_release_of_a_pack_is_called_after_both() {
        let mut world = World::new();
        let span = world.pack("shop", "{}", &[]).span;
        let name = |text: &str, chart: &str| {
            let values = yaml::parse(text).unwrap().remove(0);
            release_name("shop", chart, &values, span).map_err(|problem| problem.help.unwrap())
        };
        assert_eq!(name("{}", "web").unwrap(), "shop-web");
        let named = "pack: {releaseNameOverride: {web: www, db: ''}}";
        assert_eq!(name(named, "web").unwrap(), "www");
        assert_eq!(name(named, "db").unwrap(), "shop-db");
        assert_eq!(name("{}", &"w".repeat(48)).unwrap().len(), LONGEST_RELEASE);
        let help = name("{}", &"w".repeat(49)).unwrap_err();
        assert!(help.contains("`pack.releaseNameOverride.www"), "{help}");
    }

    #[test]
    fn all_charts_that_are_none_are_told() {
        let mut world = World::new();
        let layer = world.pack("shop", "{}", &[]);
        edit_pack(layer, |pack| {
            let mut charts = vec![
                chart("a.tgz", "a b"),
                chart("b.tgz", "b"),
                chart("c.tgz", "c/d"),
            ];
            charts[1].files = [].into();
            pack.charts = charts;
        });
        let merged = Arc::clone(&layer.pack.as_ref().unwrap().values);
        let problems = releases(layer, &merged, &Charts::default()).unwrap_err();
        let told: Vec<bool> = ["b.tgz", "c.tgz"]
            .iter()
            .map(|origin| {
                problems
                    .iter()
                    .any(|problem| problem.summary.contains(origin))
            })
            .collect();
        assert_eq!(told, [true, true], "{problems:?}");
    }
}
