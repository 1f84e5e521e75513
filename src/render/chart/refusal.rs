//! Charts that cannot be used, or not with these values, as people can act on it.

use crate::diag::{Diagnostic, causes};

use super::{ChartError, SchemaProblem, SharedChart};

/// So many problems with values are told.
const MOST_PROBLEMS: usize = 10;

impl SharedChart {
    /// Why a release of the chart is refused before anything is rendered. `values_path` is what people put before a path
    /// in its values.
    pub fn refusal(&self, error: &ChartError, values_path: &str) -> Diagnostic {
        let chart = &self.chart.metadata.name;
        let problem = match error {
            ChartError::Schema { problems } => {
                let summary = format!("chart `{chart}`: the values do not fit its schema");
                let told: Vec<String> = problems
                    .iter()
                    .flat_map(|problem| unfit(problem, values_path))
                    .collect();
                let mut detail = told[..told.len().min(MOST_PROBLEMS)].join("; ");
                if told.len() > MOST_PROBLEMS {
                    detail.push_str(&format!("; and {} more", told.len() - MOST_PROBLEMS));
                }
                Diagnostic::error(summary).detail(detail)
            }
            other => Diagnostic::error(format!("chart `{chart}`: {}", causes(other).join(": "))),
        };
        match error.advice(values_path) {
            Some(advice) => problem.help(advice),
            None => problem,
        }
    }
}

/// What is wrong with the values of a chart, each with its path.
fn unfit(problem: &SchemaProblem, values_path: &str) -> Vec<String> {
    if problem.found.is_empty() {
        return vec![format!(
            "the schema of `{}`: {}",
            problem.chart, problem.text
        )];
    }
    let at = problem.at.trim_start_matches('.');
    // A group of problems says nothing that they do not say.
    let all = problem.found.iter();
    let told = all
        .filter(|(_, text)| text != "validation failed")
        .map(|(pointer, text)| {
            let pointer = pointer.replace('/', ".").replace("~1", "/");
            let path = format!("{values_path}{at}{}", pointer.replace("~0", "~"));
            match path.trim_matches('.') {
                "" => text.clone(),
                path => format!("`{path}`: {text}"),
            }
        });
    told.collect()
}

impl ChartError {
    /// What to do about it, if that is not plain from the message. `values_path` is what people put before a path in the
    /// chart's values.
    pub fn advice(&self, values_path: &str) -> Option<String> {
        Some(match self {
            Self::NoMetadata { .. } => {
                "a chart is a folder with a `Chart.yaml` in it, or an archive of such a folder".to_owned()
            }
            Self::Unsupported { .. } => "`apiVersion` in `Chart.yaml` is `v1` or `v2`".to_owned(),
            Self::NotInstallable { .. } => {
                "such a chart only defines templates for others: name a chart that depends on it".to_owned()
            }
            Self::MissingDependencies { .. } => {
                "run `helm dependency build` in the chart's folder, which puts them into `charts/`, or take them out of \
                 `Chart.yaml`"
                    .to_owned()
            }
            Self::KubeVersion { version, .. } => format!(
                "take a version of the chart that is made for Kubernetes {version}, or another version of Kubernetes"
            ),
            Self::TypeMismatch { name, .. } => format!(
                "`{values_path}{name}` is for the values of a subchart, and must be a mapping"
            ),
            Self::Endless => "take one of the `import-values` out of `Chart.yaml`".to_owned(),
            Self::Schema { problems } if problems.iter().any(|one| one.found.is_empty()) => {
                "`values.schema.json` in the chart is at fault, not the values".to_owned()
            }
            Self::Schema { .. } => {
                "correct the values; `values.schema.json` in the chart says what it takes".to_owned()
            }
            Self::File {
                chart, file, line, ..
            } => match line {
                Some(line) => format!("correct `{chart}/{file}`, line {line}"),
                None => format!("correct `{chart}/{file}`"),
            },
            Self::Invalid { chart, .. } => format!("correct `{chart}/Chart.yaml`"),
            Self::Subchart { source, .. } => return source.advice(values_path),
            Self::NotAnArchive { .. }
            | Self::Archive { .. }
            | Self::TooMuch { .. } => return None,
        })
    }
}
