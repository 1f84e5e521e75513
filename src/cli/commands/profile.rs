//! `stratiform profile`

use std::sync::Arc;

use clap::Subcommand;

use crate::cli::common::Invocation;
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::model::{LayerSource, Profile, ProfileKind};

#[derive(Debug, Subcommand)]
pub enum Command {
    /// List all profiles with their versions
    List,
    /// Show the layers of a profile
    Show {
        /// The profile, `NAME` or `NAME@VERSION`
        profile: String,
    },
}

pub fn run(command: &Command, invocation: &Invocation) -> Result<Exit, Failure> {
    let project = invocation
        .project()?
        .checked()
        .map_err(|error| invocation.failed(error))?;
    let mut profiles: Vec<&Arc<Profile>> = project.documents.profiles.iter().collect();
    profiles.sort_by(|a, b| (&a.name, &a.version).cmp(&(&b.name, &b.version)));
    if let Command::Show { profile } = command {
        let (name, version) = profile
            .split_once('@')
            .map_or((profile.as_str(), None), |(name, version)| {
                (name, Some(version))
            });
        profiles.retain(|known| {
            known.name.as_str() == name
                && version.is_none_or(|version| known.version.to_string() == version)
        });
        if profiles.is_empty() {
            return Err(Failure::new(format!("there is no profile {profile}"))
                .help("`stratiform profile list` says what there is"));
        }
    }
    let layers = matches!(command, Command::Show { .. });
    let text = if invocation.json {
        let all: Vec<_> = profiles.iter().map(|profile| json(profile)).collect();
        format!("{:#}\n", serde_json::Value::from(all))
    } else {
        profiles
            .iter()
            .map(|profile| human(profile, layers))
            .collect()
    };
    invocation.output.result(&text)?;
    Ok(Exit::Done)
}

fn kind(profile: &Profile) -> &'static str {
    match profile.kind {
        ProfileKind::Infra => "infra",
        ProfileKind::AddOn => "add-on",
        ProfileKind::Full => "full",
    }
}

fn source(source: &LayerSource) -> String {
    match source {
        LayerSource::Pack(pack) => format!("pack {}/{} {}", pack.registry, pack.name, pack.version),
        LayerSource::Chart(chart) => format!("chart {}", chart.place),
        LayerSource::Manifests(all) => format!("{} manifests", all.len()),
    }
}

fn human(profile: &Profile, layers: bool) -> String {
    let about = profile.description.as_deref().unwrap_or_default();
    let version = profile.version.to_string();
    let (kind, cloud) = (kind(profile), &profile.cloud);
    let mut out = format!(
        "{:<24} {version:<10} {kind:<7} {cloud:<12} {:>2} layers  {about}\n",
        profile.name,
        profile.layers.len()
    );
    for layer in profile.layers.iter().filter(|_| layers) {
        out += &format!(
            "  {:<14} {:<24} {}\n",
            layer.category,
            layer.name,
            source(&layer.source)
        );
    }
    out
}

fn json(profile: &Profile) -> serde_json::Value {
    let layers: Vec<_> = profile
        .layers
        .iter()
        .map(|layer| serde_json::json!({ "name": layer.name, "category": layer.category, "source": source(&layer.source) }))
        .collect();
    serde_json::json!({
        "name": profile.name,
        "version": profile.version,
        "type": kind(profile),
        "cloud": profile.cloud,
        "description": profile.description,
        "layers": layers,
    })
}
