//! `stratiform pack show`

use std::fmt::Write as _;

use serde_json::{Value, json};

use crate::cli::common::Invocation;
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::model::{Cloud, Dependency, DependencyKind, Pack, Preset, Version};
use crate::registry::{Found, Shown};

use super::{Wanted, with};

/// So many versions are told to people.
const VERSIONS: usize = 12;

pub(super) fn run(wanted: &Wanted, invocation: &Invocation) -> Result<Exit, Failure> {
    let text = with(wanted, invocation, |registries, shown| {
        let values = registries.values_of(&shown.content);
        Ok(if invocation.json {
            format!("{:#}\n", described(shown, &values))
        } else {
            told(shown, &values)
        })
    })?;
    invocation.output.result(&text)?;
    Ok(Exit::Done)
}

fn told(shown: &Shown, values: &str) -> String {
    let key = &shown.asked.key;
    let mut text = format!(
        "{} {}/{} {}\n",
        key.kind, key.registry, key.name, shown.version
    );
    let mut field = |name: &str, value: &str| {
        if !value.is_empty() {
            let _ = writeln!(text, "{name:<12} {value}");
        }
    };
    field("versions", &versions(&shown.versions));
    match &shown.content {
        Found::Pack(pack) => {
            field("called", &pack.display_name);
            field("category", pack.category.as_str());
            let clouds: Vec<_> = pack.cloud_types.0.iter().map(Cloud::as_str).collect();
            field("clouds", &clouds.join(", "));
            let charts: Vec<_> = pack.charts.iter().map(|chart| &*chart.origin).collect();
            field("charts", &charts.join(", "));
            let manifests: Vec<_> = pack.manifests.iter().map(|one| &*one.path).collect();
            field("manifests", &manifests.join(", "));
            let presets: Vec<_> = pack.presets.iter().map(preset).collect();
            field("presets", &presets.join(", "));
            for dependency in &pack.dependencies {
                field(word(dependency.kind), &needed(dependency));
            }
        }
        Found::Chart(chart) => {
            field("files", &chart.files.len().to_string());
        }
    }
    field("digest", &shown.content.digest().to_string());
    if values.trim().is_empty() {
        text += "It has no default values.\n";
    } else {
        text += "\n";
        text += values;
        if !values.ends_with('\n') {
            text += "\n";
        }
    }
    text
}

/// The versions, the newest first; of many only some.
fn versions(all: &[Version]) -> String {
    let newest: Vec<_> = all
        .iter()
        .rev()
        .map(Version::as_str)
        .take(VERSIONS)
        .collect();
    let more = all.len().saturating_sub(VERSIONS);
    let text = newest.join(", ");
    if more > 0 {
        format!("{text} and {more} more")
    } else {
        text
    }
}

fn preset(preset: &Preset) -> String {
    if preset.group.is_empty() {
        return preset.name.to_string();
    }
    format!("{}:{}", preset.group, preset.name)
}

fn word(kind: DependencyKind) -> &'static str {
    match kind {
        DependencyKind::Required => "needs",
        DependencyKind::Optional => "goes with",
        DependencyKind::NotSupported => "not with",
        DependencyKind::Upgrade => "takes over",
    }
}

fn needed(dependency: &Dependency) -> String {
    let mut text = dependency.pack.to_string();
    if let Some(min) = &dependency.min {
        let _ = write!(text, " from {min}");
    }
    if let Some(max) = &dependency.max {
        let _ = write!(text, " up to {max}");
    }
    text
}

fn described(shown: &Shown, values: &str) -> Value {
    let key = &shown.asked.key;
    let newest: Vec<_> = shown.versions.iter().rev().collect();
    let mut all = json!({
        "kind": key.kind.as_str(),
        "registry": key.registry,
        "name": key.name,
        "version": shown.version,
        "versions": newest,
        "digest": shown.content.digest().to_string(),
        "values": values,
    });
    if let Found::Pack(pack) = &shown.content {
        describe_pack(pack, &mut all);
    }
    all
}

fn describe_pack(pack: &Pack, all: &mut Value) {
    let clouds: Vec<_> = pack.cloud_types.0.iter().map(Cloud::as_str).collect();
    let presets: Vec<_> = pack.presets.iter().map(preset).collect();
    let dependencies = pack.dependencies.iter().map(|dependency| {
        json!({
            "pack": dependency.pack,
            "type": match dependency.kind {
                DependencyKind::Required => "required",
                DependencyKind::Optional => "optional",
                DependencyKind::NotSupported => "notSupported",
                DependencyKind::Upgrade => "upgrade",
            },
            "minVersion": dependency.min,
            "maxVersion": dependency.max,
        })
    });
    all["displayName"] = json!(pack.display_name);
    all["category"] = json!(pack.category.as_str());
    all["cloudTypes"] = json!(clouds);
    all["presets"] = json!(presets);
    all["dependencies"] = dependencies.collect();
    let charts: Vec<_> = pack.charts.iter().map(|chart| &*chart.origin).collect();
    all["charts"] = json!(charts);
    let manifests: Vec<_> = pack.manifests.iter().map(|one| &*one.path).collect();
    all["manifests"] = json!(manifests);
}
