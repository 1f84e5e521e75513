//! What is wrong with values, in the words of Helm's library (santhosh-tekuri/jsonschema 6).

use jsonschema::error::{TypeKind, ValidationErrorKind};
use jsonschema::{JsonType, ValidationError};
use serde_json::Value;

use super::super::{Tree, go};
use super::tree;

/// A problem and what it is made of.
pub(super) struct Problem {
    /// The place in the values: a JSON pointer.
    pub at: String,
    /// What is wrong.
    pub text: String,
    /// What is wrong with the parts, for problems that are made of others.
    pub causes: Vec<Problem>,
    /// Whether it says nothing but that there are several.
    pub is_group: bool,
}

/// The lines that Helm prints, and each problem with its place.
pub(super) fn tell(errors: &[ValidationError<'_>]) -> (String, Vec<(String, String)>) {
    let problems = tree::flat(tree::problems(errors, 0));
    let mut lines = Vec::new();
    let mut found = Vec::new();
    for problem in &problems {
        problem.lines(0, &mut lines);
        problem.leaves(&mut found);
    }
    (lines.join("\n"), found)
}

impl Problem {
    fn lines(&self, indent: usize, lines: &mut Vec<String>) {
        let place = quote(&self.at);
        lines.push(format!(
            "{}- at {place}: {}",
            "  ".repeat(indent),
            self.text
        ));
        for cause in &self.causes {
            cause.lines(indent + 1, lines);
        }
    }

    fn leaves(&self, found: &mut Vec<(String, String)>) {
        found.push((self.at.clone(), self.text.clone()));
        for cause in &self.causes {
            cause.leaves(found);
        }
    }
}

pub(super) fn words(error: &ValidationError<'_>) -> (String, Vec<Problem>) {
    use ValidationErrorKind as Kind;
    let value = &*error.instance;
    let bound = |keyword: &str, limit: &Value| {
        format!("{keyword}: got {}, want {}", number(value), number(limit))
    };
    let count = |keyword: &str, limit: &u64| {
        let got = match value {
            Value::String(text) => text.chars().count(),
            Value::Array(list) => list.len(),
            Value::Object(map) => map.len(),
            _ => 0,
        };
        let shown = |count: u64| number(&Value::from(count));
        format!(
            "{keyword}: got {}, want {}",
            shown(got as u64),
            shown(*limit)
        )
    };
    let text = match &error.kind {
        Kind::AnyOf { context } => return branches("'anyOf' failed", error, context),
        Kind::OneOfNotValid { context } => {
            return branches("'oneOf' failed, none matched", error, context);
        }
        Kind::OneOfMultipleValid { context } => {
            let fits = context.iter().enumerate();
            let fits: Vec<String> = fits
                .filter(|(_, errors)| errors.is_empty())
                .map(|(index, _)| index.to_string())
                .take(2)
                .collect();
            format!("'oneOf' failed, subschemas {} matched", fits.join(", "))
        }
        Kind::Type { kind } => {
            let got = type_name(value);
            format!("got {got}, want {}", wanted(kind))
        }
        Kind::Enum { options } => allowed(options.as_array().map_or(&[], Vec::as_slice), "enum"),
        Kind::Constant { expected_value } => allowed(std::slice::from_ref(expected_value), "const"),
        Kind::AdditionalProperties { unexpected } => {
            let names: Vec<String> = unexpected.iter().map(|name| quote(name)).collect();
            format!("additional properties {} not allowed", names.join(", "))
        }
        Kind::AdditionalItems { limit } => {
            let items = value.as_array().map_or(0, Vec::len);
            let more = items.saturating_sub(*limit);
            format!("last {more} additionalItem(s) not allowed")
        }
        Kind::Pattern { pattern } => {
            let text = value.as_str().unwrap_or_default();
            format!("{} does not match pattern {}", quote(text), quote(pattern))
        }
        Kind::Format { format } => format!("{} is not valid {format}", display(value)),
        Kind::Minimum { limit } => bound("minimum", limit),
        Kind::Maximum { limit } => bound("maximum", limit),
        Kind::ExclusiveMinimum { limit } => bound("exclusiveMinimum", limit),
        Kind::ExclusiveMaximum { limit } => bound("exclusiveMaximum", limit),
        Kind::MultipleOf { multiple_of } => bound("multipleOf", &Value::from(*multiple_of)),
        Kind::MinLength { limit } => count("minLength", limit),
        Kind::MaxLength { limit } => count("maxLength", limit),
        Kind::MinItems { limit } => count("minItems", limit),
        Kind::MaxItems { limit } => count("maxItems", limit),
        Kind::MinProperties { limit } => count("minProperties", limit),
        Kind::MaxProperties { limit } => count("maxProperties", limit),
        Kind::UniqueItems => equal_items(value),
        Kind::Contains => "no items match contains schema".to_owned(),
        Kind::Not { .. } => "'not' failed".to_owned(),
        Kind::FalseSchema => "false schema".to_owned(),
        Kind::PropertyNames { error } => {
            let name = error.instance.as_str().unwrap_or_default();
            let (text, causes) = words(error);
            let at = String::new();
            let is_group = false;
            let cause = Problem {
                at,
                text,
                causes,
                is_group,
            };
            return (format!("invalid propertyName {}", quote(name)), vec![cause]);
        }
        Kind::Required { property } => {
            let name = property.as_str().unwrap_or_default();
            format!("missing property {}", quote(name))
        }
        Kind::UnevaluatedProperties { .. } | Kind::UnevaluatedItems { .. } => {
            "false schema".to_owned()
        }
        _ => error.to_string(),
    };
    (text, Vec::new())
}

/// The problems of all branches, where each branch with several of them is a group of its own.
fn branches(
    text: &str,
    error: &ValidationError<'_>,
    context: &[Vec<ValidationError<'static>>],
) -> (String, Vec<Problem>) {
    let above = error.schema_path.as_str().matches('/').count() + 1;
    let at = error.instance_path.to_string();
    let groups = context
        .iter()
        .filter_map(|errors| tree::grouped(&at, tree::problems(errors, above)));
    (text.to_owned(), groups.collect())
}

fn wanted(kind: &TypeKind) -> String {
    match kind {
        TypeKind::Single(kind) => kind.to_string(),
        TypeKind::Multiple(kinds) => {
            // In the order that the library has for them, whatever the schema's.
            let order = [
                JsonType::Null,
                JsonType::Boolean,
                JsonType::Number,
                JsonType::Integer,
                JsonType::String,
                JsonType::Array,
                JsonType::Object,
            ];
            let names = order.into_iter().filter(|kind| kinds.contains(*kind));
            let names: Vec<String> = names.map(|kind| kind.to_string()).collect();
            names.join(" or ")
        }
    }
}

fn type_name(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}

fn allowed(values: &[Value], keyword: &str) -> String {
    if values
        .iter()
        .any(|value| value.is_array() || value.is_object())
    {
        return format!("'{keyword}' failed");
    }
    let shown: Vec<String> = values.iter().map(display).collect();
    let one_of = if shown.len() == 1 { "" } else { "one of " };
    format!("value must be {one_of}{}", shown.join(", "))
}

fn equal_items(value: &Value) -> String {
    let items = value.as_array().map_or(&[][..], Vec::as_slice);
    let pairs = (0..items.len()).flat_map(|j| (0..j).map(move |i| (i, j)));
    let equal = pairs.into_iter().find(|(i, j)| items[*i] == items[*j]);
    let (i, j) = equal.unwrap_or_default();
    format!("items at {i} and {j} are equal")
}

/// A number as messages show it, with its thousands apart.
fn number(value: &Value) -> String {
    let number = value.as_f64().unwrap_or(f64::NAN);
    let shown = go::printf("%v", &Tree::Float(number));
    let (sign, digits) = match shown.strip_prefix('-') {
        Some(rest) => ("-", rest),
        None => ("", shown.as_str()),
    };
    if let Some((digits, exponent)) = digits.split_once('e') {
        let raised = exponent.chars().filter_map(|c| match c {
            '-' => Some('⁻'),
            '0'..='9' => "⁰¹²³⁴⁵⁶⁷⁸⁹".chars().nth(usize::from(c as u8 - b'0')),
            _ => None,
        });
        let raised: String = raised.collect();
        return format!("{sign}{digits}×10{raised}");
    }
    let (whole, rest) = digits
        .split_once('.')
        .map_or((digits, None), |(whole, rest)| (whole, Some(rest)));
    if !whole.bytes().all(|byte| byte.is_ascii_digit()) {
        return shown;
    }
    let mut grouped = String::new();
    for (index, digit) in whole.chars().enumerate() {
        if index > 0 && (whole.len() - index) % 3 == 0 {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    match rest {
        Some(rest) => format!("{sign}{grouped}.{rest}"),
        None => format!("{sign}{grouped}"),
    }
}

/// A value that is no list and no mapping.
fn display(value: &Value) -> String {
    match value {
        Value::String(text) => quote(text),
        Value::Null => "<nil>".to_owned(),
        Value::Array(_) | Value::Object(_) => "value".to_owned(),
        other => other.to_string(),
    }
}

/// A text in single quotes.
pub(super) fn quote(text: &str) -> String {
    let quoted = go::quoted(text);
    let inside = quoted.get(1..quoted.len().saturating_sub(1)).unwrap_or("");
    let inside = inside.replace("\\\"", "\"").replace('\'', "\\'");
    format!("'{inside}'")
}
