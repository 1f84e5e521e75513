//! What of a server can matter to a layer: of its capabilities, and whether anything is looked up on it at all.
//!
//! Servers learn new API versions all the time, from us as well: a layer brings CRDs, and the server serves them. That must
//! not render all other layers again. So a layer's fingerprint has of a real server only what its templates can ask for, as
//! far as their text tells it: nothing when it does not speak of capabilities at all, else the version of Kubernetes and the
//! API versions whose groups are named somewhere in it, where it asks for API versions at all. Groups of objects that
//! templates write, such as their own CRDs, do not count.

use std::collections::HashSet;
use std::sync::Arc;

use crate::model::Capabilities;
use crate::yaml::{Node, NodeKind};

use super::chart::Chart;

/// What templates ask of a server.
#[derive(Debug)]
pub(super) struct Asked {
    /// Of its capabilities.
    pub relevance: Relevance,
    /// Whether they may look up objects.
    pub looks_up: bool,
}

impl Asked {
    /// What these templates ask for, with texts of values that may come to stand in them.
    pub(super) fn by(templates: Vec<&str>, values: &Node) -> Self {
        let mut texts = templates;
        strings(values, &mut texts);
        Self {
            looks_up: texts.iter().any(|text| looks_up(text)),
            relevance: Relevance::of(&texts),
        }
    }
}

/// Whether a text may call `lookup`: the word stands before something that can be an argument.
fn looks_up(text: &str) -> bool {
    text.split("lookup").skip(1).any(|rest| {
        let argument = rest.trim_start();
        argument.len() < rest.len() && argument.starts_with(['"', '`', '(', '.', '$'])
    })
}

/// What of a server's capabilities templates ask for.
#[derive(Debug)]
pub(super) enum Relevance {
    /// Nothing.
    Nothing,
    /// Its version, and API versions of these groups.
    Groups(HashSet<Box<str>>),
    /// All API versions there are.
    Everything,
}

/// The word without which no template asks for anything.
const CAPABILITIES: &str = "Capabilities";

/// The word without which no template asks for API versions.
const API_VERSIONS: &str = "APIVersions";

/// How Bitnami's charts, nearly all of them, ask which Helm it is: by the end of a text that has all API versions before it.
/// The pattern reaches back over no brace, and no API version has one, so that none of them changes the answer.
const HELM_VERSION: &str = r#"regexMatch "{(v[0-9])*[^}]*}}$" (.Capabilities | toString"#;

impl Relevance {
    fn of(texts: &[&str]) -> Self {
        if !texts.iter().any(|text| text.contains(CAPABILITIES)) {
            return Self::Nothing;
        }
        if texts.iter().any(|text| takes_all(text)) {
            return Self::Everything;
        }
        if !texts.iter().any(|text| text.contains(API_VERSIONS)) {
            return Self::Groups(HashSet::new());
        }
        let groups = texts.iter().flat_map(|text| groups(text));
        Self::Groups(groups.map(Box::from).collect())
    }

    /// The part of a server's capabilities that matters, if any does.
    pub(super) fn part(&self, all: &Capabilities) -> Option<Capabilities> {
        match self {
            Self::Nothing => None,
            Self::Everything => Some(all.clone()),
            Self::Groups(groups) => {
                let is_named = |version: &&Arc<str>| match version.split_once('/') {
                    Some((group, _)) => groups.contains(group),
                    None => true,
                };
                let named = all.api_versions.iter().filter(is_named);
                Some(Capabilities {
                    kube_version: all.kube_version.clone(),
                    api_versions: named.cloned().collect(),
                })
            }
        }
    }
}

/// Whether a template takes the list of API versions for something else than asking whether one is in it.
fn takes_all(text: &str) -> bool {
    let listed = behind(text, API_VERSIONS).any(|rest| !rest.starts_with(".Has"));
    // `$.Capabilities | toYaml`, `with .Capabilities`.
    let mut others = text.split(HELM_VERSION);
    listed || others.any(|text| behind(text, CAPABILITIES).any(|rest| !rest.starts_with('.')))
}

/// What stands behind each place where a text names a field, which it does behind a dot or in quotes. So `allowedCapabilities`
/// and what descriptions say are none.
fn behind<'t>(text: &'t str, field: &'static str) -> impl Iterator<Item = &'t str> {
    text.match_indices(field)
        .filter(|(at, _)| text[..*at].ends_with(['.', '"', '`']))
        .map(|(at, _)| &text[at + field.len()..])
}

/// All that may be the group of an API version in a text.
fn groups(text: &str) -> impl Iterator<Item = &str> {
    let is_part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '/');
    let asking = text.lines().filter(|line| !is_written(line));
    asking
        .flat_map(move |line| line.split(move |c| !is_part(c)))
        .filter(|word| word.contains(|c: char| c.is_ascii_lowercase()))
        .filter_map(|word| match word.split_once('/') {
            None => Some(word),
            Some((group, version)) => may_be_version(version).then_some(group),
        })
}

/// Whether this can be, or become, what stands behind a group: `v1beta1/Ingress`, or nothing of it yet, as in `policy/%s`.
fn may_be_version(text: &str) -> bool {
    let number = text.strip_prefix('v').unwrap_or(text);
    number.is_empty() || (number != text && number.starts_with(|c: char| c.is_ascii_digit()))
}

