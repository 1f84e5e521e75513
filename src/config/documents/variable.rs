//! Profile variables: their declarations, and values checked against them.

use std::collections::HashMap;
use std::net::{Ipv4Addr, Ipv6Addr};

use crate::diag::{Diagnostic, Span};
use crate::model::{Format, Pattern, VarOption, Variable};
use crate::yaml::{Node, NodeKind, Value};

use super::check::Check;
use super::fields::Fields;
use super::shape::{Choice, Shape, Type, may, must};
use super::words::join;

const FORMATS: Choice = Choice {
    words: &[
        ("string", "any text"),
        ("number", "a decimal number"),
        ("boolean", "true or false"),
        ("version", "a semantic version"),
        ("ipv4", "an IPv4 address"),
        ("ipv4cidr", "an IPv4 network such as 10.0.0.0/8"),
        ("ipv6", "an IPv6 address"),
    ],
    hints: &[
        ("int", "a number is written `number`"),
        ("integer", "a number is written `number`"),
        ("bool", "true or false is written `boolean`"),
        ("text", "a text is written `string`"),
        ("cidr", "a network is written `ipv4cidr`"),
        (
            "password",
            "a password is a `string` with `sensitive: true`",
        ),
    ],
    ..Choice::PLAIN
};

const OPTION: Shape = Shape {
    name: "option",
    doc: "One of the values that a variable can have",
    fields: &[&[
        must("value", Type::Scalar, "the value"),
        may("label", Type::Text, "what people see in place of the value"),
        may("description", Type::Text, "what the value means"),
    ]],
    ..Shape::PLAIN
};

pub(super) const VARIABLE: Shape = Shape {
    name: "variable",
    doc: "A value that each cluster can set, read in values as `{{ .spectro.var.<name> }}`",
    fields: &[&[
        must("name", Type::Text, "the name, unique in the profile"),
        may(
            "displayName",
            Type::Text,
            "what people see in place of the name, unique in the profile",
        ),
        may("description", Type::Text, "what the variable is for"),
        may(
            "format",
            Type::Choice(&FORMATS),
            "the form that a value must have; `string` when left out",
        ),
        may(
            "regex",
            Type::Text,
            "a regular expression (RE2) that a value must match; put `^` and `$` around it to match the whole value",
        ),
        may(
            "required",
            Type::Bool,
            "whether a cluster must set it when there is no default",
        ),
        may(
            "default",
            Type::Scalar,
            "the value when a cluster sets none",
        ),
        may(
            "options",
            Type::List(&Type::ScalarOr(&OPTION)),
            "the values to choose from",
        ),
        may(
            "sensitive",
            Type::Bool,
            "whether the value is masked everywhere",
        ),
        may(
            "hidden",
            Type::Bool,
            "whether the variable is left out of what people see",
        ),
        may("readOnly", Type::Bool, "whether clusters may not set it"),
    ]],
    hints: &[
        ("type", "the form of a value is written `format`"),
        (
            "value",
            "the value that holds when a cluster sets none is written `default`",
        ),
        ("enum", "the values to choose from are written `options`"),
    ],
    ..Shape::PLAIN
};

