//! One layer of one cluster, rendered.

use std::sync::Arc;

use crate::diag::Diagnostic;
use crate::model::Object;
use crate::yaml::{Node, Value};

use super::capabilities;
use super::chance::Chance;
use super::charts::charts;
use super::context::Context;
use super::inputs::inputs;
use super::macros::{Resolver, Rewritten};
use super::namespaces::NamespaceWish;
use super::objects::{self, Text};
use super::prepared::{Prepared, PreparedManifest};
use super::template::{self, ExecError, Map, Memo};
use super::wishes::{Namespace, Wishes};

/// What a layer renders to.
#[derive(Debug, Default)]
pub struct Rendered {
    /// Its objects, in the order in which Helm installs their kinds, hooks last. Namespaces are not among them: they
    /// belong to the cluster.
    pub objects: Vec<Object>,
    /// The namespaces that it wants, those of its own manifests too.
    pub namespaces: Vec<NamespaceWish>,
    /// What is odd but no error.
    pub warnings: Vec<Diagnostic>,
    /// The random values in it, if anything in it is random or depends on the time: with another seed it could have come
    /// out differently.
    pub memo: Option<Memo>,
}

impl Rendered {
    /// Whether anything in it is random or depends on the time.
    pub fn is_seeded(&self) -> bool {
        self.memo.is_some()
    }
}

/// Renders a layer with the values that [`super::values`] gave for it, and with random values out of `chance`.
///
/// # Errors
/// Templates that cannot be parsed or fail, and what they render to if it is no object.
pub fn render(
    prepared: &Prepared,
    values: &Value,
    cx: &Context<'_>,
    chance: &Chance,
) -> Result<Rendered, Vec<Diagnostic>> {
    let layer = prepared.layer();
    let namespace = Namespace::of(prepared, values)?;
    let sensitive = inputs(prepared, cx)?.sensitive;
    let (texts, memo) = texts(prepared, values, cx, &namespace.name, chance)?;
    let charted = charts(prepared, values, cx, &namespace.name, sensitive, chance)?;
    let memo = Memo::joined(charted.memos.into_iter().chain(memo));
    let mut documents = charted.documents;
    documents.extend(objects::documents(&texts, sensitive || memo.is_some())?);
    let found = objects::read(documents, &namespace.name)?;
    let mut rendered = Rendered {
        warnings: charted.warnings,
        memo,
        ..Rendered::default()
    };
    rendered.warnings.extend(found.warnings);
    if namespace.is_missing && found.placed > 0 {
        let summary = format!(
            "layer `{}` names no namespace: {} of its objects go to `default`",
            layer.name, found.placed
        );
        let warning = Diagnostic::warning(summary).at(layer.span);
        rendered
            .warnings
            .push(warning.help("set `pack.namespace` in its values"));
    }
    stray_manifests(prepared, &mut rendered.warnings);
    let mut wishes = Wishes::new(prepared);
    wishes.own(&namespace);
    wishes.of_values(values)?;
    for object in found.objects {
        let is_namespace = object.key.group.is_empty() && &*object.key.kind == "Namespace";
        if is_namespace && object.hooks.is_empty() {
            wishes.of_object(&object);
        } else {
            rendered.objects.push(object);
        }
    }
    rendered.warnings.append(&mut wishes.warnings);
    rendered.namespaces = wishes.wishes;
    Ok(rendered)
}

