//! Rendered texts into checked and completed objects.

use std::collections::HashMap;
use std::sync::Arc;

use crate::diag::{Diagnostic, Span};
use crate::model::{Keep, Object, ObjectKey};
use crate::yaml::{self, Map, Value};

use super::arrange::arrange;
use super::hook;
use super::order::sort;
use super::scope::Scopes;
use super::split::split;

/// A rendered text.
#[derive(Clone, Debug)]
pub struct Text {
    /// Where it was rendered from: `manifests/web.yaml`.
    pub origin: Arc<str>,
    /// The place that problems point to.
    pub span: Span,
    /// What was rendered.
    pub text: String,
}

/// One document of a rendered text.
#[derive(Clone, Debug)]
pub struct Document {
    /// Where it was rendered from.
    pub origin: Arc<str>,
    /// The place that problems point to.
    pub span: Span,
    /// What it says.
    pub value: Value,
    /// Whether it stands in the folder `crds` of a chart.
    pub in_crds: bool,
}

/// What documents hold.
#[derive(Clone, Debug, Default)]
pub struct Objects {
    /// The objects, in Helm's order.
    pub objects: Vec<Object>,
    /// How many of them took the layer's namespace, since they name none.
    pub placed: usize,
    /// What is odd but no error.
    pub warnings: Vec<Diagnostic>,
}

/// Takes texts apart. When they are `sensitive`, messages do not quote them.
///
/// # Errors
/// Everything that is not YAML.
pub fn documents(texts: &[Text], sensitive: bool) -> Result<Vec<Document>, Vec<Diagnostic>> {
    let mut documents = Vec::new();
    let mut problems = Vec::new();
    for text in texts {
        for part in split(&text.text) {
            match yaml::parse(part.text) {
                Ok(found) => documents.extend(found.into_iter().map(|value| Document {
                    origin: Arc::clone(&text.origin),
                    span: text.span,
                    value,
                    in_crds: false,
                })),
                Err(error) => {
                    let summary = format!(
                        "`{}` does not render to YAML: {}",
                        text.origin, error.message
                    );
                    let number = part.lines_before + error.line;
                    let line = part.text.lines().nth(error.line.saturating_sub(1));
                    let detail = match line {
                        Some(line) if !sensitive => {
                            format!("line {number} of what it renders to: `{}`", line.trim_end())
                        }
                        _ => format!("in line {number} of what it renders to"),
                    };
                    problems.push(Diagnostic::error(summary).at(text.span).detail(detail));
                }
            }
        }
    }
    if problems.is_empty() {
        Ok(documents)
    } else {
        Err(problems)
    }
}

/// Reads documents into objects. Those that live in namespaces and name none take `namespace`.
///
/// # Errors
/// Everything that is no object, and objects that are there twice and differ.
pub fn read(documents: Vec<Document>, namespace: &str) -> Result<Objects, Vec<Diagnostic>> {
    let mut reader = Reader::default();
    let mut single = Vec::with_capacity(documents.len());
    for mut document in documents {
        let value = std::mem::take(&mut document.value);
        unfold(value, &mut |value| {
            single.push(Document {
                value,
                ..document.clone()
            });
        });
    }
    let mut scopes = Scopes::default();
    for document in &single {
        scopes.learn(&document.value);
    }
    for mut document in single {
        let value = std::mem::take(&mut document.value);
        reader.object(&document, value, &scopes, namespace);
    }
    if !reader.problems.is_empty() {
        return Err(reader.problems);
    }
    sort(&mut reader.found.objects);
    Ok(reader.found)
}

#[derive(Default)]
struct Reader {
    found: Objects,
    /// The place in `found` of every object; hooks are apart.
    seen: HashMap<(ObjectKey, bool), usize>,
    problems: Vec<Diagnostic>,
}

