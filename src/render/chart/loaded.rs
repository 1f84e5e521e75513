//! A chart that was loaded from its files.

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use crate::model::ChartFile;

use super::Tree;
use super::schema::Schema;

/// A chart with its subcharts. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Chart {
    /// `Chart.yaml`
    pub metadata: Arc<Metadata>,
    /// `templates/`, in the order of the files.
    pub templates: Arc<[ChartFile]>,
    /// Everything that is not a template, a subchart or one of the chart's own files; `crds/` is among it.
    pub files: Arc<[ChartFile]>,
    /// `values.yaml`: a mapping.
    pub values: Tree,
    /// `values.schema.json`
    pub schema: Option<Arc<Schema>>,
    /// `charts/`, by the names of the entries; after [`super::resolve`] those that are switched on.
    pub subcharts: Vec<Chart>,
    /// Helm's full path of the chart, which the names of its templates begin with: `web/charts/db`. Below a chart that has
    /// an alias, Helm may still say the old name.
    pub path: Arc<str>,
    /// Whether there is a list of dependencies, perhaps an empty one: without one, Helm looks no further down.
    pub(super) listed: bool,
    /// The values without nulls, once somebody has asked for them.
    pub(super) clean: Arc<OnceLock<Tree>>,
}

impl Chart {
    /// The values without nulls.
    pub(super) fn clean_values(&self) -> &Tree {
        self.clean.get_or_init(|| self.values.without_nulls())
    }

    /// Whether it has nothing but definitions for other charts.
    pub(super) fn is_library(&self) -> bool {
        self.metadata.kind.eq_ignore_ascii_case("library")
    }

    /// Whether one of its subcharts has that name.
    pub(super) fn has_subchart(&self, name: &[u8]) -> bool {
        let mut names = self.subcharts.iter().map(|chart| &chart.metadata.name);
        names.any(|own| own.as_bytes() == name)
    }
}

/// What stands in `Chart.yaml`. Scalars of other types have become texts, as Helm reads them.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Metadata {
    /// `apiVersion`: `v1` or `v2`.
    pub api_version: String,
    /// `name`; the alias of a subchart that has one.
    pub name: String,
    /// `version`
    pub version: String,
    /// `kubeVersion`
    pub kube_version: String,
    /// `description`
    pub description: String,
    /// `type`: `application`, `library` or empty.
    pub kind: String,
    /// `keywords`
    pub keywords: Vec<String>,
    /// `home`
    pub home: String,
    /// `sources`
    pub sources: Vec<String>,
    /// `dependencies`, those of `requirements.yaml` among them.
    pub dependencies: Vec<Dependency>,
    /// `maintainers`
    pub maintainers: Vec<Maintainer>,
    /// `icon`
    pub icon: String,
    /// `appVersion`
    pub app_version: String,
    /// `condition`
    pub condition: String,
    /// `tags`
    pub tags: String,
    /// `deprecated`
    pub deprecated: bool,
    /// `annotations`
    pub annotations: BTreeMap<String, String>,
}

/// A chart that a chart depends on.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Dependency {
    /// `name`
    pub name: String,
    /// `version`: a constraint.
    pub version: String,
    /// `repository`
    pub repository: String,
    /// `condition`: paths of values with commas between them.
    pub condition: String,
    /// `tags`
    pub tags: Vec<String>,
    /// Whether the values switch it on.
    pub enabled: bool,
    /// `import-values`: texts, or mappings of `child` and `parent`.
    pub import_values: Vec<Tree>,
    /// `alias`
    pub alias: String,
}

/// A person in `maintainers`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Maintainer {
    /// `name`
    pub name: String,
    /// `email`
    pub email: String,
    /// `url`
    pub url: String,
}
