//! `stratiform pack list`

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::cli::common::{Invocation, own_registries};
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::engine::EngineError;
use crate::model::{Registry, RegistryKind, RegistryName, Version};
use crate::registry::{Hit, Registries, builtin};
use crate::remote::{Freshness, ItemKind};
use crate::ui;

pub(super) fn run(all: bool, invocation: &Invocation) -> Result<Exit, Failure> {
    let project = invocation.project_if_any()?;
    let (root, own) = own_registries(project.as_ref());
    let known = if all || project.is_none() {
        builtin(&invocation.sources)
    } else {
        Vec::new()
    };
    // Helm repositories have no packs, so nobody asks them.
    let has_packs = |one: &&Registry| !matches!(one.kind, RegistryKind::Helm { .. });
    let names: BTreeSet<RegistryName> = own
        .iter()
        .chain(
            known
                .iter()
                .filter(|known| own.iter().all(|one| one.name != known.name)),
        )
        .filter(has_packs)
        .map(|one| one.name.clone())
        .collect();
    let mut hits = invocation.supplied(root, |supply| {
        let registries = Registries::open(root, own, supply, &invocation.sources);
        let registries =
            registries.map_err(|problems| invocation.failed(EngineError::Documents(problems)))?;
        Ok(registries.holdings(&names, Freshness::Recent))
    })?;
    hits.hits.retain(|hit| hit.kind == ItemKind::Pack);
    for (name, why) in &hits.unreachable {
        invocation
            .output
            .say(&format!("{name} cannot be asked: {why}"));
    }
    for name in &hits.silent {
        invocation
            .output
            .say(&format!("{name} does not tell what it holds"));
    }
    let text = if invocation.json {
        let all: Vec<Value> = hits.hits.iter().map(described).collect();
        format!("{:#}\n", Value::from(all))
    } else {
        let rows: Vec<_> = hits.hits.iter().map(row).collect();
        ui::table(
            &["registry", "name", "category", "versions"],
            &rows,
            &invocation.output.view(true),
        )
    };
    invocation.output.result(&text)?;
    Ok(if hits.unreachable.is_empty() {
        Exit::Done
    } else {
        Exit::Failed
    })
}

fn row(hit: &Hit) -> Vec<String> {
    let versions: Vec<_> = hit.versions.iter().map(Version::as_str).collect();
    let category = hit.category.as_ref().map(ToString::to_string);
    vec![
        hit.registry.to_string(),
        hit.name.to_string(),
        category.unwrap_or_default(),
        versions.join(", "),
    ]
}

fn described(hit: &Hit) -> Value {
    json!({
        "registry": hit.registry,
        "name": hit.name,
        "displayName": hit.description,
        "category": hit.category.as_ref().map(ToString::to_string),
        "versions": hit.versions,
    })
}
