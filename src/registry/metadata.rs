//! `pack.json`.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::diag::{Diagnostic, Spanned};
use crate::model::{Category, Cloud, Dependency, Resource, Version};
use crate::yaml::Node;

use super::constraints;
use super::fields::{Fields, text_of, wrong_type};
use super::words::{join, nearest};

/// The layers that packs name.
const LAYERS: [&str; 6] = ["kernel", "os", "k8s", "cni", "csi", "addon"];

/// The type of an add-on that names none.
pub(super) const DEFAULT_ADDON: &str = "system-app";

/// What `pack.json` says.
pub(super) struct Metadata {
    pub(super) name: Spanned<Arc<str>>,
    pub(super) display_name: Arc<str>,
    pub(super) version: Spanned<Version>,
    pub(super) category: Category,
    /// Where `addonType` stands.
    pub(super) addon_type: Option<Spanned<Arc<str>>>,
    pub(super) clouds: Vec<Spanned<Cloud>>,
    pub(super) annotations: BTreeMap<Arc<str>, Arc<str>>,
    pub(super) dependencies: Vec<Dependency>,
    pub(super) resources: Vec<Resource>,
}

/// The files that `pack.json` names.
#[derive(Default)]
pub(super) struct Named {
    pub(super) charts: Vec<Spanned<Arc<str>>>,
    pub(super) manifests: Vec<Spanned<Arc<str>>>,
}

/// Takes all from the parsed file; no metadata when something that a pack cannot do without is missing or wrong.
pub(super) fn read(node: &Node, problems: &mut Vec<Diagnostic>) -> (Option<Metadata>, Named) {
    let Some(fields) = Fields::of(node, "pack.json", problems) else {
        return (None, Named::default());
    };
    let metadata = Metadata::of(fields, problems);
    let named = Named {
        charts: fields.texts("charts", problems),
        manifests: fields.texts("kubeManifests", problems),
    };
    (metadata, named)
}

impl Metadata {
    fn of(fields: Fields<'_>, problems: &mut Vec<Diagnostic>) -> Option<Self> {
        let name = fields
            .required_text("name", problems)
            .and_then(|name| check_name(&name, problems));
        let display_name = fields.required_text("displayName", problems);
        let version = fields
            .required_text("version", problems)
            .and_then(|text| version(&text, problems));
        let addon_type = fields
            .text("addonType", problems)
            .filter(|kind| !kind.value.trim().is_empty());
        let category = fields
            .required_text("layer", problems)
            .and_then(|layer| checked_category(&layer, addon_type.as_ref(), problems));
        let (dependencies, resources) = fields
            .get("constraints")
            .map(|node| constraints::read(node, problems))
            .unwrap_or_default();
        let clouds = clouds(fields, problems);
        let annotations = annotations(fields, problems);
        Some(Self {
            name: name?,
            display_name: display_name?.value.into(),
            version: version?,
            category: category?,
            addon_type: addon_type.map(|text| Spanned::new(text.value.into(), text.span)),
            clouds,
            annotations,
            dependencies,
            resources,
        })
    }
}

fn check_name(name: &Spanned<&str>, problems: &mut Vec<Diagnostic>) -> Option<Spanned<Arc<str>>> {
    let fine = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    if name.value.bytes().all(fine) && name.value.starts_with(|c: char| c.is_ascii_alphanumeric()) {
        return Some(Spanned::new(name.value.into(), name.span));
    }
    problems.push(
        Diagnostic::error(format!("`{}` cannot be the name of a pack", name.value))
            .at(name.span)
            .help("letters, digits, `-`, `_` and `.` may stand in it, a letter or a digit first"),
    );
    None
}

/// A version with its place.
pub(super) fn version(
    text: &Spanned<&str>,
    problems: &mut Vec<Diagnostic>,
) -> Option<Spanned<Version>> {
    match Version::new(text.value.trim()) {
        Ok(version) => Some(Spanned::new(version, text.span)),
        Err(error) => {
            problems.push(Diagnostic::error(error.to_string()).at(text.span));
            None
        }
    }
}

/// What is wrong with a layer or a type of add-on.
pub(super) enum CategoryProblem {
    UnknownLayer,
    /// The type of the add-on is the name of a core layer.
    CoreAddon(Category),
    BadAddon,
}

