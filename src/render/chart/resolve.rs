//! A chart and a user's values: what is left of the chart, and the values that its templates see.

use super::coalesce::{self, Cell, Nulls, Problem, Shared};
use super::dependencies::{self, allows};
use super::{Chart, ChartError, Tree, go, import, schema};
use crate::render::template;

/// What comes of a chart and a user's values, before anything is rendered.
#[derive(Clone, Debug)]
pub struct Resolved {
    /// The chart with the subcharts that take part, under their aliases. Its metadata has become what `.Chart` shows:
    /// only the dependencies that are enabled, with `import-values` as pairs of `child` and `parent`.
    pub chart: Chart,
    /// `.Values` of the chart at the top. The values of a subchart stand under its name.
    pub values: Tree,
    shared: Shared,
}

impl Resolved {
    /// [`Resolved::values`] as templates see them: a deep copy, in which charts share what they share in Helm: deep
    /// inside of `global`, a template that changes a mapping of one chart changes it in others.
    pub fn template_values(&self) -> template::Value {
        self.shared.to_template(&self.values)
    }
}

/// What is not checked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// Values need not fit `values.schema.json`.
    pub skip_schema: bool,
}

/// Checks that a chart can be rendered, switches its dependencies on and off, and lays the values of its tree of charts
/// over each other: the user's win over those of a chart, and a chart's over those of its subcharts.
///
/// # Errors
/// What Helm would refuse first: a library, missing dependencies, values of a subchart that are no mapping, values that do
/// not fit a schema, a version of Kubernetes that the chart is not for.
pub fn resolve(
    chart: &Chart,
    user: &Tree,
    kube_version: &str,
    options: Options,
) -> Result<Resolved, ChartError> {
    let metadata = &chart.metadata;
    if !matches!(metadata.kind.as_str(), "" | "application") {
        let kind = metadata.kind.clone();
        return Err(ChartError::NotInstallable { kind });
    }
    let names = dependencies::missing(chart);
    if !names.is_empty() {
        return Err(ChartError::MissingDependencies { names });
    }
    let mut chart = chart.clone();
    dependencies::switch(&mut chart, user).map_err(|found| refused(found, true))?;
    import::import(&mut chart).map_err(|found| refused(found, true))?;
    let cell = user
        .as_map()
        .map_or_else(Cell::default, |map| coalesce::open(map));
    coalesce::coalesce(&chart, &cell, Nulls::Delete).map_err(|found| refused(found, false))?;
    let (values, shared) = coalesce::freeze(&cell).map_err(|found| refused(found, false))?;
    if !options.skip_schema {
        let problems = schema::check(&chart, &values);
        if !problems.is_empty() {
            return Err(ChartError::Schema { problems });
        }
    }
    let wanted = &chart.metadata.kube_version;
    if !wanted.is_empty() && !allows(wanted, kube_version) {
        return Err(ChartError::KubeVersion {
            wanted: wanted.clone(),
            version: kube_version.to_owned(),
        });
    }
    Ok(Resolved {
        chart,
        values,
        shared,
    })
}

fn refused(problem: Problem, processing: bool) -> ChartError {
    match problem {
        Problem::Mismatch { chart, name, value } => ChartError::TypeMismatch {
            shown: go::printf("%t", &value),
            chart,
            name,
            processing,
        },
        Problem::Endless => ChartError::Endless,
    }
}
