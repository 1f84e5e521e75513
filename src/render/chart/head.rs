//! What Helm looks at in a document: kind and annotations.

use crate::render::objects;
use crate::yaml::Value;

/// What Helm reads of a document.
#[derive(Debug)]
pub(super) struct Head {
    /// `kind`, empty when there is none.
    pub kind: String,
    /// The annotation that makes it a hook.
    pub hook: Option<String>,
}

impl Head {
    /// Looks at a document.
    ///
    /// # Errors
    /// What is not as Helm expects it, in its words.
    pub(super) fn of(value: &Value) -> Result<Self, String> {
        let mut head = Self {
            kind: String::new(),
            hook: None,
        };
        let document = match value {
            Value::Null => return Ok(head),
            Value::Map(document) => document,
            other => return Err(unfit(other, "Go value of type util.SimpleHead")),
        };
        let field = |name: &str, value: Option<&Value>| {
            let what = format!("Go struct field SimpleHead.{name} of type string");
            value.map_or(Ok(None), |value| {
                text(value).map(Some).ok_or_else(|| unfit(value, &what))
            })
        };
        field("apiVersion", document.get("apiVersion"))?;
        head.kind = field("kind", document.get("kind"))?.unwrap_or_default();
        let metadata = match document.get("metadata") {
            None | Some(Value::Null) => return Ok(head),
            Some(Value::Map(metadata)) => metadata,
            Some(other) => {
                let what = "Go struct field SimpleHead.metadata of type struct { Name string \"json:\\\"name\\\"\"; \
                            Annotations map[string]string \"json:\\\"annotations\\\"\" }";
                return Err(unfit(other, what));
            }
        };
        field("metadata.name", metadata.get("name"))?;
        match metadata.get("annotations") {
            None | Some(Value::Null) => {}
            Some(Value::Map(annotations)) => {
                for (key, value) in annotations {
                    let value = field("metadata.annotations", Some(value))?;
                    if key == objects::HOOK {
                        head.hook = Some(value.unwrap_or_default());
                    }
                }
            }
            Some(other) => {
                let what =
                    "Go struct field SimpleHead.metadata.annotations of type map[string]string";
                return Err(unfit(other, what));
            }
        }
        Ok(head)
    }
}

/// A scalar as a text; an empty one for null.
fn text(value: &Value) -> Option<String> {
    Some(match value {
        Value::Null => String::new(),
        Value::Bool(truth) => truth.to_string(),
        Value::Int(number) => number.to_string(),
        Value::Float(number) => number.to_string(),
        Value::String(text) => text.clone(),
        Value::List(_) | Value::Map(_) => return None,
    })
}

fn unfit(value: &Value, what: &str) -> String {
    let kind = match value {
        Value::Null => "null",
        Value::Bool(_) => "bool",
        Value::Int(_) | Value::Float(_) => "number",
        Value::String(_) => "string",
        Value::List(_) => "array",
        Value::Map(_) => "object",
    };
    format!(
        "error unmarshaling JSON: while decoding JSON: json: cannot unmarshal {kind} into {what}"
    )
}
