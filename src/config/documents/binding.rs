//! Where clusters take the values of variables from, and the profiles that they name.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use crate::diag::{Diagnostic, Span, Spanned};
use crate::model::{BindingSource, ProfileName, ProfileRef};
use crate::yaml::{Entry, Node};

use super::check::Check;
use super::fields::Fields;
use super::shape::{Shape, Type, may, must};

pub(super) const SOURCE: Shape = Shape {
    name: "value source",
    doc: "Where a value comes from",
    fields: &[&[
        may(
            "fromEnv",
            Type::Text,
            "the environment variable that holds the value",
        ),
        may(
            "fromFile",
            Type::Text,
            "the file that holds the value, relative to the project's root; one final newline is dropped",
        ),
    ]],
    one_of: &["fromEnv", "fromFile"],
    hints: &[
        ("env", "an environment variable is named by `fromEnv`"),
        ("file", "a file is named by `fromFile`"),
        (
            "value",
            "a literal value stands there itself: `name: value`",
        ),
    ],
};

/// Values of variables, by name.
pub(super) const BINDINGS: Type = Type::Map(&Type::ScalarOr(&SOURCE));

pub(super) const PROFILE_REF: Shape = Shape {
    name: "profile reference",
    doc: "A profile that a cluster is made of",
    fields: &[&[
        must("name", Type::Name, "the profile's name"),
        may(
            "version",
            Type::Semver,
            "its exact version; may be left out when there is only one",
        ),
        may(
            "variables",
            BINDINGS,
            "values for this profile's variables, before the cluster's own",
        ),
    ]],
    ..Shape::PLAIN
};

/// What variables are bound to.
pub(super) type Bindings = BTreeMap<Arc<str>, Spanned<BindingSource>>;

/// Decodes values of variables.
pub(super) fn bindings(
    entries: &[Entry],
    mut keep: impl FnMut(&str) -> Arc<str>,
    check: &mut Check<'_>,
) -> Bindings {
    let mut all = Bindings::new();
    for entry in entries {
        if let Some(source) = source(&entry.value, check) {
            all.insert(keep(&entry.key), Spanned::new(source, entry.value.span));
        }
    }
    all
}

/// Decodes where one value comes from.
pub(super) fn source(node: &Node, check: &mut Check<'_>) -> Option<BindingSource> {
    if node.as_map().is_none() {
        return Some(BindingSource::Literal(node.to_value()));
    }
    let fields = Fields::of(node);
    if let Some(name) = fields.spanned("fromEnv") {
        if name.value.contains(['=', '$', '{', '\0']) || name.value.contains(char::is_whitespace) {
            check.report(
                Diagnostic::error(format!(
                    "`{}` cannot be the name of an environment variable",
                    name.value
                ))
                .at(name.span)
                .help("write the name alone: `fromEnv: PROD_TOKEN`"),
            );
            return None;
        }
        return Some(BindingSource::Env(name.value.into()));
    }
    let path = check.inside(&fields.spanned("fromFile")?)?;
    Some(BindingSource::File(path.to_string_lossy().into()))
}

/// Decodes the profiles that a cluster names. Nothing comes back when one of them cannot be used.
pub(super) fn profile_refs(nodes: &[Node], check: &mut Check<'_>) -> Option<Vec<ProfileRef>> {
    let mut seen: HashMap<&str, Span> = HashMap::new();
    let mut all = Vec::with_capacity(nodes.len());
    for node in nodes {
        let fields = Fields::of(node);
        let variables = bindings(fields.map("variables"), |name| name.into(), check);
        let Some(name) = fields.spanned("name") else {
            continue;
        };
        if let Some(first) = seen.get(name.value) {
            check.report(
                Diagnostic::error(format!("the profile `{}` is named twice", name.value))
                    .at(name.span)
                    .label("the second time")
                    .also(*first, "the first time")
                    .help("remove one of them: a cluster has a profile once, in one version"),
            );
            continue;
        }
        seen.insert(name.value, name.span);
        let version = fields
            .text("version")
            .and_then(|text| semver::Version::parse(text).ok());
        if let Ok(known) = ProfileName::new(name.value)
            && version.is_some() == fields.get("version").is_some()
        {
            all.push(ProfileRef {
                name: known,
                version,
                variables,
                span: name.span,
            });
        }
    }
    (all.len() == nodes.len()).then_some(all)
}
