//! The files of a chart into a [`Chart`].

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use super::decode::Decoded;
use super::schema::Schema;
use super::values::first;
use super::{Chart, ChartError, Tree, validate};
use crate::archive;
use crate::model::{ChartFile, ChartFiles};
use crate::yaml;

/// How deeply charts may be nested in `charts/`.
const DEPTH_LIMIT: usize = 24;
/// The most bytes of all archives in a chart together, unpacked: archives can hold each other.
const UNPACKED_LIMIT: u64 = 256 << 20;

impl Chart {
    /// Understands the files of a chart: `Chart.yaml` v1 and v2, `requirements.yaml`, `values.yaml`, its schema,
    /// templates, and the charts in `charts/`, folders and archives.
    ///
    /// # Errors
    /// What is wrong with the first file that Helm would refuse.
    pub fn load(files: &ChartFiles) -> Result<Self, ChartError> {
        let mut left = UNPACKED_LIMIT;
        let mut loader = Loader { left: &mut left };
        loader.chart(&files.files, &files.origin, None, 0)
    }
}

struct Loader<'l> {
    /// How many bytes may still be unpacked.
    left: &'l mut u64,
}

/// A file of the chart that is read, and the chart, for messages.
struct Read<'r> {
    chart: &'r str,
    file: &'static str,
}

impl Read<'_> {
    fn error(&self, message: String, line: Option<usize>, column: Option<usize>) -> ChartError {
        ChartError::File {
            chart: self.chart.to_owned(),
            file: self.file,
            message,
            line,
            column,
        }
    }

    fn yaml(&self, data: &[u8]) -> Result<yaml::Value, ChartError> {
        let text = std::str::from_utf8(data).map_err(|_| {
            let message = "error converting YAML to JSON: yaml: invalid leading UTF-8 octet";
            self.error(message.to_owned(), None, None)
        })?;
        first(text).map_err(|(message, line, column)| self.error(message, line, column))
    }

    fn metadata(&self, data: &[u8], into: &mut Decoded, kind: &str) -> Result<(), ChartError> {
        let value = self.yaml(data)?;
        into.add(&value, kind).map_err(|message| {
            let message = format!("error unmarshaling JSON: while decoding JSON: {message}");
            self.error(message, None, None)
        })
    }

    /// A lock file is only looked at to refuse what Helm cannot read.
    fn lock(&self, data: &[u8]) -> Result<(), ChartError> {
        let value = self.yaml(data)?;
        let message = match (&value, value.get("generated"), value.get("dependencies")) {
            (yaml::Value::Null, _, _) => return Ok(()),
            (yaml::Value::Map(_), generated, dependencies) => {
                let time = generated.and_then(yaml::Value::as_str);
                let is_time = time.is_none_or(|time| time.parse::<jiff::Timestamp>().is_ok());
                let is_null = |value: Option<&yaml::Value>| value.is_none_or(yaml::Value::is_null);
                if !is_time || (time.is_none() && !is_null(generated)) {
                    "`generated` is no time"
                } else if !is_null(dependencies)
                    && dependencies.and_then(yaml::Value::as_list).is_none()
                {
                    "`dependencies` is no list"
                } else {
                    return Ok(());
                }
            }
            _ => "it is no mapping",
        };
        Err(self.error(message.to_owned(), None, None))
    }
}

/// What is found in the files of one chart, before the charts in it are loaded.
#[derive(Default)]
struct Parts<'f> {
    decoded: Decoded,
    templates: Vec<ChartFile>,
    files: Vec<ChartFile>,
    values: Option<Tree>,
    schema: Option<Arc<Schema>>,
    subcharts: BTreeMap<&'f str, Vec<(&'f str, &'f ChartFile)>>,
}

