//! Rendered texts into checked and completed objects.

use std::collections::HashMap;
use std::sync::Arc;

use crate::diag::{Diagnostic, Span};
use crate::model::{Keep, Object, ObjectKey};
use crate::yaml::{self, Value};

use super::content::{Content, Made};
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
    pub content: Arc<Content>,
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
                    content: Arc::new(Content::new(value)),
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
    for document in documents {
        if is_list(&document.content.value) {
            unfold(document.content.value.clone(), &mut |value| {
                single.push(Document {
                    content: Arc::new(Content::new(value)),
                    ..document.clone()
                });
            });
        } else if !document.content.value.is_null() {
            single.push(document);
        }
    }
    let mut scopes = Scopes::default();
    for document in &single {
        scopes.learn(&document.content.value);
    }
    for mut document in single {
        let content = std::mem::take(&mut document.content);
        reader.object(&document, content, &scopes, namespace);
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
    fn object(&mut self, text: &Document, content: Arc<Content>, scopes: &Scopes, namespace: &str) {
        let made = match content.make(scopes, namespace) {
            Ok(made) => made,
            Err((what, why)) => {
                self.problems.push(wrong(text, &what, &why));
                return;
            }
        };
        let Made {
            key,
            value: object,
            placed,
        } = made;
        if let Some(why) = hook::wrong_mark(&object) {
            let summary = format!("`{}` renders to {key}, and {why}", text.origin);
            self.problems.push(Diagnostic::error(summary).at(text.span));
            return;
        }
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

fn is_list(document: &Value) -> bool {
    let kind = document.get("kind").and_then(Value::as_str);
    kind.is_some_and(|kind| kind.ends_with("List"))
        && document
            .get("items")
            .is_some_and(|items| items.as_list().is_some())
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
    fn what_stays_says_so_to_helm_or_to_us() {
        let keep = |annotations: &str| {
            let text = format!(
                "{{apiVersion: v1, kind: Pod, metadata: {{name: p, annotations: {{{annotations}}}}}}}"
            );
            read_all(&[&text]).map(|(objects, _)| objects[0].keep)
        };
        for (annotations, kept) in [
            ("helm.sh/resource-policy: keep", true),
            ("helm.sh/resource-policy: ' Keep '", true),
            ("helm.sh/resource-policy: delete", false),
            ("stratiform/keep: 'true'", true),
            ("stratiform/keep: 'false'", false),
            (
                "stratiform/keep: 'false', helm.sh/resource-policy: keep",
                true,
            ),
            ("", false),
        ] {
            let expected = kept.then_some(Keep::Policy);
            assert_eq!(keep(annotations), Ok(expected), "{annotations}");
        }
        for annotations in ["stratiform/keep: true", "stratiform/keep: 'yes'"] {
            let error = keep(annotations).unwrap_err();
            assert!(
                error.contains("must be the text \"true\" or \"false\""),
                "{error}"
            );
        }
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
