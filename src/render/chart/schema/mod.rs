//! `values.schema.json`: what a chart demands of its values.

mod tree;
mod words;

use std::sync::{Arc, OnceLock};

use jsonschema::error::ValidationErrorKind;
use jsonschema::{Draft, PatternOptions, ReferencingError, Retrieve, Uri, Validator};
use serde_json::Value;

use super::{Chart, SchemaProblem, Tree};

/// A schema as it stands in a chart. It is compiled once, when it is first needed.
#[derive(Debug)]
pub struct Schema {
    text: Arc<[u8]>,
    compiled: OnceLock<Result<Validator, String>>,
}

impl Schema {
    pub(super) fn new(text: &Arc<[u8]>) -> Self {
        Self {
            text: text.clone(),
            compiled: OnceLock::new(),
        }
    }

    /// What is wrong with some values: nothing, or a text as Helm prints it and each problem with its place.
    fn check(&self, values: &Tree) -> Option<(String, Vec<(String, String)>)> {
        match self.compiled.get_or_init(|| compile(&self.text)) {
            Ok(validator) => {
                let values = Value::from(values);
                if validator.is_valid(&values) {
                    return None;
                }
                let errors: Vec<_> = validator.iter_errors(&values).collect();
                Some(words::tell(&errors))
            }
            Err(message) => Some((message.clone(), Vec::new())),
        }
    }
}

/// Nothing is fetched: what a schema refers to stands in it.
struct Nowhere;

impl Retrieve for Nowhere {
    fn retrieve(
        &self,
        uri: &Uri<String>,
    ) -> Result<Value, Box<dyn std::error::Error + Send + Sync>> {
        // What cannot be resolved by design allows everything, as in Helm.
        if uri.scheme().as_str() == "urn" {
            return Ok(Value::Bool(true));
        }
        Err("references to other documents are not followed".into())
    }
}

fn compile(text: &[u8]) -> Result<Validator, String> {
    let text = text.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(text);
    let mut schema: Value = serde_json::from_slice(text)
        .map_err(|error| format!("values.schema.json is not JSON: {error}"))?;
    let draft = draft(&schema)?;
    // What it said is known by now, and some names of the newest version are not known to the library.
    if let Some(schema) = schema.as_object_mut() {
        schema.remove("$schema");
    }
    let meta = match draft {
        Draft::Draft4 => "http://json-schema.org/draft-04/schema#",
        Draft::Draft6 => "http://json-schema.org/draft-06/schema#",
        Draft::Draft7 => "http://json-schema.org/draft-07/schema#",
        Draft::Draft201909 => "https://json-schema.org/draft/2019-09/schema#",
        _ => "https://json-schema.org/draft/2020-12/schema#",
    };
    jsonschema::options()
        .with_draft(draft)
        .with_retriever(Nowhere)
        .with_base_uri("file:///values.schema.json")
        // Go's expressions have no look-around, and take no more than linear time.
        .with_pattern_options(PatternOptions::regex())
        .build(&schema)
        .map_err(|error| match &error.kind {
            ValidationErrorKind::Referencing(ReferencingError::Unretrievable { uri, .. }) => {
                format!("failing loading \"{uri}\": references to other documents are not followed")
            }
            ValidationErrorKind::Referencing(ReferencingError::PointerToNowhere { pointer }) => {
                format!("json-pointer in \"file:///values.schema.json#{pointer}\" not found")
            }
            ValidationErrorKind::Referencing(error) => format!("values.schema.json: {error}"),
            _ => format!(
                "\"file:///values.schema.json#\" is not valid against metaschema: jsonschema validation \
                 failed with '{meta}'\n{}",
                words::tell(&[error]).0
            ),
        })
}

/// The version of JSON Schema that `$schema` names; the newest when it names none.
fn draft(schema: &Value) -> Result<Draft, String> {
    let Some(named) = schema.get("$schema").and_then(Value::as_str) else {
        return Ok(Draft::Draft202012);
    };
    let name = named.trim_end_matches('#');
    let name = name
        .strip_prefix("https://")
        .or_else(|| name.strip_prefix("http://"));
    match name {
        Some("json-schema.org/schema" | "json-schema.org/draft/2020-12/schema") => {
            Ok(Draft::Draft202012)
        }
        Some("json-schema.org/draft/2019-09/schema") => Ok(Draft::Draft201909),
        Some("json-schema.org/draft-07/schema") => Ok(Draft::Draft7),
        Some("json-schema.org/draft-06/schema") => Ok(Draft::Draft6),
        Some("json-schema.org/draft-04/schema") => Ok(Draft::Draft4),
        _ => Err(format!(
            "failing loading \"{named}\": references to other documents are not followed"
        )),
    }
}

/// All that is wrong with the values of a chart and of its subcharts.
pub(super) fn check(chart: &Chart, values: &Tree) -> Vec<SchemaProblem> {
    let mut problems = Vec::new();
    check_at(chart, values, "", &mut problems);
    problems
}

fn check_at(chart: &Chart, values: &Tree, at: &str, problems: &mut Vec<SchemaProblem>) {
    if let Some((text, found)) = chart
        .schema
        .as_ref()
        .and_then(|schema| schema.check(values))
    {
        problems.push(SchemaProblem {
            chart: chart.metadata.name.clone(),
            at: at.to_owned(),
            text,
            found,
        });
    }
    for subchart in &chart.subcharts {
        let name = &subchart.metadata.name;
        if let Some(below @ Tree::Map(_)) = values.get(name) {
            check_at(subchart, below, &format!("{at}.{name}"), problems);
        }
    }
}