impl Reader {
    fn object(&mut self, text: &Document, value: Value, scopes: &Scopes, namespace: &str) {
        let object = match value {
            Value::Map(object) => object,
            Value::Null => return,
            other => {
                let what = format!("an object is a mapping, not {}", other.kind_name());
                self.problems
                    .push(wrong(text, "something else than objects", &what));
                return;
            }
        };
        let (key, object, placed) = match complete(object, scopes, namespace) {
            Ok(complete) => complete,
            Err((what, why)) => {
                self.problems.push(wrong(text, &what, &why));
                return;
            }
        };
        let annotation = object.at(["metadata", "annotations", hook::ANNOTATION]);
        let hooks = match annotation.and_then(Value::as_str).map(hook::events) {
            None => Vec::new(),
            Some(Ok(hooks)) => hooks,
            Some(Err(word)) => {
                let summary = format!(
                    "`{}` is left out: {key} is a hook for `{word}`, which Helm does not know",
                    text.origin
                );
                self.found
                    .warnings
                    .push(Diagnostic::warning(summary).at(text.span));
                return;
            }
        };
        let keep = if text.in_crds {
            Some(Keep::Crds)
        } else {
            hook::is_kept(&object).then_some(Keep::Policy)
        };
        let identity = (key.clone(), !hooks.is_empty());
        if let Some(at) = self.seen.get(&identity) {
            let other = &self.found.objects[*at];
            if other.value == object {
                let summary = format!(
                    "{key} is there twice, in `{}` and in `{}`; one will do",
                    other.origin, text.origin
                );
                self.found
                    .warnings
                    .push(Diagnostic::warning(summary).at(text.span));
            } else {
                let summary = format!(
                    "{key} is there twice and differs: in `{}` and in `{}`",
                    other.origin, text.origin
                );
                let help = "remove one of them or give them different names";
                self.problems
                    .push(Diagnostic::error(summary).at(text.span).help(help));
            }
            return;
        }
        self.seen.insert(identity, self.found.objects.len());
        self.found.placed += usize::from(placed);
        self.found.objects.push(Object {
            key,
            value: object,
            hooks,
            keep,
            origin: Arc::clone(&text.origin),
        });
    }
}

fn wrong(text: &Document, what: &str, why: &str) -> Diagnostic {
    Diagnostic::error(format!("`{}` renders to {what}", text.origin))
        .at(text.span)
        .detail(why)
}

/// Takes lists apart: `List`, and `ConfigMapList` and the like, whose items may leave out what the list says.
fn unfold(document: Value, push: &mut dyn FnMut(Value)) {
    let of = |name: &str| {
        document
            .get(name)
            .and_then(Value::as_str)
            .map(str::to_owned)
    };
    let (version, kind) = (of("apiVersion"), of("kind"));
    let item_kind = kind.as_deref().and_then(|kind| kind.strip_suffix("List"));
    let items = document.get("items").and_then(Value::as_list);
    let (Some(item_kind), Some(items)) = (item_kind, items) else {
        push(document);
        return;
    };
    for item in items {
        let mut item = item.clone();
        if let (Value::Map(map), false) = (&mut item, item_kind.is_empty()) {
            for (key, default) in [
                ("apiVersion", version.as_deref()),
                ("kind", Some(item_kind)),
            ] {
                if let (false, Some(default)) = (map.contains_key(key), default) {
                    map.insert(key.to_owned(), default.into());
                }
            }
        }
        unfold(item, push);
    }
}

/// What something is instead of an object, and why.
type Wrong = (String, String);

