//! What templates see as `.Capabilities`.

use std::any::Any;
use std::rc::Rc;
use std::sync::Arc;

use crate::model::{Capabilities, Version};

use super::template::{Elem, Failure, List, Method, Object, Outcome, Value};

/// The version of Helm whose rendering ours is, as templates read it.
const HELM: [(&str, &str); 5] = [
    ("Version", "v4.3.1"),
    ("GitCommit", "c0d08d0d6d9424d4a14febb5e8a3e51b0dd00dff"),
    ("GitTreeState", "clean"),
    ("GoVersion", "go1.27.2"),
    ("KubeClientVersion", "v1.37"),
];

/// The capabilities of a target as templates see them.
pub fn seen(capabilities: &Capabilities) -> Value {
    Value::Object(Rc::new(Seen {
        kube: KubeVersion::new(&capabilities.kube_version),
        api_versions: Arc::clone(&capabilities.api_versions),
    }))
}

struct Seen {
    kube: KubeVersion,
    api_versions: Arc<[Arc<str>]>,
}

impl Object for Seen {
    fn type_name(&self) -> &str {
        "*common.Capabilities"
    }

    fn field(&self, name: &str) -> Option<Value> {
        match name {
            "KubeVersion" => Some(Value::Object(Rc::new(self.kube.clone()))),
            "APIVersions" => {
                let versions = self.api_versions.iter();
                let versions = versions.map(|version| Value::from(&**version));
                let versions = List::typed(Elem::Versions, versions.collect());
                Some(Value::List(versions))
            }
            "HelmVersion" => Some(Value::Object(Rc::new(HelmVersion))),
            _ => None,
        }
    }

    fn call(&self, name: &str, _args: &[Value]) -> Outcome {
        Err(Failure::from(format!("{name} is no method")))
    }

    fn text(&self) -> String {
        let helm = HELM.map(|(_, value)| value).join(" ");
        format!(
            "&{{{} [{}] {{{helm}}}}}",
            self.kube.fields_text(),
            self.api_versions.join(" ")
        )
    }

    fn fields(&self) -> Option<Vec<(&'static str, Value)>> {
        let fields = ["KubeVersion", "APIVersions", "HelmVersion"];
        let field = |name: &'static str| (name, self.field(name).unwrap_or_default());
        Some(fields.into_iter().map(field).collect())
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

/// `.Capabilities.KubeVersion`
#[derive(Clone)]
struct KubeVersion {
    /// As it was given, with a `v`: `v1.33.4-gke.1245000`.
    version: String,
    /// Without what follows the numbers.
    normalized: String,
    major: String,
    minor: String,
}

impl KubeVersion {
    fn new(version: &Version) -> Self {
        let text = version.as_str();
        let text = text.strip_prefix('v').unwrap_or(text);
        let end = text.find(|c: char| !c.is_ascii_digit() && c != '.');
        let numbers = text[..end.unwrap_or(text.len())].trim_end_matches('.');
        let mut parts = numbers.split('.');
        let mut part = || parts.next().unwrap_or("0").to_owned();
        Self {
            version: format!("v{text}"),
            normalized: format!("v{numbers}"),
            major: part(),
            minor: part(),
        }
    }

    fn fields_text(&self) -> String {
        let Self {
            version,
            normalized,
            major,
            minor,
        } = self;
        format!("{{{version} {normalized} {major} {minor}}}")
    }
}

impl Object for KubeVersion {
    fn type_name(&self) -> &str {
        "common.KubeVersion"
    }

    fn kind_name(&self) -> &'static str {
        "struct"
    }

    fn field(&self, name: &str) -> Option<Value> {
        match name {
            "Version" => Some(Value::from(self.version.as_str())),
            "Major" => Some(Value::from(self.major.as_str())),
            "Minor" => Some(Value::from(self.minor.as_str())),
            _ => None,
        }
    }

    fn method(&self, name: &str) -> Option<Method> {
        matches!(name, "GitVersion" | "String").then_some(Method {
            params: &[],
            variadic: false,
        })
    }

    fn call(&self, name: &str, _args: &[Value]) -> Outcome {
        let version = if name == "GitVersion" {
            &self.version
        } else {
            &self.normalized
        };
        Ok(version.as_str().into())
    }

    fn text(&self) -> String {
        self.fields_text()
    }

    fn printed(&self) -> String {
        self.normalized.clone()
    }

    fn fields(&self) -> Option<Vec<(&'static str, Value)>> {
        let fields = ["Version", "Major", "Minor"];
        let field = |name: &'static str| (name, self.field(name).unwrap_or_default());
        Some(fields.into_iter().map(field).collect())
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

/// `.Capabilities.HelmVersion`
struct HelmVersion;

impl Object for HelmVersion {
    fn type_name(&self) -> &str {
        "version.BuildInfo"
    }

    fn kind_name(&self) -> &'static str {
        "struct"
    }

    fn field(&self, name: &str) -> Option<Value> {
        let found = HELM.iter().find(|(field, _)| *field == name);
        found.map(|(_, value)| Value::from(*value))
    }

    fn call(&self, name: &str, _args: &[Value]) -> Outcome {
        Err(Failure::from(format!("{name} is no method")))
    }

    fn text(&self) -> String {
        format!("{{{}}}", HELM.map(|(_, value)| value).join(" "))
    }

    fn fields(&self) -> Option<Vec<(&'static str, Value)>> {
        let names = [
            "version",
            "git_commit",
            "git_tree_state",
            "go_version",
            "kube_client_version",
        ];
        let fields = names.into_iter().zip(HELM);
        Some(
            fields
                .map(|(name, (_, value))| (name, Value::from(value)))
                .collect(),
        )
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

#[cfg(test)]
mod tests {
    use super::super::template::{File, Functions, Limits, Set, execute};
    use super::*;

    #[test]
    fn as_helm_prints_them() {
        let capabilities = Capabilities {
            kube_version: Version::new("1.37.0").expect("a version"),
            api_versions: ["v1", "apps/v1"].map(Arc::from).into(),
        };
        let cases = [
            ("{{ .KubeVersion }}", "v1.37.0"),
            ("{{ print .KubeVersion }}", "{v1.37.0 v1.37.0 1 37}"),
            (
                "{{ toJson .KubeVersion }}",
                r#"{"Version":"v1.37.0","Major":"1","Minor":"37"}"#,
            ),
            ("{{ has \"v1\" .APIVersions }}", "true"),
            (
                "{{ .APIVersions.Has \"apps/v1\" }} {{ .APIVersions.Has \"apps\" }}",
                "true false",
            ),
            (
                "{{ range .APIVersions }}{{ . }};{{ end }}{{ len .APIVersions }}",
                "v1;apps/v1;2",
            ),
            ("{{ join \",\" .APIVersions }}", "v1,apps/v1"),
            (
                "{{ typeOf .APIVersions }} {{ kindOf .APIVersions }}",
                "common.VersionSet slice",
            ),
        ];
        for (text, expected) in cases {
            let mut set = Set::new(Functions::standard());
            set.add(&File::parse("t", text, &Functions::standard()).expect("a template"));
            let printed = execute(&set, "t", seen(&capabilities), &Limits::deep());
            assert_eq!(printed.expect("it renders"), expected, "{text}");
        }
    }
}
