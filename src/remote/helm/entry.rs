//! One entry of an index, and whether helm would take it.

use std::sync::Arc;

use crate::yaml::Value;

use super::index::Chart;

/// The longest version that helm's library reads.
const LONGEST_VERSION: usize = 256;

/// What we need of an entry; nothing when helm skips it. The rules are those of `Validate` in helm's
/// `pkg/chart/v2/metadata.go` and `dependency.go`, but that an alias may stand there twice, as in its `index.go`.
pub(super) fn read(entry: &Value) -> Option<Chart> {
    let name = text(entry, "name").map(sane)?;
    let version = text(entry, "version")?;
    let valid = !name.is_empty()
        && name != "."
        && name != ".."
        && !name.contains('/')
        && is_version(version)
        && ["", "application", "library"].contains(&text(entry, "type").unwrap_or_default())
        && has_maintainers(entry)
        && has_dependencies(entry);
    if !valid {
        return None;
    }
    let shown = |key| {
        let text = text(entry, key).map(sane)?;
        (!text.is_empty()).then(|| text.into())
    };
    let urls = entry.get("urls").and_then(Value::as_list);
    Some(Chart {
        version: version.into(),
        app_version: shown("appVersion"),
        description: shown("description"),
        deprecated: entry.get("deprecated").and_then(Value::as_bool) == Some(true),
        digest: text(entry, "digest")
            .filter(|digest| !digest.is_empty())
            .map(Into::into),
        urls: urls
            .unwrap_or_default()
            .iter()
            .filter_map(Value::as_str)
            .map(Arc::from)
            .collect(),
    })
}

/// A field that should be a text. For helm anything else makes all of the index unreadable; we take it for missing.
fn text<'e>(entry: &'e Value, key: &str) -> Option<&'e str> {
    entry.get(key).and_then(Value::as_str)
}

/// A text on one line, without what cannot be printed.
fn sane(text: &str) -> String {
    text.chars()
        .map(|c| if c.is_whitespace() { ' ' } else { c })
        .filter(|c| !c.is_control())
        .collect()
}

fn has_maintainers(entry: &Value) -> bool {
    let maintainers = entry.get("maintainers").and_then(Value::as_list);
    maintainers.is_none_or(|all| all.iter().all(|one| !one.is_null()))
}

fn has_dependencies(entry: &Value) -> bool {
    let fine = |dependency: &Value| {
        let alias = text(dependency, "alias").unwrap_or_default();
        let word = |byte: u8| byte.is_ascii_alphanumeric() || b"_-".contains(&byte);
        !dependency.is_null() && alias.bytes().all(word)
    };
    let dependencies = entry.get("dependencies").and_then(Value::as_list);
    dependencies.is_none_or(|all| all.iter().all(fine))
}

/// Whether helm's library (Masterminds semver 3.5, `NewVersion`) takes a text as a version: up to three numbers, which may
/// begin with zeros, after an optional `v`.
fn is_version(text: &str) -> bool {
    let (rest, build) = match text.split_once('+') {
        Some((rest, build)) => (rest, Some(build)),
        None => (text, None),
    };
    let (numbers, pre) = match rest.split_once('-') {
        Some((numbers, pre)) => (numbers, Some(pre)),
        None => (rest, None),
    };
    let numbers: Vec<&str> = numbers
        .strip_prefix('v')
        .unwrap_or(numbers)
        .split('.')
        .collect();
    let is_number = |number: &&str| {
        number.bytes().all(|byte| byte.is_ascii_digit()) && number.parse::<u64>().is_ok()
    };
    let is_id = |id: &str| {
        !id.is_empty()
            && id
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    };
    let leads_with_zero = |id: &str| {
        id.len() > 1 && id.starts_with('0') && id.bytes().all(|byte| byte.is_ascii_digit())
    };
    text.len() <= LONGEST_VERSION
        && numbers.len() <= 3
        && numbers.iter().all(is_number)
        && build.is_none_or(|build| build.split('.').all(is_id))
        && pre.is_none_or(|pre| pre.split('.').all(|id| is_id(id) && !leads_with_zero(id)))
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use super::*;
    use crate::yaml;

    #[test]
    fn versions_are_those_that_helm_takes() {
        for good in [
            "1",
            "v1",
            "1.2",
            "01.2.3",
            "1.2.3-rc.1",
            "1.2.3+build.5",
            "v1.2.3-0a.b-c+1.x",
            "1-x",
        ] {
            assert!(is_version(good), "{good}");
        }
        for bad in [
            "",
            "v",
            "V1",
            "1.",
            "1.2.3.4",
            "1.x",
            "latest",
            "1.2.3-",
            "1.2.3-01",
            "1.2.3+",
            "1.2.3_1",
            "+1",
            "99999999999999999999",
            &format!("1.2.3-{}", "a".repeat(256)),
        ] {
            assert!(!is_version(bad), "{bad}");
        }
    }

    #[test]
    fn what_helm_skips_is_skipped() {
        let read = |text: &str| {
            let value = yaml::parse_first(&format!("{{{text}}}")).unwrap();
            super::read(&value).map(|chart| chart.version.to_string())
        };
        for good in [
            "name: a, version: 1.2.3",
            "name: a, version: 1.2.3, type: library, maintainers: [{}]",
            "name: a, version: 1.2.3, dependencies: [{name: b, alias: c_d-1}, {alias: c_d-1}]",
            "name: a, version: 1.2.3, urls: 5, somethingNew: {}",
        ] {
            assert_eq!(read(good).as_deref(), Some("1.2.3"), "{good}");
        }
        for bad in [
            "",
            "name: a",
            "version: 1.2.3",
            "name: '', version: 1.2.3",
            "name: ., version: 1.2.3",
            "name: a/b, version: 1.2.3",
            "name: a, version: one",
            "name: a, version: [1]",
            "name: a, version: 1.50",
            "name: 5, version: 1.2.3",
            "name: a, version: 1.2.3, type: other",
            "name: a, version: 1.2.3, maintainers: [null]",
            "name: a, version: 1.2.3, dependencies: [null]",
            "name: a, version: 1.2.3, dependencies: [{alias: a b}]",
        ] {
            assert_eq!(read(bad), None, "{bad}");
        }
    }

    #[test]
    fn texts_are_cleaned_as_helm_cleans_them() {
        let text = "{name: a, version: 1.2.3, appVersion: 1.10.0, description: \"one\\ntwo\\u0007\", digest: '', urls: [a, 5, b]}";
        let chart = super::read(&yaml::parse_first(text).unwrap()).unwrap();
        assert_eq!(
            chart,
            Chart {
                version: "1.2.3".into(),
                app_version: Some("1.10.0".into()),
                description: Some("one two".into()),
                urls: vec!["a".into(), "b".into()],
                ..Chart::default()
            }
        );
    }
}
