//! What an object says of itself, with the defaults of what it leaves out.

use crate::yaml::Value;

/// An object, and how it is asked.
pub(super) struct Facts<'a>(&'a Value);

/// A condition of an object's status.
#[derive(Clone, Copy, Debug)]
pub(super) struct Condition<'a> {
    pub status: &'a str,
    pub reason: &'a str,
    pub message: &'a str,
}

impl Condition<'_> {
    pub fn is(self, status: &str) -> bool {
        self.status == status
    }
}

/// What a condition says, to be put behind a sentence: `: DeadlineExceeded: the Job was active longer than ...`.
pub(super) fn quoted(condition: Condition<'_>) -> String {
    let said = [condition.reason, condition.message];
    said.iter()
        .filter(|words| !words.is_empty())
        .map(|words| format!(": {words}"))
        .collect()
}

impl<'a> Facts<'a> {
    pub fn of(object: &'a Value) -> Self {
        Self(object)
    }

    pub fn kind(&self) -> &'a str {
        self.text(["kind"])
    }

    /// The API group; empty for the core group.
    pub fn group(&self) -> &'a str {
        let version = self.text(["apiVersion"]);
        version.split_once('/').map_or("", |(group, _)| group)
    }

    pub fn text<const N: usize>(&self, path: [&'a str; N]) -> &'a str {
        let value = self.0.at(path).and_then(Value::as_str);
        value.unwrap_or_default()
    }

    pub fn int<const N: usize>(&self, path: [&'a str; N]) -> Option<i64> {
        self.0.at(path).and_then(Value::as_int)
    }

    pub fn int_or<const N: usize>(&self, path: [&'a str; N], default: i64) -> i64 {
        self.int(path).unwrap_or(default)
    }

    pub fn flag<const N: usize>(&self, path: [&'a str; N]) -> bool {
        let value = self.0.at(path).and_then(Value::as_bool);
        value.unwrap_or_default()
    }

    pub fn list<const N: usize>(&self, path: [&'a str; N]) -> &'a [Value] {
        let value = self.0.at(path).and_then(Value::as_list);
        value.unwrap_or_default()
    }

    /// A list of texts.
    pub fn names<const N: usize>(&self, path: [&'a str; N]) -> Vec<&'a str> {
        let list = self.list(path).iter();
        list.filter_map(Value::as_str).collect()
    }

    /// A condition, unless it speaks of an earlier generation of the object.
    pub fn condition(&self, kind: &str) -> Option<Condition<'a>> {
        let all = self.list(["status", "conditions"]).iter();
        let said = |condition: &'a Value, key| {
            let words = condition.get(key).and_then(Value::as_str);
            words.unwrap_or_default()
        };
        let found = all
            .filter(|condition| said(condition, "type") == kind)
            .find(|condition| !self.is_outdated(condition))?;
        Some(Condition {
            status: said(found, "status"),
            reason: said(found, "reason"),
            message: said(found, "message"),
        })
    }

    /// Whether a condition is there and true.
    pub fn is_true(&self, kind: &str) -> bool {
        self.condition(kind).is_some_and(|it| it.is("True"))
    }

    fn is_outdated(&self, condition: &Value) -> bool {
        let observed = condition.get("observedGeneration").and_then(Value::as_int);
        let generation = self.int(["metadata", "generation"]);
        matches!((observed, generation), (Some(observed), Some(now)) if observed < now)
    }
}