/// The category that `layer` and `addonType` come to.
pub(super) fn category(layer: &str, addon_type: Option<&str>) -> Result<Category, CategoryProblem> {
    match layer {
        // A kernel stands at the bottom, as an operating system does.
        "kernel" | "os" => Ok(Category::Os),
        "k8s" => Ok(Category::K8s),
        "cni" => Ok(Category::Cni),
        "csi" => Ok(Category::Csi),
        "addon" => match addon_type.map(addon_word).as_deref() {
            None | Some("") => Ok(Category::Addon(DEFAULT_ADDON.into())),
            Some(word) => match word.parse() {
                Ok(Category::Addon(name)) => Ok(Category::Addon(name)),
                Ok(core) => Err(CategoryProblem::CoreAddon(core)),
                Err(_) => Err(CategoryProblem::BadAddon),
            },
        },
        _ => Err(CategoryProblem::UnknownLayer),
    }
}

fn checked_category(
    layer: &Spanned<&str>,
    addon_type: Option<&Spanned<&str>>,
    problems: &mut Vec<Diagnostic>,
) -> Option<Category> {
    let addon_span = addon_type.map_or(layer.span, |kind| kind.span);
    let addon_text = addon_type.map_or("", |kind| kind.value);
    let problem = match category(layer.value, addon_type.map(|kind| kind.value)) {
        Ok(category) => return Some(category),
        Err(CategoryProblem::UnknownLayer) => {
            let problem =
                Diagnostic::error(format!("unknown layer `{}`", layer.value)).at(layer.span);
            match nearest(layer.value, LAYERS) {
                Some(near) => problem.help(format!("did you mean `{near}`?")),
                None => problem.help(format!("a layer is {}", join(LAYERS, "or"))),
            }
        }
        Err(CategoryProblem::CoreAddon(core)) => {
            Diagnostic::error(format!("`{core}` is a core layer, not a type of add-on"))
                .at(addon_span)
                .help(format!(
                    "write `\"layer\": \"{core}\"`, or another `addonType`"
                ))
        }
        Err(CategoryProblem::BadAddon) => {
            Diagnostic::error(format!("`{addon_text}` cannot be a type of add-on"))
                .at(addon_span)
                .help("letters, digits, spaces and dashes may stand in it")
        }
    };
    problems.push(problem);
    None
}

/// An `addonType` as categories are written: `system app` is `system-app`.
pub(super) fn addon_word(kind: &str) -> String {
    kind.trim()
        .chars()
        .map(|c| match c {
            ' ' | '_' => '-',
            other => other.to_ascii_lowercase(),
        })
        .collect()
}

/// `cloudTypes`, a list, or `cloudType`, a string; packs write either form under either name.
fn clouds(fields: Fields<'_>, problems: &mut Vec<Diagnostic>) -> Vec<Spanned<Cloud>> {
    let mut found = Vec::new();
    for key in ["cloudTypes", "cloudType"] {
        let Some(node) = fields.get(key) else {
            continue;
        };
        let what = format!("an element of `{key}`");
        let texts: Vec<_> = match (node.as_list(), node.as_str()) {
            (Some(list), _) => list
                .iter()
                .filter_map(|element| text_of(element, &what, problems))
                .collect(),
            (None, Some(text)) => vec![Spanned::new(text, node.span)],
            (None, None) => {
                problems.push(wrong_type(node, &format!("`{key}`"), "a list of strings"));
                continue;
            }
        };
        found.extend(
            texts
                .into_iter()
                .filter(|text| !text.value.is_empty())
                .map(|text| Spanned::new(Cloud::new(text.value), text.span)),
        );
    }
    found
}

fn annotations(fields: Fields<'_>, problems: &mut Vec<Diagnostic>) -> BTreeMap<Arc<str>, Arc<str>> {
    let Some(node) = fields.get("annotations") else {
        return BTreeMap::new();
    };
    let Some(entries) = node.as_map() else {
        problems.push(wrong_type(node, "`annotations`", "a mapping"));
        return BTreeMap::new();
    };
    entries
        .iter()
        .filter_map(|entry| {
            let what = format!("the annotation `{}`", entry.key);
            let text = text_of(&entry.value, &what, problems)?;
            Some((entry.key.as_str().into(), text.value.into()))
        })
        .collect()
}
