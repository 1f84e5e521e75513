//! The method of `.Capabilities.APIVersions`, which is a list otherwise.

use super::function::{Args, Outcome, Param};
use super::object::{Method, Object};
use super::value::{List, Value};

/// API versions: group and version, `apps/v1`.
pub(super) struct Versions(pub List);

impl Object for Versions {
    fn type_name(&self) -> &str {
        self.0.elem().list_type()
    }

    fn method(&self, name: &str) -> Option<Method> {
        (name == "Has").then_some(Method {
            params: &[Param::Str],
            variadic: false,
        })
    }

    fn call(&self, _name: &str, args: &[Value]) -> Outcome {
        let wanted = Args(args).bytes(0);
        let has = |known: &Value| matches!(known, Value::Str(known) if **known == *wanted);
        Ok(self.0.iter().any(has).into())
    }

    fn text(&self) -> String {
        self.type_name().to_owned()
    }

    fn as_any(&self) -> &dyn std::any::Any {
        self
    }
}
