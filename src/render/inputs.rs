//! What a layer reads on one cluster, and its values there.

use std::sync::Arc;

use crate::diag::Diagnostic;
use crate::yaml::{Node, Value};

use super::context::Context;
use super::macros::{Reference, Resolver};
use super::prepared::Prepared;

/// What the macros of a layer read on one cluster.
#[derive(Clone, Debug, PartialEq)]
pub struct Inputs {
    /// Each thing that is read, by its reference, with its value; nothing when it is undefined and may be.
    pub values: Vec<(Reference, Option<Value>)>,
    /// Whether something sensitive is among what the layer's values are made of: a sensitive variable, also by way of
    /// another pack, or a value that a pack's schema calls a password.
    pub sensitive: bool,
}

/// Looks up what the macros of a layer read on one cluster, without resolving the layer's values.
///
/// # Errors
/// Everything that is undefined and must not be.
pub fn inputs<'a>(prepared: &'a Prepared, cx: &'a Context<'a>) -> Result<Inputs, Vec<Diagnostic>> {
    let mut resolver = Resolver::new(cx);
    let mut values = Vec::with_capacity(prepared.uses().len());
    for read in prepared.uses() {
        if let Ok(value) = resolver.read(prepared, read) {
            values.push((read.reference.clone(), value));
        }
    }
    if resolver.problems.is_empty() {
        Ok(Inputs {
            values,
            sensitive: resolver.sensitive || !prepared.password_paths().is_empty(),
        })
    } else {
        Err(resolver.problems)
    }
}

/// The values of a layer on one cluster, macros resolved, with their places. Stand-ins of the context are in it.
///
/// # Errors
/// Everything that is undefined, and every macro that fails.
pub fn resolved<'a>(
    prepared: &'a Prepared,
    cx: &'a Context<'a>,
) -> Result<Arc<Node>, Vec<Diagnostic>> {
    if prepared.is_plain() {
        return Ok(Arc::clone(prepared.merged()));
    }
    let mut resolver = Resolver::new(cx);
    resolver
        .tree(prepared)
        .map(Arc::new)
        .map_err(|_| std::mem::take(&mut resolver.problems))
}

