//! What templates see as `.Capabilities`.

use std::any::Any;
use std::rc::Rc;
use std::sync::Arc;

use crate::model::{Capabilities, Version};

use super::template::{Failure, Map, Method, Object, Outcome, Param, Value};

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
                let versions = ApiVersions(Arc::clone(&self.api_versions));
                Some(Value::Object(Rc::new(versions)))
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
            self.kube.fields(),
            self.api_versions.join(" ")
        )
    }

    fn data(&self) -> Value {
        let fields = ["KubeVersion", "APIVersions", "HelmVersion"];
        let data = |name: &'static str| {
            let value = match self.field(name) {
                Some(Value::Object(object)) => object.data(),
                other => other.unwrap_or_default(),
            };
            (name, value)
        };
        Value::Map(fields.into_iter().map(data).collect())
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

    fn fields(&self) -> String {
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
        self.normalized.clone()
    }

    fn data(&self) -> Value {
        let fields = ["Version", "Major", "Minor"];
        let field = |name: &'static str| (name, self.field(name).unwrap_or_default());
        Value::Map(fields.into_iter().map(field).collect())
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

/// `.Capabilities.APIVersions`: group and version, `apps/v1`.
struct ApiVersions(Arc<[Arc<str>]>);

impl Object for ApiVersions {
    fn type_name(&self) -> &str {
        "common.VersionSet"
    }

    fn kind_name(&self) -> &'static str {
        "slice"
    }

    fn method(&self, name: &str) -> Option<Method> {
        (name == "Has").then_some(Method {
            params: &[Param::Str],
            variadic: false,
        })
    }

    fn call(&self, _name: &str, args: &[Value]) -> Outcome {
        let Some(Value::Str(wanted)) = args.first() else {
            return Err(Failure::from("Has wants a version"));
        };
        let wanted = wanted.to_text();
        Ok(self.0.iter().any(|known| **known == *wanted).into())
    }

    fn text(&self) -> String {
        format!("[{}]", self.0.join(" "))
    }

    fn data(&self) -> Value {
        let versions = self.0.iter().map(|version| Value::from(&**version));
        Value::List(super::template::List::new(versions.collect()))
    }

    fn truth(&self) -> bool {
        !self.0.is_empty()
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

    fn data(&self) -> Value {
        let names = [
            "version",
            "git_commit",
            "git_tree_state",
            "go_version",
            "kube_client_version",
        ];
        let fields = names.into_iter().zip(HELM);
        let entries = fields.map(|(name, (_, value))| (name, Value::from(value)));
        Value::Map(entries.collect::<Map>())
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use super::*;
    use crate::render::template::evaluate;

    fn shown(version: &str, pipeline: &str) -> String {
        let version = Version::new(version).unwrap();
        let capabilities = Capabilities {
            kube_version: version,
            api_versions: [
                "v1".into(),
                "apps/v1".into(),
                "example.com/v1/Widget".into(),
            ]
            .into(),
        };
        let dot = Value::Map(
            [("Capabilities", seen(&capabilities))]
                .into_iter()
                .collect::<Map>(),
        );
        let pipeline = format!("printf \"%v\" ({pipeline})");
        match evaluate(&pipeline, dot) {
            Ok(Value::Str(text)) => text.to_text().into_owned(),
            other => panic!("{:?}", other.err()),
        }
    }

    #[test]
    fn the_version_is_read_in_every_way_that_helm_has() {
        let cases = [
            (
                "1.33.4",
                ["v1.33.4", "v1.33.4", "v1.33.4", "1", "33", "v1.33.4"],
            ),
            (
                "v1.30.5-gke.1014001",
                [
                    "v1.30.5-gke.1014001",
                    "v1.30.5",
                    "v1.30.5-gke.1014001",
                    "1",
                    "30",
                    "v1.30.5",
                ],
            ),
        ];
        let fields = [".Version", ".String", ".GitVersion", ".Major", ".Minor", ""];
        for (version, expected) in cases {
            let found =
                fields.map(|field| shown(version, &format!(".Capabilities.KubeVersion{field}")));
            assert_eq!(found, expected, "{version}");
        }
    }

    #[test]
    fn charts_compare_the_version() {
        for (version, constraint, expected) in [
            ("1.33.4", ">=1.30.0", "true"),
            ("v1.33.4-eks-1", ">=1.30.0", "false"),
            ("v1.33.4-eks-1", ">=1.30-0", "true"),
            ("1.33.4", "<1.21-0", "false"),
        ] {
            let pipeline =
                format!("semverCompare \"{constraint}\" .Capabilities.KubeVersion.Version");
            assert_eq!(
                shown(version, &pipeline),
                expected,
                "{version} {constraint}"
            );
        }
    }

    #[test]
    fn api_versions_are_a_list_that_can_be_asked() {
        for (pipeline, expected) in [
            (".Capabilities.APIVersions.Has \"apps/v1\"", "true"),
            (".Capabilities.APIVersions.Has \"apps/v2\"", "false"),
            (
                ".Capabilities.APIVersions.Has \"example.com/v1/Widget\"",
                "true",
            ),
            (
                ".Capabilities.APIVersions",
                "[v1 apps/v1 example.com/v1/Widget]",
            ),
            ("kindOf .Capabilities.APIVersions", "slice"),
            (".Capabilities.HelmVersion.Version", "v4.3.1"),
        ] {
            assert_eq!(shown("1.33.4", pipeline), expected, "{pipeline}");
        }
    }
}
