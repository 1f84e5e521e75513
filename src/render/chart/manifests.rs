//! Rendered files into manifests and hooks, in the order in which Helm prints and installs them.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::model::HookEvent;
use crate::render::objects;
use crate::yaml::{self, Value};

use super::RenderError;
use super::scope::is_partial;

/// One document of a rendered file.
#[derive(Clone, Debug, PartialEq)]
pub struct Manifest {
    /// The full name of the template: `web/templates/service.yaml`.
    pub path: Arc<str>,
    /// The text as it was rendered, without what Helm cuts off.
    pub text: String,
    /// What the text says.
    pub value: Value,
    /// When it is run, if it is a hook.
    pub hooks: Vec<HookEvent>,
    kind: String,
}

/// The documents of a release.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Manifests {
    /// Those that are installed, in the order of their kinds.
    pub plain: Vec<Manifest>,
    /// The hooks, in the order of their kinds.
    pub hooks: Vec<Manifest>,
    /// Documents that are hooks for something that Helm does not know, and are left out: template and the annotation's
    /// word.
    pub unknown: Vec<(Arc<str>, String)>,
}

impl Manifests {
    /// Takes files apart, by their names. Notes and files that hold only definitions are left out.
    ///
    /// # Errors
    /// The first document that is not YAML, or no object as far as Helm looks at it.
    pub(super) fn of(files: &BTreeMap<String, String>) -> Result<Self, RenderError> {
        let mut found = Self::default();
        for (path, text) in files {
            if !path.ends_with("NOTES.txt") && !is_partial(path) {
                found.file(path.as_str().into(), text)?;
            }
        }
        let by_kind = |a: &Manifest, b: &Manifest| {
            objects::kind_rank(&a.kind).cmp(&objects::kind_rank(&b.kind))
        };
        found.plain.sort_by(by_kind);
        found.hooks.sort_by(by_kind);
        Ok(found)
    }

    fn file(&mut self, path: Arc<str>, text: &str) -> Result<(), RenderError> {
        let trimmed = text.trim_start();
        let lines_before = text[..text.len() - trimmed.len()].matches('\n').count();
        for part in objects::split(trimmed) {
            let text = part.text.trim_start();
            let blank = part.text[..part.text.len() - text.len()]
                .matches('\n')
                .count();
            let wrong = |message: String, line: Option<usize>| RenderError::Manifest {
                path: Arc::clone(&path),
                line: line.map(|line| lines_before + part.lines_before + blank + line),
                text: line
                    .and_then(|line| text.lines().nth(line.saturating_sub(1)))
                    .map(str::to_owned),
                message,
            };
            let value = yaml::parse(text)
                .map_err(|error| {
                    let message = format!("error converting YAML to JSON: {error}");
                    wrong(message, Some(error.line))
                })?
                .into_iter()
                .next()
                .unwrap_or_default();
            let head = Head::of(&value).map_err(|message| wrong(message, None))?;
            let mut manifest = Manifest {
                path: Arc::clone(&path),
                text: text.to_owned(),
                value,
                hooks: Vec::new(),
                kind: head.kind,
            };
            match head.hook.as_deref().map(objects::hook_events) {
                None => self.plain.push(manifest),
                Some(Ok(events)) => {
                    manifest.hooks = events;
                    self.hooks.push(manifest);
                }
                Some(Err(word)) => self.unknown.push((Arc::clone(&path), word)),
            }
        }
        Ok(())
    }
}

/// What Helm reads of a document.
struct Head {
    kind: String,
    hook: Option<String>,
}

impl Head {
    fn of(value: &Value) -> Result<Self, String> {
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

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use super::*;

    fn of(files: &[(&str, &str)]) -> Result<Manifests, RenderError> {
        let files = files.iter();
        Manifests::of(
            &files
                .map(|(path, text)| ((*path).to_owned(), (*text).to_owned()))
                .collect(),
        )
    }

    #[test]
    fn documents_come_in_the_order_of_their_kinds() {
        let found = of(&[
            (
                "c/templates/b.yaml",
                "\n\n---\n# only a comment\n---apiVersion: v1\nkind: Service\n--- \nkind: Zed\n---\nkind: Abc\n",
            ),
            ("c/templates/a.yaml", "kind: Deployment\n---\nkind: Service\n"),
            ("c/templates/NOTES.txt", "not: [yaml"),
            ("c/templates/_x.yaml", "not: [yaml"),
            (
                "c/templates/h.yaml",
                "kind: Job\nmetadata: {annotations: {helm.sh/hook: \"pre-install, POST-upgrade\"}}\n---\nkind: Pod\nmetadata: {annotations: {helm.sh/hook: crd-install}}\n---\nkind: Pod\nmetadata: {annotations: {other: true}}\n",
            ),
        ])
        .unwrap();
        let texts: Vec<&str> = found.plain.iter().map(|one| &*one.text).collect();
        assert_eq!(
            texts,
            [
                "kind: Service\n",
                "apiVersion: v1\nkind: Service\n",
                "kind: Pod\nmetadata: {annotations: {other: true}}\n",
                "kind: Deployment\n",
                "# only a comment\n",
                "kind: Abc\n",
                "kind: Zed\n",
            ]
        );
        let events = [HookEvent::PreInstall, HookEvent::PostUpgrade];
        assert_eq!(found.hooks.len(), 1);
        assert_eq!(found.hooks[0].hooks, events);
        assert_eq!(
            found.unknown,
            [("c/templates/h.yaml".into(), "crd-install".to_owned())]
        );
    }

    #[test]
    fn what_helm_refuses_is_refused_with_its_place() {
        let cases = [
            (
                "a: 1\n---\n\nb: [\n",
                "YAML parse error on t: error converting YAML to JSON: yaml: line 1: did not find expected node content",
                Some(5),
            ),
            (
                "just text",
                "YAML parse error on t: error unmarshaling JSON: while decoding JSON: json: cannot unmarshal string into Go value of type util.SimpleHead",
                None,
            ),
            (
                "kind: [a]",
                "YAML parse error on t: error unmarshaling JSON: while decoding JSON: json: cannot unmarshal array into Go struct field SimpleHead.kind of type string",
                None,
            ),
        ];
        for (text, expected, expected_line) in cases {
            let error = of(&[("t", text)]).unwrap_err();
            assert_eq!(error.to_string(), expected);
            let RenderError::Manifest { line, .. } = error else {
                panic!("{error}");
            };
            assert_eq!(line, expected_line, "{text}");
        }
    }
}