/// Checks a value against a variable's format, regular expression and options. Texts are taken for what they say, since
/// values from the environment and from files are always texts: "7" is a number.
///
/// # Errors
/// What is wrong, as the rest of a sentence that begins with the variable's name: "must be a number, and `x` is not".
/// A sensitive value is not repeated in it.
pub fn check(variable: &Variable, value: &Value) -> Result<(), String> {
    let Some(text) = text_of(value) else {
        return Err(format!(
            "must be {}, and {} was found",
            form(variable.format),
            value.kind_name()
        ));
    };
    let shown = if variable.sensitive {
        "the value".to_owned()
    } else {
        format!("`{text}`")
    };
    let fits = match variable.format {
        Format::String => matches!(value, Value::String(_)),
        Format::Number => is_number(&text),
        Format::Boolean => text == "true" || text == "false",
        Format::Version => semver::Version::parse(&text).is_ok(),
        Format::Ipv4 => text.parse::<Ipv4Addr>().is_ok(),
        Format::Ipv4Cidr => is_network(&text),
        Format::Ipv6 => text.parse::<Ipv6Addr>().is_ok(),
    };
    if !fits {
        return Err(if variable.format == Format::String {
            format!("must be a text, and {shown} is {}", value.kind_name())
        } else {
            format!("must be {}, and {shown} is not", form(variable.format))
        });
    }
    if let Some(pattern) = &variable.regex
        && !pattern.0.is_match(&text)
    {
        return Err(format!(
            "must match `{}`, and {shown} does not",
            pattern.0.as_str()
        ));
    }
    let known = |option: &VarOption| text_of(&option.value).is_some_and(|known| known == text);
    if !variable.options.is_empty() && !variable.options.iter().any(known) {
        let options: Vec<_> = variable
            .options
            .iter()
            .filter_map(|option| text_of(&option.value))
            .collect();
        return Err(format!(
            "must be {}, and {shown} is not",
            join(options.iter().map(String::as_str), "or")
        ));
    }
    Ok(())
}

/// The text of a scalar; nothing for a list, a mapping or null.
fn text_of(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Bool(truth) => Some(truth.to_string()),
        Value::Int(number) => Some(number.to_string()),
        Value::Float(number) => Some(number.to_string()),
        Value::Null | Value::List(_) | Value::Map(_) => None,
    }
}

fn form(format: Format) -> &'static str {
    match format {
        Format::String => "a text",
        Format::Number => "a number",
        Format::Boolean => "`true` or `false`",
        Format::Version => "a semantic version such as 1.4.0",
        Format::Ipv4 => "an IPv4 address such as 10.0.0.1",
        Format::Ipv4Cidr => "an IPv4 network such as 10.0.0.0/8",
        Format::Ipv6 => "an IPv6 address such as fd00::1",
    }
}

fn is_number(text: &str) -> bool {
    text.bytes()
        .all(|byte| byte.is_ascii_digit() || b"+-.eE".contains(&byte))
        && text.parse::<f64>().is_ok_and(f64::is_finite)
}

fn is_network(text: &str) -> bool {
    text.split_once('/').is_some_and(|(address, length)| {
        address.parse::<Ipv4Addr>().is_ok()
            && length.parse::<u8>().is_ok_and(|bits| bits <= 32)
            && !length.starts_with('+')
    })
}

/// Decodes the variables of a profile.
pub(super) fn decode_all(nodes: &[Node], check: &mut Check<'_>) -> Vec<Variable> {
    let mut names: HashMap<&str, Span> = HashMap::new();
    let mut display_names: HashMap<&str, Span> = HashMap::new();
    for node in nodes {
        let fields = Fields::of(node);
        let unique = [("name", &mut names), ("displayName", &mut display_names)];
        for (field, seen) in unique {
            let Some(name) = fields.spanned(field) else {
                continue;
            };
            if let Some(first) = seen.get(name.value) {
                check.report(
                    Diagnostic::error(format!("two variables have the {field} `{}`", name.value))
                        .at(name.span)
                        .label("the second one")
                        .also(*first, "the first one")
                        .help(format!("give one of them another `{field}`")),
                );
            } else {
                seen.insert(name.value, name.span);
            }
        }
    }
    nodes
        .iter()
        .filter_map(|node| decode(Fields::of(node), check))
        .collect()
}