impl Loader<'_> {
    fn chart(
        &mut self,
        files: &[ChartFile],
        entry: &str,
        parent: Option<&str>,
        depth: usize,
    ) -> Result<Chart, ChartError> {
        // Until its own name is known, a chart is called as it is in `charts/`.
        let path_of = |name: &str| match parent {
            Some(parent) => format!("{parent}/charts/{name}"),
            None => name.to_owned(),
        };
        let unnamed = path_of(entry);
        if depth > DEPTH_LIMIT {
            return Err(ChartError::TooMuch { chart: unnamed });
        }
        let parts = sort(files, &unnamed, parent.is_none())?;
        let listed = parts.decoded.dependencies.is_some();
        let metadata =
            validate::metadata(parts.decoded).map_err(|message| ChartError::Invalid {
                chart: unnamed,
                message,
            })?;
        let path = path_of(&metadata.name);
        let mut subcharts = Vec::new();
        for (name, files) in &parts.subcharts {
            if name.starts_with(['_', '.']) {
                continue;
            }
            let subchart = self.subchart(name, files, &path, &metadata.name, depth + 1)?;
            subcharts.push(subchart);
        }
        Ok(Chart {
            metadata: Arc::new(metadata),
            templates: parts.templates.into(),
            files: parts.files.into(),
            values: parts.values.unwrap_or_else(Tree::empty),
            schema: parts.schema,
            subcharts,
            path: path.into(),
            listed,
            clean: Arc::new(OnceLock::new()),
        })
    }

    fn subchart(
        &mut self,
        entry: &str,
        files: &[(&str, &ChartFile)],
        path: &str,
        parent: &str,
        depth: usize,
    ) -> Result<Chart, ChartError> {
        let loaded = if entry.ends_with(".tgz") {
            let Some(&(name, file)) = files.first() else {
                return Err(ChartError::NoMetadata {
                    chart: path.to_owned(),
                });
            };
            if name != entry {
                return Err(ChartError::NotAnArchive {
                    entry: entry.to_owned(),
                    parent: parent.to_owned(),
                    got: name.to_owned(),
                });
            }
            self.unpack(&file.data, entry, path)
                .and_then(|files| self.chart(&files, entry, Some(path), depth))
        } else {
            let inside = files.iter().filter_map(|(name, file)| {
                let (_, name) = name.split_once('/')?;
                Some(ChartFile {
                    path: name.into(),
                    data: file.data.clone(),
                })
            });
            let inside: Vec<ChartFile> = inside.collect();
            self.chart(&inside, entry, Some(path), depth)
        };
        loaded.map_err(|source| ChartError::Subchart {
            entry: entry.to_owned(),
            parent: parent.to_owned(),
            source: Box::new(source),
        })
    }

    fn unpack(
        &mut self,
        data: &[u8],
        entry: &str,
        path: &str,
    ) -> Result<Vec<ChartFile>, ChartError> {
        let chart = format!("{path}/charts/{entry}");
        let limits = archive::Limits::default();
        let unpacked = archive::unpack(data, limits).map_err(|source| ChartError::Archive {
            chart: chart.clone(),
            source,
        })?;
        let size: usize = unpacked.iter().map(|file| file.data.len()).sum();
        *self.left = self
            .left
            .checked_sub(size as u64)
            .ok_or(ChartError::TooMuch { chart })?;
        let files = unpacked.into_iter().map(|file| ChartFile {
            path: file.path.into(),
            data: file.data,
        });
        Ok(files.collect())
    }
}

/// Tells the files of a chart apart.
fn sort<'f>(files: &'f [ChartFile], chart: &str, is_top: bool) -> Result<Parts<'f>, ChartError> {
    let read = |file| Read { chart, file };
    let mut parts = Parts::default();
    // First, since how other files are read depends on it.
    let mut found = false;
    for file in files.iter().filter(|file| &*file.path == "Chart.yaml") {
        found = true;
        // At the top, Helm looks for the version of the format before anything else.
        let kind = if is_top {
            "loader.chartBase"
        } else {
            "v2.Metadata"
        };
        read("Chart.yaml").metadata(&file.data, &mut parts.decoded, kind)?;
        let version = &mut parts.decoded.metadata.api_version;
        if version.is_empty() {
            "v1".clone_into(version);
        }
        if is_top && !matches!(version.as_str(), "v1" | "v2") {
            let chart = chart.to_owned();
            return Err(ChartError::Unsupported { chart });
        }
    }
    for file in files {
        let first_version = parts.decoded.metadata.api_version == "v1";
        match &*file.path {
            "Chart.yaml" => {}
            "Chart.lock" => read("Chart.lock").lock(&file.data)?,
            "values.yaml" => {
                let values = Tree::parse(&file.data).map_err(|error| {
                    read("values.yaml").error(error.message, error.line, error.column)
                })?;
                parts.values = Some(values);
            }
            "values.schema.json" => parts.schema = Some(Arc::new(Schema::new(&file.data))),
            "requirements.yaml" => {
                let kind = "v2.Metadata";
                read("requirements.yaml").metadata(&file.data, &mut parts.decoded, kind)?;
                if first_version {
                    parts.files.push(file.clone());
                }
            }
            "requirements.lock" => {
                read("requirements.lock").lock(&file.data)?;
                if first_version {
                    parts.files.push(file.clone());
                }
            }
            path if path.starts_with("templates/") => parts.templates.push(file.clone()),
            path => match path.strip_prefix("charts/") {
                Some(inside) if !is_provenance(inside) => {
                    let (name, _) = inside.split_once('/').unwrap_or((inside, ""));
                    let files = parts.subcharts.entry(name).or_default();
                    files.push((inside, file));
                }
                _ => parts.files.push(file.clone()),
            },
        }
    }
    if !found
        && !files
            .iter()
            .any(|file| file.path.starts_with("requirements."))
    {
        return Err(ChartError::NoMetadata {
            chart: chart.to_owned(),
        });
    }
    if parts.decoded.metadata.api_version.is_empty() {
        return Err(ChartError::Invalid {
            chart: chart.to_owned(),
            message: "chart.metadata.apiVersion is required".to_owned(),
        });
    }
    Ok(parts)
}

fn is_provenance(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    name.ends_with(".prov")
}