fn texts(
    prepared: &Prepared,
    values: &Value,
    cx: &Context<'_>,
    namespace: &str,
    chance: &Chance,
) -> Result<(Vec<Text>, Option<Memo>), Vec<Diagnostic>> {
    let mut set = prepared.set().map_err(<[Diagnostic]>::to_vec)?.clone();
    let mut problems = Vec::new();
    let mut rewritten = Vec::with_capacity(prepared.manifests().len());
    for one in prepared.manifests() {
        match rewrite(prepared, one, cx) {
            Ok(None) => rewritten.push(None),
            Ok(Some(text)) => {
                if let Err(error) = set.parse(&one.name, &text.text) {
                    let range = text.original(&error.place.range);
                    problems.push(one.problem(&error.message, &range));
                }
                rewritten.push(Some(text));
            }
            Err(found) => problems.extend(found),
        }
    }
    if !problems.is_empty() {
        return Err(problems);
    }
    let mut run = chance.run(set, prepared.limits(), cx);
    let mut texts = Vec::with_capacity(prepared.manifests().len());
    for one in prepared.manifests() {
        let dot = dot(prepared, one, values, cx, namespace);
        match run.execute(&one.name, dot) {
            Ok(text) => texts.push(Text {
                origin: Arc::clone(&one.manifest.path),
                span: one.start(),
                text,
            }),
            Err(mut error) => {
                error.message = cx.masked(prepared, &error.message);
                problems.push(failed(prepared, &rewritten, one, &error));
            }
        }
    }
    if problems.is_empty() {
        Ok((texts, run.into_memo()))
    } else {
        Err(problems)
    }
}

fn rewrite(
    prepared: &Prepared,
    one: &PreparedManifest,
    cx: &Context<'_>,
) -> Result<Option<Rewritten>, Vec<Diagnostic>> {
    let Some(macros) = &one.macros else {
        return Ok(None);
    };
    let mut resolver = Resolver::new(cx);
    let mut values = Vec::new();
    for read in macros.uses() {
        if let Ok(value) = resolver.read(prepared, read) {
            values.push(value);
        }
    }
    if resolver.problems.is_empty() {
        Ok(Some(macros.rewrite(&one.manifest.text, &values)))
    } else {
        Err(resolver.problems)
    }
}

/// What a manifest sees: `.Values`, `.Release`, `.Capabilities`, and `.Spectro` as Palette has it.
fn dot(
    prepared: &Prepared,
    one: &PreparedManifest,
    values: &Value,
    cx: &Context<'_>,
    namespace: &str,
) -> template::Value {
    let layer = prepared.layer();
    let own = if layer.pack.is_some() {
        values.at(["manifests", &one.manifest.name])
    } else {
        Some(values)
    };
    let own = match own {
        None | Some(Value::Null) => template::Value::Map(Map::default()),
        Some(own) => template::Value::from(own),
    };
    let text = |text: &str| template::Value::from(text);
    let map = |entries: Vec<(&str, template::Value)>| {
        template::Value::Map(entries.into_iter().collect::<Map>())
    };
    let system = |path: &str| match cx.system(prepared, path) {
        Some(value) => template::Value::from(&value),
        None => text(""),
    };
    map(vec![
        ("Values", own),
        (
            "Release",
            map(vec![
                ("Name", text(layer.name.as_str())),
                ("Namespace", text(namespace)),
                ("Service", text("Helm")),
                ("IsInstall", true.into()),
                ("IsUpgrade", false.into()),
                ("Revision", template::Value::int(1)),
            ]),
        ),
        (
            "Template",
            map(vec![
                ("Name", text(&one.name)),
                ("BasePath", text("manifests")),
            ]),
        ),
        (
            "Spectro",
            map(vec![
                ("cluster", system("cluster.name")),
                ("apiServer", system("cluster.kubevip")),
            ]),
        ),
        ("Capabilities", capabilities::seen(&cx.stack().capabilities)),
    ])
}

fn failed(
    prepared: &Prepared,
    rewritten: &[Option<Rewritten>],
    root: &PreparedManifest,
    error: &ExecError,
) -> Diagnostic {
    let place = error.place().and_then(|place| {
        let mut all = prepared.manifests().iter().zip(rewritten);
        let (one, rewritten) = all.find(|(one, _)| one.name == place.template)?;
        let range = match rewritten {
            Some(text) => text.original(&place.range),
            None => place.range.clone(),
        };
        Some((one, range))
    });
    let (one, range) = place.unwrap_or((root, 0..0));
    let problem = one.problem(&error.message, &range);
    if error.message.contains("nil pointer") && prepared.pack_name().is_some() {
        let name = &root.manifest.name;
        return problem.help(format!(
            "its values stand under `manifests.{name}` in the layer's values"
        ));
    }
    problem
}

