//! All rules of a schema, and values checked against them.

use std::sync::Arc;

use crate::diag::{Diagnostic, Span};
use crate::render::merge::defaults;
use crate::render::path;
use crate::render::prepared::Prepared;
use crate::yaml::{Node, NodeKind};

use super::expression::Expression;
use super::format::{Format, scalar};

/// The rules of a pack's `schema.yaml`.
#[derive(Clone, Debug)]
pub struct Schema {
    rules: Vec<Rule>,
}

#[derive(Clone, Debug)]
struct Rule {
    path: Arc<str>,
    required: bool,
    readonly: bool,
    format: Option<Format>,
    hints: Vec<String>,
    span: Span,
}

impl Schema {
    /// Reads the rules out of a parsed `schema.yaml`; an empty file has none.
    ///
    /// # Errors
    /// Everything that is no rule.
    pub fn parse(node: &Node) -> Result<Self, Vec<Diagnostic>> {
        let mut rules = Vec::new();
        let mut problems = Vec::new();
        let entries = match &node.kind {
            NodeKind::Null => &[],
            NodeKind::Map(entries) => entries.as_slice(),
            _ => {
                let summary = format!("a values schema is a mapping, not {}", node.kind_name());
                return Err(vec![Diagnostic::error(summary).at(node.span)]);
            }
        };
        for entry in entries {
            let schema = entry.value.get("schema");
            let Some((text, span)) = schema.and_then(|node| Some((node.as_str()?, node.span)))
            else {
                let summary = format!("the schema of `{}` has no text under `schema`", entry.key);
                problems.push(Diagnostic::error(summary).at(entry.key_span));
                continue;
            };
            match Expression::parse(text) {
                Ok(rule) => rules.push(Rule {
                    path: entry.key.as_str().into(),
                    required: rule.required,
                    readonly: rule.readonly,
                    format: rule.format.as_deref().map(Format::parse),
                    hints: rule.hints,
                    span,
                }),
                Err(why) => {
                    let summary = format!("the schema of `{}` cannot be understood", entry.key);
                    problems.push(Diagnostic::error(summary).at(span).detail(why));
                }
            }
        }
        if problems.is_empty() {
            Ok(Self { rules })
        } else {
            Err(problems)
        }
    }

    /// The paths of passwords.
    pub fn passwords(&self) -> Vec<Arc<str>> {
        self.rules
            .iter()
            .filter(|rule| rule.format.as_ref().is_some_and(Format::is_password))
            .map(|rule| Arc::clone(&rule.path))
            .collect()
    }

    /// What about the schema itself cannot be checked, as warnings.
    pub fn warnings(&self) -> Vec<Diagnostic> {
        let texts = self.rules.iter().flat_map(|rule| {
            let warnings = rule.format.iter().flat_map(|format| &format.warnings);
            warnings.map(move |text| (rule, text))
        });
        texts
            .map(|(rule, text)| {
                Diagnostic::warning(format!("the schema of `{}`: {text}", rule.path)).at(rule.span)
            })
            .collect()
    }

    /// Checks values with macros resolved; every problem points to the place of the value.
    pub fn check(&self, prepared: &Prepared, values: &Node) -> Vec<Diagnostic> {
        let mut problems = Vec::new();
        for rule in &self.rules {
            for found in path::find(values, &rule.path) {
                rule.check(&found, &mut problems);
            }
        }
        if self.rules.iter().any(|rule| rule.readonly) {
            self.check_readonly(prepared, &mut problems);
        }
        problems
    }

    fn check_readonly(&self, prepared: &Prepared, problems: &mut Vec<Diagnostic>) {
        let layer = prepared.layer();
        let own = defaults(layer);
        let value = |root: &Node, path: &str| path::get(root, path).map(Node::to_value);
        for rule in self.rules.iter().filter(|rule| rule.readonly) {
            if value(prepared.merged(), &rule.path) == value(&own, &rule.path) {
                continue;
            }
            let place = layer
                .values
                .iter()
                .rev()
                .find_map(|values| path::get(values, &rule.path))
                .map_or(layer.span, |node| node.span);
            let problem = Diagnostic::error(format!("`{}` is read-only", rule.path))
                .at(place)
                .help("leave it as the pack has it");
            problems.push(rule.with_hints(problem));
        }
    }
}

impl Rule {
    /// A null is as good as nothing. An empty text is what a pack has for its users to fill in: it does not satisfy
    /// `required`, and has no format to fit.
    fn check(&self, found: &path::Found<'_>, problems: &mut Vec<Diagnostic>) {
        let text = found.node.map(|node| scalar(&node.to_value()));
        let (Some(node), Some(text)) = (found.node, text) else {
            if self.required {
                problems.push(self.missing(found.parent.span));
            }
            return;
        };
        if text.as_deref() == Some("") {
            if self.required {
                problems.push(self.missing(node.span));
            }
            return;
        }
        let Some(format) = &self.format else {
            return;
        };
        let result = match &text {
            None => Err(format!("must be one value, not {}", node.kind_name())),
            Some(text) => format.check(&node.kind, text),
        };
        if let Err(why) = result {
            let summary = format!("`{}` {why}", self.path);
            problems.push(self.with_hints(Diagnostic::error(summary).at(node.span)));
        }
    }