/// The values of a layer on one cluster, macros resolved. Stand-ins of the context are in it.
///
/// # Errors
/// Everything that is undefined, and every macro that fails.
pub fn values<'a>(
    prepared: &'a Prepared,
    cx: &'a Context<'a>,
) -> Result<Arc<Value>, Vec<Diagnostic>> {
    if prepared.is_plain() {
        return Ok(Arc::clone(prepared.plain_values()));
    }
    resolved(prepared, cx).map(|node| Arc::new(node.to_value()))
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use super::*;
    use crate::render::fixture::{World, edit_pack};

    fn world(values: &str) -> World {
        let mut world = World::new();
        world.pack("web", values, &[]);
        world.bind("port", 8080, false);
        world.bind("account", "123456789012", false);
        world.bind("flag", true, false);
        world.bind("token", "s3cret", true);
        world
    }

    #[test]
    fn macros_are_resolved_in_the_text() {
        let text = r#"
quoted: "{{ .spectro.var.account }}"
plain: id-{{ .spectro.var.port }}
typed: !x {{ .spectro.var.port }}
version: v{{ .spectro.system.kubernetes.version | substr 0 4 }}
missing: '{{ .spectro.pack.other-pack.some.value-x | default "d" }}'
empty: "{{ .stratiform.pack.other-pack.some }}"
foreign: "{{ .Values.x }} {{ include \"a\" . }}"
block: |
  name={{ .spectro.system.cluster.name }} {{- .spectro.var.flag -}}   !
"k-{{ .spectro.var.account }}": 1
own: "{{ .spectro.pack.web.plain }}/{{ .stratiform.system.project.name | upper }}"
list: [a, "{{ .spectro.var.port }}"]
"#;
        let text = text.replace("typed: !x {{", "typed: 0{{");
        insta::assert_snapshot!(world(&text).values(), @r#"
        block: |
          name=prod-1true!
        empty: ""
        foreign: '{{ .Values.x }} {{ include "a" . }}'
        k-123456789012: 1
        list:
        - a
        - "8080"
        missing: d
        own: id-8080/FLEET
        plain: id-8080
        quoted: "123456789012"
        typed: 8080
        version: v1.33
        "#);
    }

    #[test]
    fn plain_scalars_are_typed_afterwards_and_never_change_shape() {
        let mut world = world("a: x{{ .spectro.var.text | trimPrefix \"y\" }}");
        for (value, expected) in [("1", "a: x1\n"), (": b # c", "a: 'x: b # c'\n")] {
            world.bind("text", value, false);
            assert_eq!(world.values(), expected);
        }
    }

    #[test]
    fn what_is_undefined_is_told_with_its_place_and_a_way_out() {
        let world = world(
            "a: \"{{ .spectro.var.prot }}\"\nb: \"{{ .spectro.system.cluster.nmae }}\"\nc: \"{{ .spectro.macro.x }}\"\nd: \"{{ .spectro.system.user.name }}\"\ne: \"{{ .spectro.system.cloud.region }}\"\n",
        );
        insta::assert_snapshot!(world.values(), @r#"
        error: `.spectro.var.prot` is not defined
         --> values.yaml:1:4
          |
        1 | a: "{{ .spectro.var.prot }}"
          |    ^^^^^^^^^^^^^^^^^^^^^^^^^
          |
          = help: declare variable `prot` in profile `base`, or give a default: `| default "..."`
        error: `.spectro.system.cluster.nmae` is not defined
         --> values.yaml:2:4
          |
        2 | b: "{{ .spectro.system.cluster.nmae }}"
          |    ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
          |
          = help: did you mean `cluster.name`?
        error: `.spectro.macro.x` is not defined
         --> values.yaml:3:4
          |
        3 | c: "{{ .spectro.macro.x }}"
          |    ^^^^^^^^^^^^^^^^^^^^^^^^
          |
          = help: add `x` to the macros of the Project document, or give a default: `| default "..."`
        error: `.spectro.system.user.name` is not defined
         --> values.yaml:4:4
          |
        4 | d: "{{ .spectro.system.user.name }}"
          |    ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
          |
          = note: Palette knows this, a run of stratiform does not
          = help: write the value out, or give a default: `| default "..."`
        error: `.spectro.system.cloud.region` is not defined
         --> values.yaml:5:4
          |
        5 | e: "{{ .spectro.system.cloud.region }}"
          |    ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
          |
          = help: cluster `prod-1`: set `region`, or give a default: `| default "..."`
        "#);
        world.with(|prepared, cx| {
            assert_eq!(inputs(&prepared[0], cx).unwrap_err().len(), 5);
        });
    }

    #[test]
    fn macros_that_cannot_be_understood_are_told_before_anything_else() {
        let world = world(
            "a: \"{{ .spectro.x.y }}\"\nb: \"{{ if .spectro.var.a }}x{{ end }}\"\nc: \"{{ .spectro.var.a | nope }}\"\nd: \"{{ .spectro.var.a\"\n",
        );
        insta::assert_snapshot!(world.unprepared(), @r#"
        error: `.spectro.x.y` is not a macro: behind `.spectro` comes one of `system`, `var`, `macro` and `pack`
         --> values.yaml:1:4
          |
        1 | a: "{{ .spectro.x.y }}"
          |    ^^^^^^^^^^^^^^^^^^^^
        error: a macro cannot stand in `if`: `{{ if .spectro.var.a }}`
         --> values.yaml:2:4
          |
        2 | b: "{{ if .spectro.var.a }}x{{ end }}"
          |    ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
          |
          = help: values know only pipelines such as `{{ .spectro.var.name | default "x" }}`
        error: the macro `{{ .spectro.var.a | nope }}` cannot be understood
         --> values.yaml:3:4
          |
        3 | c: "{{ .spectro.var.a | nope }}"
          |    ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
          |
          = note: function "nope" not defined
        error: the macro `{{ .spectro.var.a` is never closed
         --> values.yaml:4:4
          |
        4 | d: "{{ .spectro.var.a"
          |    ^^^^^^^^^^^^^^^^^^^
          |
          = help: close it with `}}`
        "#);
    }

    #[test]
    fn inputs_are_just_what_is_read() {
        let world = world(
            "a: \"{{ .spectro.var.port }} {{ .spectro.var.port }}\"\nb: \"{{ .spectro.pack.none.x }}\"\n",
        );
        world.with(|prepared, cx| {
            let found = inputs(&prepared[0], cx).unwrap();
            let texts: Vec<String> = found
                .values
                .iter()
                .map(|(reference, value)| format!("{reference} = {value:?}"))
                .collect();
            assert_eq!(
                texts,
                [
                    ".spectro.var.port = Some(Int(8080))",
                    ".spectro.pack.none.x = None"
                ]
            );
            assert!(!found.sensitive);
        });
    }

    #[test]
    fn what_is_sensitive_stays_so_through_other_packs() {
        let mut world = world("a: \"{{ .spectro.pack.db.auth }}\"");
        world.pack(
            "db",
            "auth: {user: u, password: \"p-{{ .spectro.var.token }}\"}",
            &[],
        );
        world.with(|prepared, cx| {
            assert!(inputs(&prepared[0], cx).unwrap().sensitive);
            let stand_in = |_: &str, _: &Value| Value::from("***");
            let cx = cx.with_stand_in(&stand_in);
            let masked = values(&prepared[0], &cx).unwrap();
            let text = masked.get("a").and_then(Value::as_str);
            assert_eq!(text, Some(r#"{"user":"u","password":"p-***"}"#));
        });
    }

    #[test]
    fn passwords_of_a_schema_are_sensitive_too() {
        let mut world = world("a: \"{{ .spectro.pack.db.auth.password }}\"\n");
        world.pack("db", "auth: {password: hunter2}", &[]);
        let schema = world.node("auth.password: {schema: '{{ format \"${password}\" }}'}");
        edit_pack(&mut world.layers[1], |pack| pack.schema = Some(schema));
        world.with(|prepared, cx| {
            assert!(inputs(&prepared[0], cx).unwrap().sensitive);
            assert!(inputs(&prepared[1], cx).unwrap().sensitive);
            let stand_in = |name: &str, _: &Value| Value::from(format!("<{name}>"));
            let cx = cx.with_stand_in(&stand_in);
            for (at, path) in [(0, vec!["a"]), (1, vec!["auth", "password"])] {
                let masked = values(&prepared[at], &cx).unwrap();
                assert_eq!(
                    masked.at(path).and_then(Value::as_str),
                    Some("<auth.password>")
                );
            }
        });
    }

    #[test]
    fn packs_that_refer_to_each_other_in_a_circle_are_an_error() {
        let mut world = world("a: \"{{ .spectro.pack.db.b }}\"\nc: 1\n");
        world.pack(
            "db",
            "b: \"{{ .spectro.pack.web.a }}\"\nd: \"{{ .spectro.pack.web.c }}\"\n",
            &[],
        );
        insta::assert_snapshot!(world.values(), @r#"
        error: macros refer to each other in a circle
         --> values.yaml:1:4
          |
        1 | a: "{{ .spectro.pack.db.b }}"
          |    ^^^^^^^^^^^^^^^^^^^^^^^^^^
          |
          = note: `.spectro.pack.db.b` -> `.spectro.pack.web.a` -> `.spectro.pack.db.b`
          = help: write one of these values out
        "#);
    }

    #[test]
    fn messages_do_not_quote_what_is_sensitive() {
        let world = world("a: \"{{ fail .spectro.var.token }}\"");
        let text = world.values();
        assert!(text.contains("fails") && !text.contains("s3cret"), "{text}");
    }

    #[test]
    fn values_that_double_at_every_step_come_to_an_end() {
        let mut text = String::from("v0: x\n");
        for at in 1..40 {
            let read = format!("{{{{ .spectro.pack.web.v{} }}}}", at - 1);
            text.push_str(&format!("v{at}: \"{read}{read}\"\n"));
        }
        assert!(world(&text).values().contains("follows more than"));
    }
}
