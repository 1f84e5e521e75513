//! What templates see as `.Capabilities`.

use std::any::Any;
use std::rc::Rc;
use std::sync::Arc;

use crate::model::{Capabilities, Version};

use super::template::{Failure, Map, Method, Object, Outcome, Param, Value};

/// The capabilities of a target as templates see them.
pub fn seen(capabilities: &Capabilities) -> Value {
    let entries = [
        (
            "KubeVersion",
            Value::Object(Rc::new(KubeVersion(capabilities.kube_version.clone()))),
        ),
        (
            "APIVersions",
            Value::Object(Rc::new(ApiVersions(Arc::clone(&capabilities.api_versions)))),
        ),
    ];
    Value::Map(entries.into_iter().collect::<Map>())
}

/// `.Capabilities.KubeVersion`: prints as `v1.33.2`.
struct KubeVersion(Version);

impl KubeVersion {
    fn with_v(&self) -> String {
        let text = self.0.as_str();
        if text.starts_with('v') {
            text.to_owned()
        } else {
            format!("v{text}")
        }
    }

    fn number(&self, at: usize) -> Value {
        let number = self.0.numbers().get(at).copied().unwrap_or_default();
        Value::from(number.to_string())
    }
}

impl Object for KubeVersion {
    fn type_name(&self) -> &str {
        "*common.KubeVersion"
    }

    fn field(&self, name: &str) -> Option<Value> {
        match name {
            "Version" => Some(self.with_v().into()),
            "Major" => Some(self.number(0)),
            "Minor" => Some(self.number(1)),
            _ => None,
        }
    }

    fn method(&self, name: &str) -> Option<Method> {
        matches!(name, "GitVersion" | "String").then_some(Method {
            params: &[],
            variadic: false,
        })
    }

    fn call(&self, _name: &str, _args: &[Value]) -> Outcome {
        Ok(self.with_v().into())
    }

    fn text(&self) -> String {
        self.with_v()
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

    fn truth(&self) -> bool {
        !self.0.is_empty()
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}