    fn missing(&self, span: Span) -> Diagnostic {
        let summary = format!("`{}` is required", self.path);
        self.with_hints(Diagnostic::error(summary).at(span).label("not set"))
    }

    fn with_hints(&self, mut problem: Diagnostic) -> Diagnostic {
        if !self.hints.is_empty() {
            let help = problem.help.into_iter().chain(self.hints.iter().cloned());
            problem.help = Some(help.collect::<Vec<_>>().join("; "));
        }
        problem
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use crate::render::fixture::{World, edit_pack};
    use crate::render::inputs::resolved;
    use crate::render::prepared::Prepared;

    fn check(schema: &str, defaults: &str, values: &str) -> String {
        let mut world = World::new();
        world.pack("web", defaults, &[]);
        world.bind("port", "70000", false);
        let schema = world.node(schema);
        world.layers[0].values = vec![world.node(values)];
        edit_pack(&mut world.layers[0], |pack| pack.schema = Some(schema));
        world.with(|prepared: &[std::sync::Arc<Prepared>], cx| {
            let values = resolved(&prepared[0], cx).unwrap();
            let schema = prepared[0].schema().unwrap();
            let mut problems = schema.warnings();
            problems.extend(schema.check(&prepared[0], &values));
            world.show(&problems)
        })
    }

    #[test]
    fn every_problem_points_to_the_value() {
        let schema = r#"
a.port: {schema: '{{ required | format "${number:[1-65535]}" | hints "the port" "of the service" }}'}
a.name: {schema: '{{ required }}'}
a.gone: {schema: '{{ required | format "${string}" }}'}
b.gone: {schema: '{{ required }}'}
c.d.$[].e: {schema: '{{ format "${list:[x,y]}" }}'}
c.d.$[1].f: {schema: '{{ required }}'}
fixed.key: {schema: '{{ readonly }}'}
odd: {schema: '{{ format "${ipv6}" }}'}
"#;
        let defaults = "a: {name: \"\"}\nc: {d: [{e: x}, {e: z}]}\nfixed: {key: 1}\nodd: 1\n";
        let values = "a: {port: \"{{ .spectro.var.port }}\"}\nfixed: {key: 2}\n";
        insta::assert_snapshot!(check(schema, defaults, values), @r#"
        warning: the schema of `odd`: the format `ipv6` is not known
         --> profile.yaml:9:15
          |
        9 | odd: {schema: '{{ format "${ipv6}" }}'}
          |               ^^^^^^^^^^^^^^^^^^^^^^^^
        error: `a.port` must be a number from 1 to 65535
         --> profile.yaml:1:11
          |
        1 | a: {port: "{{ .spectro.var.port }}"}
          |           ^^^^^^^^^^^^^^^^^^^^^^^^^
          |
          = help: the port; of the service
        error: `a.name` is required
         --> values.yaml:1:11
          |
        1 | a: {name: ""}
          |           ^^ not set
        error: `a.gone` is required
         --> values.yaml:1:4
          |
        1 | a: {name: ""}
          |    ^^^^^^^^^^ not set
        error: `c.d.$[].e` must be one of `x`, `y`
         --> values.yaml:2:21
          |
        2 | c: {d: [{e: x}, {e: z}]}
          |                     ^
        error: `c.d.$[1].f` is required
         --> values.yaml:2:17
          |
        2 | c: {d: [{e: x}, {e: z}]}
          |                 ^^^^^^ not set
        error: `fixed.key` is read-only
         --> profile.yaml:2:14
          |
        2 | fixed: {key: 2}
          |              ^
          |
          = help: leave it as the pack has it
        "#);
    }

    #[test]
    fn what_fits_is_silent() {
        let schema = r#"
a: {schema: '{{ required | format "${number}" }}'}
b: {schema: '{{ format "${boolean}" }}'}
c: {schema: '{{ format "${string}" }}'}
k.e.y/x: {schema: '{{ required }}'}
fixed: {schema: '{{ readonly }}'}
"#;
        let values = "a: \"12\"\nb: \"true\"\nc: \"\"\nk.e.y/x: 1\nfixed: 1\n";
        assert_eq!(check(schema, "fixed: 1", values), "");
    }

    #[test]
    fn a_schema_that_is_none_is_told() {
        let mut world = World::new();
        world.pack("web", "a: 1", &[]);
        let schema = world.node("a: {schema: '{{ requird }}'}\nb: 1\n");
        edit_pack(&mut world.layers[0], |pack| pack.schema = Some(schema));
        insta::assert_snapshot!(world.unprepared(), @r"
        error: the schema of `a` cannot be understood
         --> profile.yaml:1:13
          |
        1 | a: {schema: '{{ requird }}'}
          |             ^^^^^^^^^^^^^^^
          |
          = note: `requird` is none of `required`, `readonly`, `format` and `hints`
        error: the schema of `b` has no text under `schema`
         --> profile.yaml:2:1
          |
        2 | b: 1
          | ^
        ");
    }
}