fn decode(fields: Fields<'_>, check: &mut Check<'_>) -> Option<Variable> {
    let format = match fields.text("format") {
        Some("number") => Format::Number,
        Some("boolean") => Format::Boolean,
        Some("version") => Format::Version,
        Some("ipv4") => Format::Ipv4,
        Some("ipv4cidr") => Format::Ipv4Cidr,
        Some("ipv6") => Format::Ipv6,
        _ => Format::String,
    };
    let regex = fields.spanned("regex").and_then(|regex| {
        regex::Regex::new(regex.value)
            .map(Pattern)
            .map_err(|error| check.report(bad_regex(&error, regex.value, regex.span)))
            .ok()
    });
    let name = fields.spanned("name");
    let mut variable = Variable {
        name: name.as_ref()?.value.into(),
        display_name: fields.shared("displayName"),
        description: fields.shared("description"),
        format,
        regex,
        required: fields.flag("required"),
        default: fields.get("default").map(Node::to_value),
        options: Vec::new(),
        sensitive: fields.flag("sensitive"),
        hidden: fields.flag("hidden"),
        read_only: fields.flag("readOnly"),
        span: name?.span,
    };
    variable.options = options(fields, &variable, check);
    if let (Some(node), Some(default)) = (fields.get("default"), &variable.default)
        && is_scalar(node)
        && let Err(why) = self::check(&variable, default)
    {
        let problem = Diagnostic::error(format!("the default of `{}` {why}", variable.name));
        check.report(misfit(problem, node, &variable, check));
    }
    if variable.default.is_none() {
        let why = if variable.read_only {
            Some(("readOnly", "no cluster can set it"))
        } else if variable.hidden && variable.required {
            Some((
                "hidden",
                "it is required, and nobody sees that it is to be set",
            ))
        } else {
            None
        };
        if let Some((field, why)) = why {
            check.report(
                Diagnostic::error(format!("`{}` needs a default: {why}", variable.name))
                    .at(fields.key_span(field))
                    .also(variable.span, "this variable")
                    .help("add `default:`"),
            );
        }
    }
    Some(variable)
}

fn options(fields: Fields<'_>, variable: &Variable, check: &mut Check<'_>) -> Vec<VarOption> {
    let mut seen: HashMap<String, Span> = HashMap::new();
    let mut options = Vec::new();
    for node in fields.list("options") {
        let inner = Fields::of(node);
        let Some(value_node) = (if node.as_map().is_some() {
            inner.get("value")
        } else {
            Some(node)
        }) else {
            continue;
        };
        if !is_scalar(value_node) {
            continue;
        }
        let value = value_node.to_value();
        if let Err(why) = self::check(variable, &value) {
            let problem = Diagnostic::error(format!("an option of `{}` {why}", variable.name));
            check.report(misfit(problem, value_node, variable, check));
        }
        let text = text_of(&value).unwrap_or_default();
        if let Some(first) = seen.get(&text) {
            check.report(
                Diagnostic::error(format!("the option `{text}` stands here twice"))
                    .at(value_node.span)
                    .label("the second one")
                    .also(*first, "the first one")
                    .help("remove one of them"),
            );
            continue;
        }
        seen.insert(text, value_node.span);
        options.push(VarOption {
            value,
            label: inner.shared("label"),
            description: inner.shared("description"),
        });
    }
    options
}

fn is_scalar(node: &Node) -> bool {
    !matches!(
        node.kind,
        NodeKind::Null | NodeKind::List(_) | NodeKind::Map(_)
    )
}

/// Says where a value that does not fit stands. A snippet shows whole lines, so a sensitive value gets none.
fn misfit(problem: Diagnostic, node: &Node, variable: &Variable, check: &Check<'_>) -> Diagnostic {
    if variable.sensitive {
        let source = check.sources.get(node.span.source);
        let place = source.position(node.span.start);
        return problem.detail(format!(
            "it is sensitive, so it is not shown; it stands in {}, line {}, column {}",
            source.name, place.line, place.column
        ));
    }
    let problem = problem.at(node.span);
    let written = check.written(node.span);
    match (variable.format, &node.kind) {
        (Format::String, NodeKind::Bool(_)) => problem.help(format!(
            "put it in quotes: \"{written}\", or say `format: boolean`"
        )),
        (Format::String, NodeKind::Int(_) | NodeKind::Float(_)) => problem.help(format!(
            "put it in quotes: \"{written}\", or say `format: number`"
        )),
        _ => problem,
    }
}

