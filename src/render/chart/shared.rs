//! Charts loaded once, however many layers and clusters use them.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use crate::diag::{SourceId, Sources};
use crate::model::{ChartFiles, Digest};

use crate::render::objects::Content;
use crate::render::template::Limits;
use crate::yaml;

use super::{Chart, ChartError, Crds, Templates, cores};

/// A chart with everything about it that its releases share.
#[derive(Debug)]
pub struct SharedChart {
    /// Where it is, for messages.
    pub origin: Arc<str>,
    /// The chart.
    pub chart: Chart,
    /// Its parsed templates.
    pub templates: Templates,
    sources: Arc<Sources>,
    shown: Mutex<HashMap<String, SourceId>>,
    /// What the files in its `crds/` folders say, by the address of their bytes, which the chart keeps.
    crds: Mutex<HashMap<usize, Arc<[Arc<Content>]>>>,
}

impl SharedChart {
    /// Loads a chart. `sources` keeps the texts that messages point to.
    ///
    /// # Errors
    /// What is wrong with its files.
    pub fn load(files: &ChartFiles, sources: &Arc<Sources>) -> Result<Self, ChartError> {
        let templates = Templates::default();
        let chart = if cores::are_idle() {
            rayon::in_place_scope(|scope| {
                templates.foresee(files, scope);
                Chart::load(files)
            })?
        } else {
            Chart::load(files)?
        };
        Ok(Self {
            origin: Arc::clone(&files.origin),
            chart,
            templates,
            sources: Arc::clone(sources),
            shown: Mutex::default(),
            crds: Mutex::default(),
        })
    }

    /// The documents of a file in a `crds/` folder of the chart; read once, since they are never templates.
    ///
    /// # Errors
    /// When it is not YAML.
    pub fn crds(&self, file: &Crds) -> Result<Arc<[Arc<Content>]>, yaml::Error> {
        let address = file.data.as_ptr().addr();
        let lock = || self.crds.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = lock().get(&address) {
            return Ok(Arc::clone(known));
        }
        let documents = yaml::parse(&String::from_utf8_lossy(&file.data))?;
        let documents = documents.into_iter().map(Content::new).map(Arc::new);
        let documents: Arc<[Arc<Content>]> = documents.collect();
        lock().insert(address, Arc::clone(&documents));
        Ok(documents)
    }

    /// A template's text as a source, by its full name; kept once.
    pub(super) fn source(&self, name: &str, text: impl FnOnce() -> String) -> SourceId {
        let mut shown = self.shown.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = shown.get(name) {
            return *known;
        }
        let source = self.sources.add(name, text());
        shown.insert(name.to_owned(), source);
        source
    }
}

/// All charts of a project, each loaded when it is first asked for.
#[derive(Debug, Default)]
pub struct Charts {
    sources: Arc<Sources>,
    limits: Limits,
    loaded: Mutex<HashMap<Digest, Arc<OnceLock<Loaded>>>>,
}

type Loaded = Result<Arc<SharedChart>, Arc<ChartError>>;

impl Charts {
    /// No charts yet. `sources` keeps the texts that messages point to; `limits` bind all templates that are rendered
    /// beside these charts.
    pub fn new(sources: Arc<Sources>, limits: Limits) -> Self {
        Self {
            sources,
            limits,
            loaded: Mutex::default(),
        }
    }

    /// What templates may use.
    pub fn limits(&self) -> Limits {
        self.limits
    }

    /// The chart with these files.
    ///
    /// # Errors
    /// What is wrong with them.
    pub fn load(&self, files: &ChartFiles) -> Loaded {
        let slot = {
            let mut loaded = self.loaded.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(loaded.entry(files.digest).or_default())
        };
        // Other charts can be loaded meanwhile.
        slot.get_or_init(|| {
            let loaded = SharedChart::load(files, &self.sources);
            loaded.map(Arc::new).map_err(Arc::new)
        })
        .clone()
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use super::super::tests::chart;
    use super::*;

    #[test]
    fn a_chart_is_loaded_once_wherever_it_is() {
        let charts = Charts::default();
        let mut files = chart(&[("values.yaml", "a: 1\n")]);
        let first = charts.load(&files).unwrap();
        files.origin = "elsewhere.tgz".into();
        assert!(Arc::ptr_eq(&first, &charts.load(&files).unwrap()));
        let mut other = chart(&[("values.yaml", "a: 2\n")]);
        other.digest = Digest::of(b"other");
        assert!(!Arc::ptr_eq(&first, &charts.load(&other).unwrap()));
    }

    #[test]
    fn what_is_no_chart_stays_none() {
        let charts = Charts::default();
        let files = chart(&[("values.yaml", "a: [\n")]);
        let first = charts.load(&files).unwrap_err();
        assert!(Arc::ptr_eq(&first, &charts.load(&files).unwrap_err()));
    }

    #[test]
    fn a_template_is_one_source_however_often_it_is_shown() {
        let sources = Arc::new(Sources::default());
        let shared = SharedChart::load(&chart(&[]), &sources).unwrap();
        let source = shared.source("web/templates/a.yaml", || "a: 1".to_owned());
        let again = shared.source("web/templates/a.yaml", || unreachable!());
        assert_eq!(source, again);
        assert_eq!(sources.get(source).text, "a: 1");
        assert_ne!(shared.source("web/templates/b.yaml", String::new), source);
    }
}
