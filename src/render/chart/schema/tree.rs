//! Errors as the tree that Helm's library makes of them.
//!
//! Our library gives them in a row, each with its path through the schema. Along that path, `allOf` is a problem that is
//! made of others, and so is every subschema in which there are several problems.

use jsonschema::ValidationError;
use jsonschema::error::ValidationErrorKind;

use super::words::{Problem, quote, words};

/// Keywords with subschemas by name: what comes behind them in a path is a name.
const NAMED: [&str; 4] = [
    "properties",
    "patternProperties",
    "dependentSchemas",
    "dependencies",
];
/// Keywords whose subschemas are about a part of the value.
const INWARD: [&str; 8] = [
    "properties",
    "patternProperties",
    "additionalProperties",
    "items",
    "prefixItems",
    "additionalItems",
    "unevaluatedProperties",
    "unevaluatedItems",
];

/// Something on an error's path through the schema at which problems are told together.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Step {
    AllOf,
    /// A subschema: several problems in it are one.
    Subschema,
    /// A schema that stands elsewhere: several problems in it are one.
    Reference,
}

/// The first such thing at or behind the part `from` of a schema path.
struct Stop<'p> {
    step: Step,
    /// The path up to it.
    path: &'p str,
    /// Its number of parts.
    len: usize,
    /// The place in the values that it is about.
    at: String,
}

fn stop<'p>(error: &'p ValidationError<'_>, from: usize) -> Option<Stop<'p>> {
    let path = error.schema_path.as_str();
    let mut inward = 0;
    let mut end = 0;
    let mut is_name = false;
    for (index, part) in path.split('/').skip(1).enumerate() {
        end += part.len() + 1;
        if std::mem::take(&mut is_name) {
            continue;
        }
        inward += usize::from(INWARD.contains(&part));
        is_name = NAMED.contains(&part);
        let step = match part {
            "allOf" => Step::AllOf,
            "$ref" | "$dynamicRef" | "$recursiveRef" => Step::Reference,
            "then" | "else" => Step::Subschema,
            part if INWARD.contains(&part) || is_name => Step::Subschema,
            _ => continue,
        };
        let (name, len) = match path[end..].split('/').nth(1) {
            Some(name) if is_name => (name.len() + 1, index + 2),
            _ => (0, index + 1),
        };
        // Where the path ends, the keyword itself is what is not met.
        if index >= from && end + name < path.len() {
            return Some(Stop {
                step,
                path: &path[..end + name],
                len,
                at: front(error.instance_path.as_str(), inward),
            });
        }
    }
    None
}

/// The first parts of a JSON pointer.
fn front(pointer: &str, parts: usize) -> String {
    let parts = pointer.split('/').skip(1).take(parts);
    parts.flat_map(|part| ["/", part]).collect()
}

/// The problems that errors are, where the first `from` parts of their schema paths are known already.
pub(super) fn problems(errors: &[ValidationError<'_>], from: usize) -> Vec<Problem> {
    let errors: Vec<_> = errors.iter().collect();
    gather(&errors, from)
}

/// The one error of a subschema after which Helm's library looks no further.
fn decisive<'e, 'v>(
    errors: &[&'e ValidationError<'v>],
    from: usize,
) -> Option<&'e ValidationError<'v>> {
    use ValidationErrorKind as Kind;
    let rank = |error: &ValidationError<'_>| match &error.kind {
        Kind::Type { .. } => Some(0),
        Kind::Constant { .. } => Some(1),
        Kind::Enum { .. } => Some(2),
        Kind::Format { .. } => Some(3),
        _ => None,
    };
    let own = |error: &&&ValidationError<'_>| {
        error.schema_path.as_str().matches('/').count() == from + 1 && rank(error).is_some()
    };
    errors
        .iter()
        .filter(own)
        .min_by_key(|error| rank(error))
        .copied()
}

/// Where a problem stands among those of one subschema.
fn rank(error: &ValidationError<'_>, is_inside: bool) -> u8 {
    use ValidationErrorKind as Kind;
    match &error.kind {
        _ if is_inside => 3,
        Kind::MinProperties { .. } | Kind::MinItems { .. } => 0,
        Kind::MaxProperties { .. } | Kind::MaxItems { .. } | Kind::UniqueItems => 1,
        Kind::Required { .. } => 2,
        Kind::AdditionalProperties { .. } | Kind::AdditionalItems { .. } => 4,
        Kind::PropertyNames { .. } => 5,
        Kind::Not { .. } => 6,
        Kind::AnyOf { .. } => 8,
        Kind::OneOfNotValid { .. } | Kind::OneOfMultipleValid { .. } => 9,
        _ => 3,
    }
}

/// The rank of `allOf`, and of `then` and `else`.
const ALL_OF: u8 = 7;
const BRANCH: u8 = 10;