fn bad_regex(error: &regex::Error, text: &str, span: Span) -> Diagnostic {
    // The crate draws a picture of the place over several lines; its last line says what is wrong.
    let told = error.to_string();
    let why = told
        .lines()
        .last()
        .unwrap_or_default()
        .trim_start_matches("error: ")
        .to_owned();
    let problem =
        Diagnostic::error(format!("`{text}` is not a regular expression: {why}")).at(span);
    if text.contains("(?=") || text.contains("(?!") || text.contains("(?<") {
        problem.help("this is RE2: it has no look-around and no back-references")
    } else {
        problem
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use crate::diag::Sources;

    use super::*;

    fn variable(format: Format) -> Variable {
        let source = Sources::default().add("v", "");
        Variable {
            name: "v".into(),
            display_name: None,
            description: None,
            format,
            regex: None,
            required: false,
            default: None,
            options: Vec::new(),
            sensitive: false,
            hidden: false,
            read_only: false,
            span: Span {
                source,
                start: 0,
                end: 0,
            },
        }
    }

    #[test]
    fn formats_take_what_they_should() {
        let table: &[(Format, &[&str], &[&str])] = &[
            (Format::String, &["", "x", "1"], &[]),
            (
                Format::Number,
                &["0", "-7", "1.5", "1e3"],
                &["", "x", "0x1f", "inf", "NaN", "1 "],
            ),
            (
                Format::Boolean,
                &["true", "false"],
                &["yes", "True", "1", ""],
            ),
            (
                Format::Version,
                &["1.2.3", "1.2.3-rc.1+b"],
                &["1.2", "v1.2.3", "latest"],
            ),
            (
                Format::Ipv4,
                &["10.0.0.1"],
                &["10.0.0", "10.0.0.256", "::1"],
            ),
            (
                Format::Ipv4Cidr,
                &["10.0.0.0/8", "0.0.0.0/0"],
                &["10.0.0.0", "10.0.0.0/33", "10.0.0.0/+8", "10.0.0/8"],
            ),
            (Format::Ipv6, &["fd00::1", "::"], &["10.0.0.1", "fd00:::1"]),
        ];
        for (format, good, bad) in table {
            for text in *good {
                assert_eq!(check(&variable(*format), &Value::from(*text)), Ok(()));
            }
            for text in *bad {
                assert!(
                    check(&variable(*format), &Value::from(*text)).is_err(),
                    "{format:?} took {text}"
                );
            }
        }
        assert_eq!(check(&variable(Format::Number), &Value::Int(7)), Ok(()));
        assert_eq!(
            check(&variable(Format::Boolean), &Value::Bool(true)),
            Ok(())
        );
        assert!(check(&variable(Format::String), &Value::Int(7)).is_err());
        assert!(check(&variable(Format::String), &Value::Null).is_err());
    }

    #[test]
    fn a_sensitive_value_is_not_repeated() {
        let mut variable = variable(Format::Number);
        variable.sensitive = true;
        let why = check(&variable, &Value::from("hunter2")).unwrap_err();
        assert!(!why.contains("hunter2"), "{why}");
    }

    #[test]
    fn options_and_regex_hold_for_texts_too() {
        let mut sizes = variable(Format::Number);
        sizes.options = [1, 2]
            .map(|size| VarOption {
                value: Value::Int(size),
                label: None,
                description: None,
            })
            .to_vec();
        assert_eq!(check(&sizes, &Value::from("2")), Ok(()));
        assert_eq!(
            check(&sizes, &Value::Int(3)).unwrap_err(),
            "must be `1` or `2`, and `3` is not"
        );
        let mut zone = variable(Format::String);
        zone.regex = Some(Pattern(regex::Regex::new("^eu-").unwrap()));
        assert_eq!(
            check(&zone, &Value::from("us-1")).unwrap_err(),
            "must match `^eu-`, and `us-1` does not"
        );
    }
}
