//! `pack.json`: what it is, for which clouds, and what it demands.

use crate::diag::{Diagnostic, Span};
use crate::model::{Category, Dependency, DependencyKind, Resource};
use crate::yaml::Node;

use super::super::metadata::{Metadata, addon_word};
use super::super::pack::Parts;
use super::super::words::nearest;

const FIELDS: [&str; 17] = [
    "addonSubType",
    "addonType",
    "annotations",
    "ansibleRoles",
    "charts",
    "cloudType",
    "cloudTypes",
    "constraints",
    "displayName",
    "eol",
    "group",
    "kubeManifests",
    "kubeVersion",
    "layer",
    "name",
    "registry",
    "version",
];

const CLOUDS: [&str; 18] = [
    "aks",
    "all",
    "aws",
    "azure",
    "baremetal",
    "coxedge",
    "custom",
    "edge",
    "edge-native",
    "eks",
    "gcp",
    "gke",
    "libvirt",
    "maas",
    "openstack",
    "tencent",
    "tke",
    "vsphere",
];

const ADDONS: [&str; 11] = [
    "ai",
    "app-services",
    "authentication",
    "ingress",
    "load-balancer",
    "logging",
    "monitoring",
    "registry",
    "security",
    "servicemesh",
    "system-app",
];

pub(super) fn check(parts: &Parts, problems: &mut Vec<Diagnostic>) {
    unknown_fields(&parts.raw, problems);
    let Some(metadata) = &parts.metadata else {
        return;
    };
    if metadata.version.value.is_prerelease() {
        problems.push(
            Diagnostic::warning(format!("{} is a pre-release", metadata.version.value))
                .at(metadata.version.span)
                .help("trains and ranges pass it by; it has to be asked for by its full version"),
        );
    }
    categories(metadata, problems);
    if parts.named.charts.is_empty()
        && parts.named.manifests.is_empty()
        && !matches!(metadata.category, Category::Os | Category::K8s)
    {
        problems.push(
            Diagnostic::warning("the pack has neither charts nor manifests")
                .at(metadata.name.span)
                .help("name them under `charts` or `kubeManifests`"),
        );
    }
    for (at, dependency) in metadata.dependencies.iter().enumerate() {
        check_dependency(dependency, metadata, problems);
        let same = |other: &&Dependency| {
            other.pack == dependency.pack
                && other.kind == dependency.kind
                && other.layer == dependency.layer
        };
        if let Some(first) = metadata.dependencies[..at].iter().find(same) {
            problems.push(
                Diagnostic::warning(format!("two constraints of one type on `{}`", first.pack))
                    .at(dependency.span)
                    .also(first.span, "the first one")
                    .help("both must hold; make one of them"),
            );
        }
    }
    for resource in &metadata.resources {
        check_resource(resource, problems);
    }
    check_components(&parts.raw, &parts.values, problems);
}

/// Packs carry fields of their own (`commit_msg`), so only what looks like a slip of the pen is worth a word.
fn unknown_fields(node: &Node, problems: &mut Vec<Diagnostic>) {
    for entry in node.as_map().unwrap_or_default() {
        if FIELDS.contains(&entry.key.as_str()) {
            continue;
        }
        if let Some(near) = nearest(&entry.key, FIELDS) {
            problems.push(
                Diagnostic::warning(format!("unknown field `{}`", entry.key))
                    .at(entry.key_span)
                    .help(format!("did you mean `{near}`?")),
            );
        }
    }
}

fn categories(metadata: &Metadata, problems: &mut Vec<Diagnostic>) {
    let mut unknown = |what: &str, word: &str, shown: &str, known: &[&str], span: Span| {
        let problem = Diagnostic::warning(format!("unknown {what} `{shown}`")).at(span);
        problems.push(match nearest(word, known.iter().copied()) {
            Some(near) => problem.help(format!("did you mean `{near}`?")),
            None => problem.help("it is kept as it is; known ones sort and fit better"),
        });
    };
    for cloud in &metadata.clouds {
        let word = cloud.value.as_str();
        if !CLOUDS.contains(&word) {
            unknown("cloud type", word, word, &CLOUDS, cloud.span);
        }
    }
    let Some(addon) = &metadata.addon_type else {
        return;
    };
    let word = addon_word(&addon.value);
    if !ADDONS.contains(&word.as_str()) {
        unknown("type of add-on", &word, &addon.value, &ADDONS, addon.span);
    }
}

fn check_dependency(dependency: &Dependency, metadata: &Metadata, problems: &mut Vec<Diagnostic>) {
    let Dependency {
        pack,
        min,
        max,
        kind,
        span,
        ..
    } = dependency;
    if let (Some(min), Some(max)) = (min, max)
        && !min.within(None, Some(max))
    {
        problems.push(
            Diagnostic::error(format!("no version of `{pack}` can fulfil this constraint"))
                .at(*span)
                .label(format!("{min} is above {max}"))
                .help("swap `minVersion` and `maxVersion`, or leave one of them out"),
        );
    }
    if *kind == DependencyKind::Optional && min.is_none() && max.is_none() {
        problems.push(
            Diagnostic::warning(format!("this constraint on `{pack}` demands nothing"))
                .at(*span)
                .label("optional, and without bounds")
                .help("give it a `minVersion` or `maxVersion`, or `\"type\": \"required\"`"),
        );
    }
    if *kind == DependencyKind::Required && *pack == metadata.name.value {
        problems.push(
            Diagnostic::error(format!("`{pack}` requires itself"))
                .at(*span)
                .help(
                    "remove the constraint; `\"type\": \"upgrade\"` names what it takes over from",
                ),
        );
    }
}

fn check_resource(resource: &Resource, problems: &mut Vec<Diagnostic>) {
    if resource.components.is_empty() && resource.min.is_none_or(|min| min == 0) {
        problems.push(
            Diagnostic::warning("this resource constraint demands nothing")
                .at(resource.span)
                .help("give it a `minLimit` above 0, or `components`"),
        );
    }
}

/// Whether the values are there that components of resource constraints name.
fn check_components(pack: &Node, values: &Node, problems: &mut Vec<Diagnostic>) {
    let resources = pack
        .get("constraints")
        .and_then(|node| node.get("resources"));
    let components = resources
        .into_iter()
        .flat_map(elements)
        .filter_map(|resource| resource.get("components"))
        .flat_map(elements);
    for component in components {
        for (field, meaning) in [
            ("resourceRequestParamRef", "so this part counts for nothing"),
            ("replicaCountParamRef", "so one replica is counted"),
        ] {
            let Some(node) = component.get(field) else {
                continue;
            };
            if let Some(path) = node.as_str().filter(|path| !path.is_empty())
                && !is_there(values, path)
            {
                problems.push(
                    Diagnostic::warning(format!("`{path}` is not in values.yaml"))
                        .at(node.span)
                        .label(meaning)
                        .help("correct the path, or add the value"),
                );
            }
        }
    }
}

fn elements(node: &Node) -> &[Node] {
    node.as_list().unwrap_or_default()
}

/// Whether a dotted path leads to a value; keys may have dots in them.
fn is_there(values: &Node, path: &str) -> bool {
    if values.get(path).is_some() {
        return true;
    }
    path.match_indices('.').any(|(at, _)| {
        values
            .get(&path[..at])
            .is_some_and(|below| is_there(below, &path[at + 1..]))
    })
}
