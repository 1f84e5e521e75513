//! `stratiform registry search`

use std::collections::BTreeSet;

use clap::Args;
use serde_json::{Value, json};

use crate::cli::common::{Invocation, own_registries};
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::engine::EngineError;
use crate::model::{Registry, RegistryName, Version};
use crate::registry::{Hit, Hits, Registries, builtin_names};
use crate::remote::Freshness;
use crate::ui;

#[derive(Args, Debug)]
pub struct Arguments {
    /// What to look for in names and descriptions
    text: String,
    /// Only in these registries
    #[arg(long = "registry", value_name = "NAME")]
    registries: Vec<String>,
    /// Also in the registries that are built in
    #[arg(long)]
    all: bool,
    /// List all versions
    #[arg(long)]
    versions: bool,
}

pub(super) fn run(arguments: &Arguments, invocation: &Invocation) -> Result<Exit, Failure> {
    let project = invocation.project_if_any()?;
    let (root, own) = own_registries(project.as_ref());
    let names = arguments.names(project.is_some(), own)?;
    let hits = invocation.supplied(root, |supply| {
        let registries = Registries::open(root, own, supply, &invocation.sources);
        let registries =
            registries.map_err(|problems| invocation.failed(EngineError::Documents(problems)))?;
        let mut hits = registries.holdings(&names, Freshness::Recent);
        hits.matching(&arguments.text);
        // Who names a registry that does not tell what it holds may know a name there.
        for name in std::mem::take(&mut hits.silent) {
            if !arguments.registries.is_empty() {
                match registries.named(&name, &arguments.text, Freshness::Recent) {
                    Ok(found) if !found.is_empty() => hits.hits.extend(found),
                    Ok(_) => hits.silent.push(name),
                    Err(error) => hits.unreachable.push((name, error.to_string())),
                }
            } else {
                hits.silent.push(name);
            }
        }
        Ok(hits)
    })?;
    for (name, why) in &hits.unreachable {
        invocation
            .output
            .say(&format!("{name} cannot be asked: {why}"));
    }
    for name in &hits.silent {
        invocation.output.say(&format!(
            "{name} does not tell what it holds; `--registry {name}` asks it for a name"
        ));
    }
    invocation
        .output
        .result(&arguments.shown(&hits, invocation))?;
    if hits.hits.is_empty() && !hits.unreachable.is_empty() {
        return Ok(Exit::Failed);
    }
    Ok(Exit::Done)
}

impl Arguments {
    /// The registries that are asked.
    fn names(&self, in_project: bool, own: &[Registry]) -> Result<BTreeSet<RegistryName>, Failure> {
        let known = builtin_names();
        let own: Vec<&str> = own.iter().map(|one| one.name.as_str()).collect();
        let mut names: Vec<&str> = self.registries.iter().map(String::as_str).collect();
        for name in &names {
            if !own.contains(name) && !known.contains(name) {
                return Err(Failure::new(format!("there is no registry `{name}`"))
                    .help("`stratiform registry list` shows which there are"));
            }
        }
        if names.is_empty() {
            names = own;
            if self.all || !in_project {
                names.extend(known);
            }
        }
        let names = names.into_iter().map(RegistryName::new);
        names
            .collect::<Result<_, _>>()
            .map_err(|error| Failure::new(error.to_string()))
    }

    fn shown(&self, hits: &Hits, invocation: &Invocation) -> String {
        if invocation.json {
            let all: Vec<Value> = hits.hits.iter().map(described).collect();
            return format!("{:#}\n", Value::from(all));
        }
        if hits.hits.is_empty() {
            return format!("Nothing found for `{}`.\n", self.text);
        }
        let rows: Vec<_> = hits.hits.iter().map(|hit| self.row(hit)).collect();
        let last = if self.versions {
            "versions"
        } else {
            "description"
        };
        let view = invocation.output.view(self.versions);
        ui::table(
            &["name", "kind", "version", "app version", last],
            &rows,
            &view,
        )
    }

    fn row(&self, hit: &Hit) -> Vec<String> {
        let version = hit.versions.first().map_or("", Version::as_str);
        let last = if self.versions {
            let all: Vec<_> = hit.versions.iter().map(Version::as_str).collect();
            all.join(", ")
        } else {
            let about = hit.description.as_deref().unwrap_or_default();
            let about: Vec<_> = about.split_whitespace().collect();
            let mark = if hit.deprecated { "(deprecated) " } else { "" };
            format!("{mark}{}", about.join(" "))
        };
        vec![
            format!("{}/{}", hit.registry, hit.name),
            hit.kind.to_string(),
            version.to_owned(),
            hit.app_version.as_deref().unwrap_or_default().to_owned(),
            last,
        ]
    }
}

fn described(hit: &Hit) -> Value {
    json!({
        "registry": hit.registry,
        "kind": hit.kind.as_str(),
        "name": hit.name,
        "version": hit.versions.first(),
        "versions": hit.versions,
        "appVersion": hit.app_version,
        "description": hit.description,
        "deprecated": hit.deprecated,
    })
}
