//! Why a chart cannot be used.

use crate::archive::ArchiveError;

/// Why a chart cannot be loaded, or not with these values. Helm refuses the same, in the same words.
#[derive(Debug, thiserror::Error)]
pub enum ChartError {
    /// There is no `Chart.yaml`.
    #[error("Chart.yaml file is missing")]
    NoMetadata {
        /// The chart, such as `web/charts/db`.
        chart: String,
    },
    /// A file of the chart cannot be read.
    #[error("cannot load {file}: {message}")]
    File {
        /// The chart, such as `web/charts/db`.
        chart: String,
        /// The file inside the chart.
        file: &'static str,
        /// What is wrong with it.
        message: String,
        /// The line, counted from 1, if it is known.
        line: Option<usize>,
        /// The column, counted from 1 in characters, if it is known.
        column: Option<usize>,
    },
    /// `apiVersion` of the chart at the top is neither `v1` nor `v2`.
    #[error("unsupported chart version")]
    Unsupported {
        /// The chart.
        chart: String,
    },
    /// A field of `Chart.yaml` has a value that it cannot have.
    #[error("validation: {message}")]
    Invalid {
        /// The chart, such as `web/charts/db`.
        chart: String,
        /// What is wrong.
        message: String,
    },
    /// Something in `charts/` is no chart.
    #[error("error unpacking subchart {entry} in {parent}")]
    Subchart {
        /// The name in `charts/`.
        entry: String,
        /// The name of the chart that it is in.
        parent: String,
        /// Why.
        #[source]
        source: Box<ChartError>,
    },
    /// A folder in `charts/` is called like an archive.
    #[error("error unpacking subchart tar in {parent}: expected {entry}, got {got}")]
    NotAnArchive {
        /// The name in `charts/`.
        entry: String,
        /// The name of the chart that it is in.
        parent: String,
        /// The first file that is there.
        got: String,
    },
    /// A subchart's archive cannot be unpacked.
    #[error("its archive cannot be unpacked")]
    Archive {
        /// The chart, such as `web/charts/db-1.0.0.tgz`.
        chart: String,
        /// Why.
        #[source]
        source: ArchiveError,
    },
    /// Subcharts are nested more deeply, or hold more, than what is loaded.
    #[error("the charts in it are nested too deeply or too large")]
    TooMuch {
        /// The chart where it became too much.
        chart: String,
    },
    /// A library cannot be released on its own.
    #[error("{kind} charts are not installable")]
    NotInstallable {
        /// Its type.
        kind: String,
    },
    /// Dependencies of `Chart.yaml` are not in `charts/`.
    #[error(
        "an error occurred while checking for chart dependencies. You may need to run 'helm dependency build' to fetch \
         missing dependencies: found in Chart.yaml, but missing in charts/ directory: {}", .names.join(", ")
    )]
    MissingDependencies {
        /// Their names.
        names: Vec<String>,
    },
    /// The values of a subchart are not a mapping.
    #[error("{}type mismatch on {name}: {shown}", if *.processing { PROCESSING } else { "" })]
    TypeMismatch {
        /// The chart whose values hold them, such as `web.db`.
        chart: String,
        /// The subchart.
        name: String,
        /// What the value is, as Helm shows it.
        shown: String,
        /// Whether it was found when dependencies were switched on and off.
        processing: bool,
    },
    /// `import-values` put a mapping into itself. Helm dies of it.
    #[error("`import-values` lead in a circle, so that values hold themselves")]
    Endless,
    /// Values do not fit `values.schema.json`.
    #[error(
        "values don't meet the specifications of the schema(s) in the following chart(s):\n{}",
        shown_schemas(.problems)
    )]
    Schema {
        /// For each chart whose schema is not met, in order.
        problems: Vec<SchemaProblem>,
    },
    /// The chart is not for this version of Kubernetes.
    #[error("chart requires kubeVersion: {wanted} which is incompatible with Kubernetes {version}")]
    KubeVersion {
        /// `kubeVersion` of the chart.
        wanted: String,
        /// The version of Kubernetes.
        version: String,
    },
}

const PROCESSING: &str = "chart dependencies processing failed: ";

/// A chart whose schema is not met, or cannot be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SchemaProblem {
    /// The chart's name, as Helm shows it.
    pub chart: String,
    /// Its path in the values, such as `.db`; empty for the chart at the top.
    pub at: String,
    /// What is wrong, as Helm prints it: a line for each problem, `- at '/port': got string, want number`.
    pub text: String,
    /// Each problem with its place in the chart's values: a JSON pointer.
    pub found: Vec<(String, String)>,
}

fn shown_schemas(problems: &[SchemaProblem]) -> String {
    let shown = problems
        .iter()
        .map(|problem| format!("{}:\n{}\n", problem.chart, problem.text));
    shown.collect()
}

impl ChartError {
    /// The chart that it is about, such as `web/charts/db`, if it is about one in particular.
    pub fn chart(&self) -> Option<&str> {
        match self {
            Self::NoMetadata { chart }
            | Self::File { chart, .. }
            | Self::Unsupported { chart }
            | Self::Invalid { chart, .. }
            | Self::Archive { chart, .. }
            | Self::TooMuch { chart }
            | Self::TypeMismatch { chart, .. } => Some(chart),
            Self::Subchart { source, .. } => source.chart(),
            _ => None,
        }
    }

    /// The file inside that chart with line and column, if they are known.
    pub fn file(&self) -> Option<(&'static str, Option<usize>, Option<usize>)> {
        match self {
            Self::File {
                file, line, column, ..
            } => Some((file, *line, *column)),
            Self::NoMetadata { .. } | Self::Unsupported { .. } | Self::Invalid { .. } => {
                Some(("Chart.yaml", None, None))
            }
            Self::Subchart { source, .. } => source.file(),
            _ => None,
        }
    }
}
