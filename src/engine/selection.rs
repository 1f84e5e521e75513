//! Which clusters and layers a command is about.

use globset::{Glob, GlobMatcher};

use crate::model::{ClusterName, Labels, LayerName};

use super::error::EngineError;

/// Which clusters and layers a command is about; everything by default.
#[derive(Clone, Debug, Default)]
pub struct Selection {
    clusters: Vec<GlobMatcher>,
    labels: Vec<(String, String)>,
    layers: Vec<LayerName>,
}

impl Selection {
    /// Clusters by name or glob, by labels (`k=v`, all must hold), and layers by name.
    ///
    /// # Errors
    /// When a glob, a label or a layer's name is not one.
    pub fn new(
        clusters: &[String],
        labels: &[String],
        layers: &[String],
    ) -> Result<Self, EngineError> {
        let wrong = |what: String| EngineError::Selection { what };
        let clusters = clusters.iter().map(|glob| {
            Glob::new(glob)
                .map(|glob| glob.compile_matcher())
                .map_err(|error| wrong(format!("`{glob}` is not a pattern for names: {error}")))
        });
        let labels = labels.iter().flat_map(|text| text.split(',')).map(|label| {
            let split = label
                .split_once('=')
                .map(|(key, value)| (key.trim().to_owned(), value.trim().to_owned()));
            split.ok_or_else(|| wrong(format!("`{label}` is not a label; write `key=value`")))
        });
        let layers = layers
            .iter()
            .map(|name| LayerName::new(name).map_err(|error| wrong(error.to_string())));
        Ok(Self {
            clusters: clusters.collect::<Result<_, _>>()?,
            labels: labels.collect::<Result<_, _>>()?,
            layers: layers.collect::<Result<_, _>>()?,
        })
    }

    /// Whether it is about everything.
    pub fn is_all(&self) -> bool {
        self.clusters.is_empty() && self.labels.is_empty() && self.layers.is_empty()
    }

    /// Whether it is about a cluster. One that is no longer in the documents has no labels.
    pub fn has_cluster(&self, name: &ClusterName, labels: Option<&Labels>) -> bool {
        let named = self.clusters.is_empty()
            || self
                .clusters
                .iter()
                .any(|glob| glob.is_match(name.as_str()));
        let labelled = |(key, value): &(String, String)| {
            labels
                .and_then(|labels| labels.get(key.as_str()))
                .is_some_and(|found| **found == **value)
        };
        named && self.labels.iter().all(labelled)
    }

    /// Whether it is about a layer.
    pub fn has_layer(&self, name: &LayerName) -> bool {
        self.layers.is_empty() || self.layers.contains(name)
    }

    /// Whether it names layers.
    pub fn names_layers(&self) -> bool {
        !self.layers.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clusters_by_name_glob_and_label() {
        let texts = |texts: &[&str]| {
            texts
                .iter()
                .map(|text| (*text).to_owned())
                .collect::<Vec<_>>()
        };
        let labels: Labels = [("env".into(), "prod".into())].into();
        let name = ClusterName::new("prod-eu-1").expect("a name");
        let table: [(&[&str], &[&str], bool); 6] = [
            (&[], &[], true),
            (&["prod-*"], &[], true),
            (&["dev-*", "prod-eu-1"], &[], true),
            (&["dev-*"], &[], false),
            (&["prod-*"], &["env=prod"], true),
            (&[], &["env=prod,region=eu"], false),
        ];
        for (globs, wanted, expected) in table {
            let selection =
                Selection::new(&texts(globs), &texts(wanted), &[]).expect("a selection");
            assert_eq!(
                selection.has_cluster(&name, Some(&labels)),
                expected,
                "{globs:?} {wanted:?}"
            );
        }
        assert!(Selection::new(&[], &texts(&["env"]), &[]).is_err());
    }
}