fn gather(errors: &[&ValidationError<'_>], from: usize) -> Vec<Problem> {
    if let Some(error) = decisive(errors, from) {
        return vec![single(&[error], &mut [false], 0)];
    }
    let mut found: Vec<(u8, Problem)> = Vec::new();
    let mut told = vec![false; errors.len()];
    for (index, error) in errors.iter().enumerate() {
        if told[index] {
            continue;
        }
        let Some(stop) = stop(error, from) else {
            found.push((rank(error, false), single(errors, &mut told, index)));
            continue;
        };
        let mut inside = Vec::new();
        for (other, told) in errors.iter().zip(&mut told).skip(index) {
            let same = self::stop(other, from)
                .is_some_and(|other| other.path == stop.path && other.at == stop.at);
            if same && !*told {
                *told = true;
                inside.push(*other);
            }
        }
        let branch = stop.path.ends_with("/then") || stop.path.ends_with("/else");
        let order = if branch { BRANCH } else { rank(error, true) };
        match stop.step {
            Step::Subschema => {
                let inner = grouped(&stop.at, gather(&inside, stop.len));
                found.extend(inner.map(|inner| (order, inner)));
            }
            Step::Reference => {
                let inner = reference(&stop.at, gather(&inside, stop.len));
                found.extend(inner.map(|inner| (order, inner)));
            }
            Step::AllOf => {
                let all = Problem {
                    causes: parts(&inside, &stop),
                    at: stop.at,
                    text: "'allOf' failed".to_owned(),
                    is_group: false,
                };
                found.push((ALL_OF, all));
            }
        }
    }
    found.sort_by_key(|(rank, _)| *rank);
    found.into_iter().map(|(_, problem)| problem).collect()
}

/// The problems of each part of an `allOf`.
fn parts(errors: &[&ValidationError<'_>], stop: &Stop<'_>) -> Vec<Problem> {
    let part = |error: &ValidationError<'_>| {
        let rest = error.schema_path.as_str().get(stop.path.len() + 1..);
        let number = rest
            .unwrap_or_default()
            .split('/')
            .next()
            .unwrap_or_default();
        number.parse::<usize>().unwrap_or(0)
    };
    let mut numbers: Vec<usize> = errors.iter().map(|error| part(error)).collect();
    numbers.dedup();
    let groups = numbers.into_iter().filter_map(|number| {
        let own: Vec<_> = errors
            .iter()
            .copied()
            .filter(|error| part(error) == number)
            .collect();
        grouped(&stop.at, gather(&own, stop.len + 1))
    });
    groups.collect()
}

/// Several problems as one; nothing of none.
pub(super) fn grouped(at: &str, mut problems: Vec<Problem>) -> Option<Problem> {
    if problems.len() < 2 {
        return problems.pop();
    }
    Some(Problem {
        at: at.to_owned(),
        text: "validation failed".to_owned(),
        causes: problems,
        is_group: true,
    })
}

/// The problems behind a reference, which are told at the place of the reference.
fn reference(at: &str, problems: Vec<Problem>) -> Option<Problem> {
    let mut problem = grouped(at, flat(problems))?;
    problem.is_group = false;
    Some(problem)
}

/// What a single group is made of, in place of it.
pub(super) fn flat(mut problems: Vec<Problem>) -> Vec<Problem> {
    match &mut problems[..] {
        [only] if only.is_group => std::mem::take(&mut only.causes),
        _ => problems,
    }
}

/// One error; properties that one mapping lacks are told together.
fn single(errors: &[&ValidationError<'_>], told: &mut [bool], index: usize) -> Problem {
    let error = errors[index];
    told[index] = true;
    let (text, causes) = words(error);
    let mut problem = Problem {
        at: error.instance_path.to_string(),
        text,
        causes,
        is_group: false,
    };
    let missing = |other: &ValidationError<'_>| match &other.kind {
        ValidationErrorKind::Required { property }
            if other.schema_path == error.schema_path
                && other.instance_path == error.instance_path =>
        {
            property.as_str().map(quote)
        }
        _ => None,
    };
    let mut names = Vec::new();
    for (other, told) in errors.iter().zip(told).skip(index) {
        if let Some(name) = missing(other) {
            *told = true;
            names.push(name);
        }
    }
    let path: Vec<&str> = error.schema_path.as_str().split('/').collect();
    let by_name = ["dependencies", "dependentRequired"];
    let depends = path.iter().rposition(|part| by_name.contains(part));
    let depends = depends.filter(|at| at + 3 >= path.len() && !names.is_empty());
    if let Some(name) = depends.and_then(|at| path.get(at + 1)) {
        let names = names.join(", ");
        problem.text = format!("properties {names} required, if {} exists", quote(name));
    } else if names.len() > 1 {
        problem.text = format!("missing properties {}", names.join(", "));
    }
    problem
}