/// Whether a line is a piece of an object, or a comment, in which nothing is asked:
/// `apiVersion: policy/v1`, `- policy`.
fn is_written(line: &str) -> bool {
    let line = line.trim();
    let has_action = line.contains("{{") || line.contains("}}");
    let is_piece = line.starts_with(['#', '-']) || line.contains(": ") || line.ends_with(':');
    is_piece && !has_action
}

fn strings<'n>(node: &'n Node, out: &mut Vec<&'n str>) {
    match &node.kind {
        NodeKind::String(text, _) => out.push(text),
        NodeKind::List(list) => list.iter().for_each(|item| strings(item, out)),
        NodeKind::Map(entries) => entries.iter().for_each(|entry| strings(&entry.value, out)),
        _ => {}
    }
}

/// The templates of a chart and of all charts in it, as far as they are text.
pub(super) fn templates<'c>(chart: &'c Chart, out: &mut Vec<&'c str>) {
    let texts = chart.templates.iter();
    out.extend(texts.filter_map(|file| std::str::from_utf8(&file.data).ok()));
    for inner in &chart.subcharts {
        templates(inner, out);
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use super::*;
    use crate::model::Version;

    #[test]
    fn calls_of_lookup_are_found() {
        for (text, found) in [
            (
                "{{ $s := (lookup \"v1\" \"Secret\" .Release.Namespace \"x\").data }}",
                true,
            ),
            ("{{- if (lookup  $version \"Secret\" \"a\" \"x\") }}", true),
            (
                "{{ lookup\n  (include \"version\" .) \"Secret\" \"\" \"\" }}",
                true,
            ),
            (
                "# the number of dns lookups; a lookup fails\nlookup: \"a\"",
                false,
            ),
        ] {
            assert_eq!(super::looks_up(text), found, "{text}");
        }
    }

    fn part(template: &str, values: &str) -> Option<(String, Vec<String>)> {
        let sources = crate::diag::Sources::default();
        let source = sources.add("values.yaml", values);
        let values = crate::yaml::read(source, values, crate::yaml::Limits::default()).unwrap();
        let all = Capabilities {
            kube_version: Version::new("v1.34.0").unwrap(),
            api_versions: ["v1", "apps/v1", "policy/v1", "monitoring.coreos.com/v1"]
                .map(Arc::from)
                .into(),
        };
        let part = Asked::by(vec![template], &values[0]).relevance.part(&all)?;
        let versions = part.api_versions.iter().map(ToString::to_string);
        Some((part.kube_version.to_string(), versions.collect()))
    }

    #[test]
    fn only_what_templates_ask_for_matters() {
        assert_eq!(
            part("kind: {{ .Values.kind }} # policy/v1", "kind: a"),
            None
        );
        let table: [(&str, &str, &[&str]); 13] = [
            (
                "{{ .Capabilities.APIVersions.Has (printf \"policy/%s\" .Values.a) }} {{ \"apps/managed=true\" }}",
                "a: v1",
                &["v1", "policy/v1"],
            ),
            (
                "{{ .Capabilities.KubeVersion }}\nallowedCapabilities: []\n# All Capabilities of APIVersions\n",
                "a: b",
                &["v1"],
            ),
            ("{{ .Capabilities.KubeVersion }}", "a: b", &["v1"]),
            (
                "{{ .Capabilities.KubeVersion }} {{ \"policy/v1\" }}",
                "a: b",
                &["v1"],
            ),
            (
                "{{ .Capabilities.APIVersions.Has \"apps/v1\" }}\napiVersion: policy/v1\napiGroups:\n- policy\n# policy\n",
                "a: b",
                &["v1", "apps/v1"],
            ),
            (
                "{{ .Capabilities.APIVersions.Has (include \"api\" .) }}{{ define \"api\" }}\npolicy/v1\n{{ end }}",
                "a: b",
                &["v1", "policy/v1"],
            ),
            (
                "{{ if .Capabilities.APIVersions.Has \"policy/v1/PodDisruptionBudget\" }}",
                "a: b",
                &["v1", "policy/v1"],
            ),
            (
                "{{ $.Capabilities.APIVersions.Has (printf \"%s/v1\" .Values.group) }}",
                "group: monitoring.coreos.com",
                &["v1", "monitoring.coreos.com/v1"],
            ),
            (
                "{{ range .Capabilities.APIVersions }}{{ . }}{{ end }}",
                "a: b",
                &["v1", "apps/v1", "policy/v1", "monitoring.coreos.com/v1"],
            ),
            (
                "{{ with .Capabilities }}{{ . }}{{ end }}",
                "a: b",
                &["v1", "apps/v1", "policy/v1", "monitoring.coreos.com/v1"],
            ),
            (
                "{{ if regexMatch \"{(v[0-9])*[^}]*}}$\" (.Capabilities | toString ) }}",
                "a: b",
                &["v1"],
            ),
            (
                "{{ if regexMatch \"{(v[0-9])*[^}]*}}$\" (.Capabilities | toString ) }}{{ .Capabilities | toString }}",
                "a: b",
                &["v1", "apps/v1", "policy/v1", "monitoring.coreos.com/v1"],
            ),
            (
                "{{ tpl .Values.text . }}",
                "text: '{{ .Capabilities.APIVersions.Has \"apps/v1\" }}'",
                &["v1", "apps/v1"],
            ),
        ];
        for (template, values, wanted) in table {
            let (version, versions) = part(template, values).unwrap();
            assert_eq!(version, "v1.34.0");
            assert_eq!(versions, wanted, "{template}");
        }
    }
}