/// Checks that it is an object, gives it its namespace, and says whether it had none of its own.
fn complete(
    mut object: Map,
    scopes: &Scopes,
    namespace: &str,
) -> Result<(ObjectKey, Value, bool), Wrong> {
    let version = text(&object, "apiVersion", "an object without an API version")?;
    let kind = text(&object, "kind", "an object without a kind")?;
    let group = version
        .rsplit_once('/')
        .map_or("", |(group, _)| group)
        .to_owned();
    let Some(Value::Map(metadata)) = object.get_mut("metadata") else {
        return Err((
            format!("a {kind} without metadata"),
            "`metadata` must be a mapping with a `name`".to_owned(),
        ));
    };
    let name = match metadata.get("name") {
        Some(Value::String(name)) if !name.is_empty() => name.clone(),
        None | Some(Value::Null) if metadata.contains_key("generateName") => {
            return Err((
                format!("a {kind} with a generated name"),
                "`generateName` makes another object at every apply; give it a `name`".to_owned(),
            ));
        }
        None | Some(Value::Null | Value::String(_)) => {
            return Err((
                format!("a {kind} without a name"),
                "`metadata.name` must be there".to_owned(),
            ));
        }
        Some(other) => {
            return Err((
                format!("a {kind} whose name is no text"),
                format!("`metadata.name` is {}; put it in quotes", other.kind_name()),
            ));
        }
    };
    let own = match metadata.get("namespace") {
        None | Some(Value::Null) => "",
        Some(Value::String(own)) => own.as_str(),
        Some(other) => {
            return Err((
                format!("a {kind} whose namespace is no text"),
                format!(
                    "`metadata.namespace` is {}; put it in quotes",
                    other.kind_name()
                ),
            ));
        }
    };
    let mut placed = false;
    let key = if scopes.is_namespaced(&group, &kind) {
        placed = own.is_empty();
        let namespace = if placed { namespace } else { own };
        let key = ObjectKey::new(&group, &kind, namespace, &name);
        metadata.insert("namespace".to_owned(), namespace.into());
        key
    } else {
        // An API server drops it as well.
        metadata.shift_remove("namespace");
        ObjectKey::new(&group, &kind, "", &name)
    };
    Ok((key, arrange(object), placed))
}

