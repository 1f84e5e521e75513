//! `stratiform registry list`

use serde_json::{Value, json};

use crate::cli::common::Invocation;
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::model::{GitReference, Registry, RegistryKind};
use crate::registry::builtin;
use crate::ui;

pub(super) fn run(invocation: &Invocation) -> Result<Exit, Failure> {
    let project = invocation.project_if_any()?;
    let own = project.map_or_else(Vec::new, |project| project.documents.registries);
    let mut all: Vec<(&Registry, bool)> = own.iter().map(|one| (one, false)).collect();
    let known = builtin(&invocation.sources);
    let known = known
        .iter()
        .filter(|known| own.iter().all(|one| one.name != known.name));
    all.extend(known.map(|one| (one, true)));
    all.sort_by(|(one, _), (other, _)| one.name.cmp(&other.name));
    let text = if invocation.json {
        let all: Vec<Value> = all
            .iter()
            .map(|(registry, is_builtin)| described(registry, *is_builtin))
            .collect();
        format!("{:#}\n", Value::from(all))
    } else {
        let row = |(registry, is_builtin): &(&Registry, bool)| {
            let (word, place) = place(&registry.kind);
            let from = if *is_builtin { "built in" } else { "project" };
            vec![
                registry.name.to_string(),
                word.to_owned(),
                from.to_owned(),
                place,
            ]
        };
        let rows: Vec<_> = all.iter().map(row).collect();
        ui::table(
            &["name", "type", "from", "where"],
            &rows,
            &invocation.output.view(true),
        )
    };
    invocation.output.result(&text)?;
    Ok(Exit::Done)
}

/// The word of a kind, and where it is, for people.
fn place(kind: &RegistryKind) -> (&'static str, String) {
    match kind {
        RegistryKind::Directory { path } => ("directory", path.display().to_string()),
        RegistryKind::Helm { url } => ("helm", url.to_string()),
        RegistryKind::Oci { url, .. } => ("oci", url.to_string()),
        RegistryKind::Git {
            url,
            reference,
            path,
        } => {
            let mut text = url.to_string();
            if let Some((word, name)) = named(reference) {
                text += &format!(" {word} {name}");
            }
            if let Some(path) = path {
                text += &format!(" in {path}");
            }
            ("git", text)
        }
    }
}

fn named(reference: &GitReference) -> Option<(&'static str, &str)> {
    match reference {
        GitReference::Default => None,
        GitReference::Branch(name) => Some(("branch", name)),
        GitReference::Tag(name) => Some(("tag", name)),
        GitReference::Commit(name) => Some(("commit", name)),
    }
}

fn described(registry: &Registry, is_builtin: bool) -> Value {
    let mut all = json!({
        "name": registry.name,
        "type": place(&registry.kind).0,
        "builtIn": is_builtin,
    });
    match &registry.kind {
        RegistryKind::Directory { path } => all["path"] = json!(path),
        RegistryKind::Helm { url } => all["url"] = json!(url),
        RegistryKind::Oci { url, packs } => {
            all["url"] = json!(url);
            all["packs"] = json!(packs);
        }
        RegistryKind::Git {
            url,
            reference,
            path,
        } => {
            all["url"] = json!(url);
            if let Some((word, name)) = named(reference) {
                all[word] = json!(name);
            }
            if let Some(path) = path {
                all["path"] = json!(path);
            }
        }
    }
    all
}
