//! `semver` and `semverCompare`.

use std::rc::Rc;

use super::super::function::Param::{Object as Other, Str as Text};
use super::super::function::{Args, Function, Outcome};
use super::super::object::{Method, Object};
use super::super::semver::{Constraint, Version};
use super::super::value::{IntKind, Value};

pub(super) const FUNCTIONS: &[Function] = &[
    Function::pure("semver", &[Text], |args| {
        let version = Version::parse(&args.text(0))?;
        Ok(Value::Object(Rc::new(version)))
    }),
    Function::pure("semverCompare", &[Text, Text], |args| {
        let constraint = Constraint::parse(&args.text(0))?;
        let version = Version::parse(&args.text(1))?;
        Ok(Value::Bool(constraint.allows(&version)))
    }),
];

const TYPE: &str = "*semver.Version";

impl Object for Version {
    fn type_name(&self) -> &str {
        TYPE
    }

    fn method(&self, name: &str) -> Option<Method> {
        let params: &[_] = match name {
            "Major" | "Minor" | "Patch" | "Prerelease" | "Metadata" | "Original" | "String"
            | "IncMajor" | "IncMinor" | "IncPatch" => &[],
            "Compare" | "LessThan" | "GreaterThan" | "Equal" | "LessThanEqual"
            | "GreaterThanEqual" => &[Other(TYPE)],
            _ => return None,
        };
        Some(Method {
            params,
            variadic: false,
        })
    }

    fn call(&self, name: &str, args: &[Value]) -> Outcome {
        let number = |number: u64| {
            let number = i64::try_from(number).unwrap_or(i64::MAX);
            Ok(Value::Int(number, IntKind::Uint64))
        };
        let raised = |major: u64, minor: u64, patch: u64| {
            let text = format!("{major}.{minor}.{patch}");
            Ok(Value::Object(Rc::new(Version::parse(&text)?)))
        };
        match name {
            "Major" => return number(self.major),
            "Minor" => return number(self.minor),
            "Patch" => return number(self.patch),
            "Prerelease" => return Ok(Value::from(self.pre.as_str())),
            "Metadata" => return Ok(Value::from(self.build.as_str())),
            "Original" => return Ok(Value::from(self.original.as_str())),
            "IncMajor" => return raised(self.major.saturating_add(1), 0, 0),
            "IncMinor" => return raised(self.major, self.minor.saturating_add(1), 0),
            "IncPatch" if self.pre.is_empty() => {
                return raised(self.major, self.minor, self.patch.saturating_add(1));
            }
            "IncPatch" => return raised(self.major, self.minor, self.patch),
            _ => {}
        }
        let Value::Object(other) = Args(args).any(0) else {
            return Ok(Value::from(self.to_string()));
        };
        let Some(other) = other.as_any().downcast_ref::<Self>() else {
            return Err("the other is not a version".into());
        };
        let order = self.order(other);
        Ok(match name {
            "Compare" => Value::int(order as i64),
            "LessThan" => Value::Bool(order.is_lt()),
            "GreaterThan" => Value::Bool(order.is_gt()),
            "LessThanEqual" => Value::Bool(order.is_le()),
            "GreaterThanEqual" => Value::Bool(order.is_ge()),
            _ => Value::Bool(order.is_eq()),
        })
    }

    fn text(&self) -> String {
        self.to_string()
    }

    fn data(&self) -> Value {
        Value::from(self.to_string())
    }

    fn as_any(&self) -> &dyn std::any::Any {
        self
    }
}