fn text(object: &Map, key: &str, what: &str) -> Result<String, Wrong> {
    match object.get(key) {
        Some(Value::String(text)) if !text.is_empty() => Ok(text.clone()),
        Some(other) if !other.is_null() => Err((
            what.to_owned(),
            format!("`{key}` must be a text, not {}", other.kind_name()),
        )),
        _ => Err((what.to_owned(), format!("`{key}` must be there"))),
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use super::*;
    use crate::diag::{Sources, Style, render};

    fn sources() -> (Sources, Span) {
        let sources = Sources::default();
        let source = sources.add("manifests/a.yaml", "template");
        let span = Span {
            source,
            start: 0,
            end: 0,
        };
        (sources, span)
    }

    fn read_all(texts: &[&str]) -> Result<(Vec<Object>, String), String> {
        let (sources, span) = sources();
        let texts: Vec<Text> = texts
            .iter()
            .zip(["a", "b"])
            .map(|(text, name)| Text {
                origin: format!("manifests/{name}.yaml").into(),
                span,
                text: (*text).to_owned(),
            })
            .collect();
        let show = |problems: &[Diagnostic]| render(problems, &sources, Style::Plain);
        match documents(&texts, false).and_then(|documents| read(documents, "web")) {
            Ok(found) => Ok((found.objects, show(&found.warnings))),
            Err(problems) => Err(show(&problems)),
        }
    }

    fn keys(texts: &[&str]) -> Vec<String> {
        let (objects, warnings) = read_all(texts).unwrap();
        assert_eq!(warnings, "");
        objects
            .iter()
            .map(|object| object.key.to_string())
            .collect()
    }

    #[test]
    fn objects_take_the_namespace_where_their_kind_has_one() {
        let text = "
{apiVersion: v1, kind: Service, metadata: {name: a}}
---
{apiVersion: v1, kind: Service, metadata: {name: a, namespace: other}}
---
{apiVersion: rbac.authorization.k8s.io/v1, kind: ClusterRole, metadata: {name: a, namespace: dropped}}
---
{apiVersion: example.com/v1, kind: Wide, metadata: {name: a}}
---
{apiVersion: example.com/v1, kind: Narrow, metadata: {name: a}}
---
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: wides.example.com}
spec: {group: example.com, scope: Cluster, names: {kind: Wide}}
";
        assert_eq!(
            keys(&[text]),
            [
                "CustomResourceDefinition.apiextensions.k8s.io wides.example.com",
                "ClusterRole.rbac.authorization.k8s.io a",
                "Service web/a",
                "Service other/a",
                "Narrow.example.com web/a",
                "Wide.example.com a",
            ]
        );
    }

    #[test]
    fn lists_are_taken_apart_and_empty_documents_left_out() {
        let text = "# nothing\n---\n---\napiVersion: v1\nkind: List\nitems:\n- {apiVersion: v1, kind: Pod, metadata: {name: p}}\n- apiVersion: v1\n  kind: ConfigMapList\n  items: [{metadata: {name: c}}]\n";
        assert_eq!(keys(&[text]), ["ConfigMap web/c", "Pod web/p"]);
    }

    #[test]
    fn keys_are_in_one_order() {
        let text = "spec: {b: [{z: 1, a: 2}], a: 1}\nmetadata: {labels: {b: x, a: z}, name: pod}\nkind: Pod\napiVersion: v1\n";
        let (objects, _) = read_all(&[text]).unwrap();
        insta::assert_snapshot!(crate::yaml::write_ordered(&objects[0].value), @r"
        apiVersion: v1
        kind: Pod
        metadata:
          name: pod
          namespace: web
          labels:
            a: z
            b: x
        spec:
          a: 1
          b:
          - a: 2
            z: 1
        ");
    }

    #[test]
    fn hooks_are_known_by_their_annotation() {
        let hook = |events: &str| {
            format!(
                "{{apiVersion: v1, kind: Pod, metadata: {{name: p, annotations: {{helm.sh/hook: '{events}'}}}}}}"
            )
        };
        let (objects, _) = read_all(&[&hook("pre-install, post-upgrade,test-success")]).unwrap();
        assert_eq!(
            objects[0].hooks,
            [
                crate::model::HookEvent::PreInstall,
                crate::model::HookEvent::PostUpgrade,
                crate::model::HookEvent::Test
            ]
        );
        let (objects, warnings) = read_all(&[&hook("crd-install")]).unwrap();
        assert_eq!(objects, []);
        assert!(warnings.contains("hook for `crd-install`"), "{warnings}");
    }

    #[test]
    fn what_is_no_object_is_told() {
        for text in [
            "just text",
            "- {apiVersion: v1}",
            "a: 1",
            "{apiVersion: v1, kind: Pod}",
            "{apiVersion: v1, kind: Pod, metadata: {}}",
            "{apiVersion: v1, kind: Pod, metadata: {name: 12}}",
            "{apiVersion: v1, kind: Pod, metadata: {generateName: p-}}",
            "{apiVersion: v1, kind: 5, metadata: {name: p}}",
        ] {
            assert!(read_all(&[text]).is_err(), "{text}");
        }
        let error = read_all(&["a: 1\n---\n\nb: [\n"]).unwrap_err();
        insta::assert_snapshot!(error, @r"
        error: `manifests/a.yaml` does not render to YAML: did not find expected node content
         --> manifests/a.yaml:1:1
          |
        1 | template
          | ^
          |
          = note: in line 5 of what it renders to
        ");
    }

    #[test]
    fn an_object_may_stand_twice_only_if_it_is_equal() {
        let one = "{apiVersion: v1, kind: Pod, metadata: {name: p}}";
        let (objects, warnings) = read_all(&[one, one]).unwrap();
        assert_eq!(objects.len(), 1);
        assert!(warnings.contains("one will do"), "{warnings}");
        let error = read_all(&[
            one,
            "{apiVersion: v1, kind: Pod, metadata: {name: p}, spec: {}}",
        ]);
        insta::assert_snapshot!(error.unwrap_err(), @r"
        error: Pod web/p is there twice and differs: in `manifests/a.yaml` and in `manifests/b.yaml`
         --> manifests/a.yaml:1:1
          |
        1 | template
          | ^
          |
          = help: remove one of them or give them different names
        ");
    }

    #[test]
    fn sensitive_texts_are_not_quoted() {
        let (_, span) = sources();
        let text = Text {
            origin: "manifests/a.yaml".into(),
            span,
            text: "a: [s3cret".to_owned(),
        };
        let problems = documents(&[text], true).unwrap_err();
        assert!(!format!("{problems:?}").contains("s3cret"));
    }
}
