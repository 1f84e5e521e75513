//! What `Chart.yaml` must say, and how its texts are cleaned.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use regex::Regex;

use super::decode::Decoded;
use super::{Dependency, Maintainer, Metadata};
use crate::render::template::semver::Version;

/// Characters that Go calls printable, and spaces of all kinds.
static KEPT: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"^[\p{L}\p{M}\p{N}\p{P}\p{S}]$").ok());

/// Checks metadata and puts its lists in. What is wrong is said in Helm's words.
pub(super) fn metadata(decoded: Decoded) -> Result<Metadata, String> {
    let mut metadata = decoded.metadata;
    let Metadata {
        name,
        description,
        home,
        icon,
        condition,
        tags,
        app_version,
        kube_version,
        sources,
        keywords,
        ..
    } = &mut metadata;
    let single = [
        name,
        description,
        home,
        icon,
        condition,
        tags,
        app_version,
        kube_version,
    ];
    for text in single.into_iter().chain(sources).chain(keywords) {
        clean(text);
    }
    let name = &metadata.name;
    if name.is_empty() {
        return Err("chart.metadata.name is required".to_owned());
    }
    if name == "." || name == ".." {
        return Err(format!("chart.metadata.name \"{name}\" is not allowed"));
    }
    if name.contains('/') {
        return Err(format!("chart.metadata.name \"{name}\" is invalid"));
    }
    let version = &metadata.version;
    if version.is_empty() {
        return Err("chart.metadata.version is required".to_owned());
    }
    if Version::parse(version).is_err() {
        return Err(format!("chart.metadata.version \"{version}\" is invalid"));
    }
    if !matches!(metadata.kind.as_str(), "" | "application" | "library") {
        return Err("chart.metadata.type must be application or library".to_owned());
    }
    for maintainer in decoded.maintainers {
        let mut maintainer: Maintainer =
            maintainer.ok_or("maintainers must not contain empty or null nodes")?;
        for text in [
            &mut maintainer.name,
            &mut maintainer.email,
            &mut maintainer.url,
        ] {
            clean(text);
        }
        metadata.maintainers.push(maintainer);
    }
    let mut keys = BTreeSet::new();
    for dependency in decoded.dependencies.unwrap_or_default() {
        let mut dependency =
            dependency.ok_or("dependencies must not contain empty or null nodes")?;
        check(&mut dependency)?;
        let key = if dependency.alias.is_empty() {
            &dependency.name
        } else {
            &dependency.alias
        };
        if !keys.insert(key.clone()) {
            return Err(format!(
                "more than one dependency with name or alias \"{key}\""
            ));
        }
        metadata.dependencies.push(dependency);
    }
    Ok(metadata)
}

fn check(dependency: &mut Dependency) -> Result<(), String> {
    let Dependency {
        name,
        version,
        repository,
        condition,
        tags,
        ..
    } = dependency;
    let single = [name, version, repository, condition];
    for text in single.into_iter().chain(tags) {
        clean(text);
    }
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-';
    if !dependency.alias.bytes().all(allowed) {
        return Err(format!(
            "dependency \"{}\" has disallowed characters in the alias",
            dependency.name
        ));
    }
    Ok(())
}

/// Spaces of all kinds become plain ones, and what cannot be printed goes.
fn clean(text: &mut String) {
    if text.bytes().all(|byte| matches!(byte, b' '..=b'~')) {
        return;
    }
    let mut buffer = [0; 4];
    let mut kept = |c: char| {
        if c.is_whitespace() {
            Some(' ')
        } else {
            let shown = &*c.encode_utf8(&mut buffer);
            let printable = KEPT.as_ref().is_some_and(|kept| kept.is_match(shown));
            printable.then_some(c)
        }
    };
    *text = text.chars().filter_map(&mut kept).collect();
}
