//! Values files: texts into trees, and several of them into one.

use std::sync::Arc;

use super::Tree;
use super::tree::Entries;
use crate::yaml;

/// Why a values file cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct ValuesError {
    /// What is wrong, in Helm's words.
    pub message: String,
    /// The line in the file, counted from 1, if it is known.
    pub line: Option<usize>,
    /// The column, counted from 1 in characters, if it is known.
    pub column: Option<usize>,
}

impl Tree {
    /// Reads a values file as `helm -f` does: a last line without an end gets one, and the documents are laid over each
    /// other. A mapping.
    ///
    /// # Errors
    /// If it is not YAML, or a document is anything but a mapping.
    pub fn parse(text: &[u8]) -> Result<Self, ValuesError> {
        let mut values = Self::empty();
        for document in documents(text)? {
            let read =
                read_document(&document.text).map_err(|(message, line, column)| ValuesError {
                    message: format!("cannot unmarshal yaml document: {message}"),
                    line: line.map(|line| document.line + line - 1),
                    column,
                })?;
            values = values.merged(&read);
        }
        Ok(values)
    }

    /// The values with others laid over them, key by key: mappings merge, everything else is replaced, nulls stay.
    #[must_use]
    pub fn merged(&self, over: &Self) -> Self {
        let (Self::Map(under), Self::Map(over)) = (self, over) else {
            return if over.is_null() {
                self.clone()
            } else {
                over.clone()
            };
        };
        if under.is_empty() {
            return Self::Map(over.clone());
        }
        let mut entries = Entries::clone(under);
        for (key, value) in &**over {
            let merged = match (entries.get(key), value) {
                (Some(below @ Self::Map(_)), Self::Map(_)) => below.merged(value),
                _ => value.clone(),
            };
            entries.insert(key.clone(), merged);
        }
        Self::Map(Arc::new(entries))
    }
}

/// One YAML text into a mapping; nothing at all is an empty one. The message, the line and the column of what is wrong.
pub(super) fn read_document(text: &str) -> Result<Tree, (String, Option<usize>, Option<usize>)> {
    match first(text)? {
        yaml::Value::Null => Ok(Tree::empty()),
        value @ yaml::Value::Map(_) => Ok(Tree::from(&value)),
        other => Err((
            format!(
                "error unmarshaling JSON: while decoding JSON: json: cannot unmarshal {} into Go value of type \
                 map[string]interface {{}}",
                json_kind(&other)
            ),
            None,
            None,
        )),
    }
}

/// The first document of a text, which alone counts outside of values files.
pub(super) fn first(text: &str) -> Result<yaml::Value, (String, Option<usize>, Option<usize>)> {
    let value = yaml::parse_first(text).map_err(|error| {
        (
            format!("error converting YAML to JSON: {error}"),
            Some(error.line),
            Some(error.column),
        )
    })?;
    match endless(&value) {
        Some(name) => {
            let message = format!("error converting YAML to JSON: json: unsupported value: {name}");
            Err((message, None, None))
        }
        None => Ok(value),
    }
}

/// A number that JSON does not have.
fn endless(value: &yaml::Value) -> Option<&'static str> {
    match value {
        yaml::Value::Float(number) if number.is_nan() => Some("NaN"),
        yaml::Value::Float(number) if number.is_infinite() => {
            Some(if *number > 0.0 { "+Inf" } else { "-Inf" })
        }
        yaml::Value::List(list) => list.iter().find_map(endless),
        yaml::Value::Map(map) => map.values().find_map(endless),
        _ => None,
    }
}

/// What Go's JSON calls such a value.
pub(super) fn json_kind(value: &yaml::Value) -> &'static str {
    match value {
        yaml::Value::Null => "null",
        yaml::Value::Bool(_) => "bool",
        yaml::Value::Int(_) | yaml::Value::Float(_) => "number",
        yaml::Value::String(_) => "string",
        yaml::Value::List(_) => "array",
        yaml::Value::Map(_) => "object",
    }
}

struct Document {
    text: String,
    /// The line on which it begins.
    line: usize,
}

/// Cuts at lines that begin with `---`, inside of block texts as well, as Kubernetes' reader does.
fn documents(text: &[u8]) -> Result<Vec<Document>, ValuesError> {
    let text = std::str::from_utf8(text).map_err(|error| {
        let before = &text[..error.valid_up_to()];
        ValuesError {
            message: "cannot unmarshal yaml document: error converting YAML to JSON: yaml: invalid leading UTF-8 octet"
                .to_owned(),
            line: Some(before.split(|byte| *byte == b'\n').count()),
            column: None,
        }
    })?;
    let mut found = Vec::new();
    let mut document = Document {
        text: String::new(),
        line: 1,
    };
    for (index, line) in text.lines().enumerate() {
        if let Some(rest) = line.strip_prefix("---") {
            let rest = rest.trim();
            if !rest.is_empty() && !rest.starts_with('#') {
                return Err(ValuesError {
                    message: format!(
                        "error reading yaml document: invalid Yaml document separator: {rest}"
                    ),
                    line: Some(index + 1),
                    column: Some(4),
                });
            }
            if !document.text.is_empty() {
                let next = Document {
                    text: String::new(),
                    line: index + 2,
                };
                found.push(std::mem::replace(&mut document, next));
                continue;
            }
        }
        document.text.push_str(line);
        document.text.push('\n');
    }
    if !document.text.is_empty() {
        found.push(document);
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use super::*;

    fn written(tree: &Tree) -> String {
        yaml::write(&tree.to_template().to_data().unwrap())
    }

    #[test]
    fn documents_are_laid_over_each_other() {
        let cases = [
            ("", "{}\n"),
            ("# nothing\n", "{}\n"),
            ("a: 1\n---\n# c\n---\nb: 2\na: ~\n", "a: null\nb: 2\n"),
            (
                "---\na: {b: 1, c: 1}\n--- # two\na: {b: [2]}\n",
                "a:\n  b:\n  - 2\n  c: 1\n",
            ),
            ("a: |\n  x\n---\nb: |\n  y", "a: |\n  x\nb: |\n  y\n"),
            ("a: 1\r\nb: 2\r\n", "a: 1\nb: 2\n"),
            ("a: 1\n...\nb: 2\n", "a: 1\n"),
        ];
        for (text, expected) in cases {
            assert_eq!(
                written(&Tree::parse(text.as_bytes()).unwrap()),
                expected,
                "{text}"
            );
        }
    }

    #[test]
    fn problems_have_places() {
        let cases: [(&[u8], &str, Option<usize>); 4] = [
            (
                b"a: 1\n---\n- b\n",
                "cannot unmarshal yaml document: error unmarshaling JSON: while decoding JSON: json: cannot unmarshal \
                 array into Go value of type map[string]interface {}",
                None,
            ),
            (
                b"a: 1\n---\nb: 2\nc: [\n",
                "cannot unmarshal yaml document: error converting YAML to JSON: yaml: line 2: did not find expected \
                 node content",
                Some(5),
            ),
            (
                b"a: 1\n---b: 2\n",
                "error reading yaml document: invalid Yaml document separator: b: 2",
                Some(2),
            ),
            (
                b"a: 1\nb: \xFF\n",
                "cannot unmarshal yaml document: error converting YAML to JSON: yaml: invalid leading UTF-8 octet",
                Some(2),
            ),
        ];
        for (text, message, line) in cases {
            let error = Tree::parse(text).unwrap_err();
            assert_eq!((error.message.as_str(), error.line), (message, line));
        }
    }
}