/// Values for a manifest that the pack does not have are most likely misspelt.
fn stray_manifests(prepared: &Prepared, warnings: &mut Vec<Diagnostic>) {
    let all = prepared.merged().get("manifests").and_then(Node::as_map);
    let (Some(entries), Some(pack)) = (all, prepared.pack_name()) else {
        return;
    };
    for entry in entries {
        let known = |one: &PreparedManifest| *one.manifest.name == *entry.key;
        if !prepared.manifests().iter().any(known) {
            let summary = format!("pack `{pack}` has no manifest `{}`", entry.key);
            let warning = Diagnostic::warning(summary).at(entry.key_span);
            warnings.push(warning.label("these values are read by nobody"));
        }
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use crate::render::fixture::World;
    use crate::render::namespaces::join;
    use crate::yaml;

    fn shown(world: &World) -> String {
        match world.render() {
            Err(problems) => problems,
            Ok(rendered) => {
                let mut out = String::new();
                for object in &rendered.objects {
                    out.push_str(&format!("# {}\n", object.origin));
                    out.push_str(&yaml::write_ordered(&object.value));
                }
                for wish in &rendered.namespaces {
                    out.push_str(&format!(
                        "# namespace {} from {}: {:?} {:?}\n",
                        wish.name, wish.origin, wish.labels, wish.annotations
                    ));
                }
                out.push_str(&world.show(&rendered.warnings));
                out
            }
        }
    }

    #[test]
    fn a_pack_renders_with_its_own_values() {
        let mut world = World::new();
        let manifest = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: {{ .Release.Name }}}\ndata:\n  size: {{ .Values.size | quote }}\n  kube: {{ .Capabilities.KubeVersion.Version }}\n  apps: {{ .Capabilities.APIVersions.Has \"apps/v1\" | quote }}\n  cluster: {{ .Spectro.cluster }}\n{{- if .Values.more }}\n---\napiVersion: v1\nkind: Namespace\nmetadata: {name: more, labels: {a: b}}\n{{- end }}\n";
        world.pack(
            "web",
            "pack:\n  namespace: web\n  additionalNamespaces: a, b\n  namespaceLabels: {web: \"k=v,l=w\", kube-system: x=y}\nmanifests: {cfg: {size: 3, more: true}, cgf: {}}\n",
            &[("cfg", manifest)],
        );
        insta::assert_snapshot!(shown(&world), @r#"
        # manifests/cfg.yaml
        apiVersion: v1
        kind: ConfigMap
        metadata:
          name: web
          namespace: web
        data:
          apps: "true"
          cluster: prod-1
          kube: v1.33.2
          size: "3"
        # namespace web from `pack.namespace`: {} {}
        # namespace a from `pack.additionalNamespaces`: {} {}
        # namespace b from `pack.additionalNamespaces`: {} {}
        # namespace web from `pack.namespaceLabels`: {"k": "v", "l": "w"} {}
        # namespace more from `manifests/cfg.yaml`: {"a": "b"} {}
        warning: pack `web` has no manifest `cgf`
         --> values.yaml:5:41
          |
        5 | manifests: {cfg: {size: 3, more: true}, cgf: {}}
          |                                         ^^^ these values are read by nobody
        warning: layer `web` has wishes for namespace `kube-system` in `pack.namespaceLabels`, which is the cluster's own and stays as it is
         --> values.yaml:4:20
          |
        4 |   namespaceLabels: {web: "k=v,l=w", kube-system: x=y}
          |                    ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
        "#);
    }

    #[test]
    fn own_manifests_see_all_values_and_macros_in_their_text() {
        let mut world = World::new();
        world.bind("word", "with \"quotes\" {{ and }} braces", false);
        let manifest = "{{- if eq .spectro.system.cloud.type \"aws\" }}\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\ndata:\n  a: {{ .Values.a | quote }}\n  word: {{ .spectro.var.word | squote }}\n{{- end }}\n";
        world.manifests("extra", &[("c", manifest)]);
        world.layers[0].values = vec![world.node("a: 1")];
        insta::assert_snapshot!(shown(&world), @r#"
        # manifests/c.yaml
        apiVersion: v1
        kind: ConfigMap
        metadata:
          name: c
          namespace: default
        data:
          a: "1"
          word: with "quotes" {{ and }} braces
        "#);
    }

    #[test]
    fn a_missing_namespace_is_default_and_told_when_it_matters() {
        let mut world = World::new();
        world.pack(
            "web",
            "{}",
            &[("p", "{apiVersion: v1, kind: Pod, metadata: {name: p}}")],
        );
        insta::assert_snapshot!(shown(&world), @r"
        # manifests/p.yaml
        apiVersion: v1
        kind: Pod
        metadata:
          name: p
          namespace: default
        warning: layer `web` names no namespace: 1 of its objects go to `default`
         --> values.yaml:1:1
          |
        1 | {}
          | ^^
          |
          = help: set `pack.namespace` in its values
        ");
        let mut world = World::new();
        world.pack(
            "web",
            "{}",
            &[("p", "{apiVersion: v1, kind: Node, metadata: {name: p}}")],
        );
        assert_eq!(world.render().unwrap().warnings, []);
    }

    #[test]
    fn errors_of_templates_point_into_the_manifest() {
        let mut world = World::new();
        world.bind("a", "a rather long text in place of a short macro", false);
        world.pack(
            "web",
            "{}",
            &[
                ("a", "x: {{ .spectro.var.a }}\ny: {{ .Values.b.c }}\n"),
                ("b", "x: 1\ny: {{ fail \"no\" }}\n"),
            ],
        );
        insta::assert_snapshot!(shown(&world), @r#"
        error: manifest `manifests/a.yaml`: nil pointer evaluating interface {}.c
         --> manifests/a.yaml:2:7
          |
        2 | y: {{ .Values.b.c }}
          |       ^^^^^^^^^^^
          |
          = help: its values stand under `manifests.a` in the layer's values
        error: manifest `manifests/b.yaml`: error calling fail: no
         --> manifests/b.yaml:2:7
          |
        2 | y: {{ fail "no" }}
          |       ^^^^^^^^^
        "#);
        let mut world = World::new();
        world.pack(
            "web",
            "{}",
            &[("a", "x: {{ .Values.a }\n"), ("b", "{{ end }}")],
        );
        insta::assert_snapshot!(shown(&world), @r#"
        error: manifest `manifests/a.yaml`: unexpected "}" in operand
         --> manifests/a.yaml:1:17
          |
        1 | x: {{ .Values.a }
          |                 ^
        error: manifest `manifests/b.yaml`: unexpected {{end}}
         --> manifests/b.yaml:1:8
          |
        1 | {{ end }}
          |        ^^
        "#);
    }

    #[test]
    fn wishes_of_layers_are_joined_or_contradict_each_other() {
        let labels = |value: &str| {
            let mut world = World::new();
            world.pack(
                "one",
                "pack: {namespace: web, namespaceLabels: {web: \"a=1,b=2\"}}",
                &[],
            );
            let one = world.render().unwrap().namespaces;
            let mut world = World::new();
            let values = format!(
                "pack: {{namespace: web, namespaceLabels: {{web: \"b={value},c=3\"}}, namespaceAnnotations: {{web: x=y}}}}"
            );
            world.pack("two", &values, &[]);
            let two = world.render().unwrap().namespaces;
            match join(one.iter().chain(&two)) {
                Ok(objects) => objects
                    .iter()
                    .map(|object| yaml::write_ordered(&object.value))
                    .collect(),
                Err(problems) => world.show(&problems),
            }
        };
        insta::assert_snapshot!(labels("2"), @r#"
        apiVersion: v1
        kind: Namespace
        metadata:
          name: web
          annotations:
            x: "y"
          labels:
            a: "1"
            b: "2"
            c: "3"
        "#);
        insta::assert_snapshot!(labels("5"), @r"
        error: layers `one` and `two` want different values for label `b` of namespace `web`
         = note: `2` in `pack.namespaceLabels` of `one`, `5` in `pack.namespaceLabels` of `two`
         = help: give both the same value, or give the layers namespaces of their own
        ");
    }
}
