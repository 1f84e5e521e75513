//! What the templates of a layer look up on a server.
//!
//! Templates cannot wait for a server. So what they look up is either known before they are executed, or comes out as if it
//! were not there and is noted; whoever renders asks the server for it and renders once more.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;

use crate::model::Lookup;
use crate::yaml::Value;

use super::template::{self, LookUp};

/// What a server answered, by what was looked up.
pub type Answers = BTreeMap<Lookup, Arc<Value>>;

/// What is known of a server while a layer is rendered, and what else its templates looked up.
#[derive(Debug, Default)]
pub struct Lookups {
    answers: Answers,
    unknown: Mutex<BTreeSet<Lookup>>,
}

impl Lookups {
    /// For a rendering with these answers.
    pub fn knowing(answers: Answers) -> Self {
        Self {
            answers,
            unknown: Mutex::default(),
        }
    }

    /// What templates looked up and nobody knows: what they rendered to is not to be used.
    pub fn unknown(&self) -> Vec<Lookup> {
        let unknown = self.unknown.lock().unwrap_or_else(PoisonError::into_inner);
        unknown.iter().cloned().collect()
    }

    /// Whether data of Secrets are among the answers.
    pub fn has_secrets(&self) -> bool {
        self.answers
            .values()
            .any(|answer| secrets(answer).any(|secret| secret.get("data").is_some()))
    }

    /// The same answers with other data in all Secrets, to tell what depends on them. `alter` gives another text for a text.
    #[must_use]
    pub fn with_other_secrets(&self, alter: &dyn Fn(&Value) -> Value) -> Self {
        let other = |answer: &Arc<Value>| {
            let mut answer = Value::clone(answer);
            other_data(&mut answer, alter);
            Arc::new(answer)
        };
        let answers = self.answers.iter();
        Self::knowing(
            answers
                .map(|(lookup, answer)| (lookup.clone(), other(answer)))
                .collect(),
        )
    }
}

impl LookUp for Lookups {
    fn look_up(&self, lookup: Lookup) -> template::Value {
        match self.answers.get(&lookup) {
            Some(answer) => template::Value::of_object(answer),
            None => {
                let mut unknown = self.unknown.lock().unwrap_or_else(PoisonError::into_inner);
                unknown.insert(lookup);
                template::Value::Map(template::Map::default())
            }
        }
    }
}

/// The Secrets in an answer: itself, or what stands in its list.
fn secrets(answer: &Value) -> impl Iterator<Item = &Value> {
    let items = answer.get("items").and_then(Value::as_list);
    let all = items.unwrap_or_default().iter().chain([answer]);
    all.filter(|one| one.get("kind").and_then(Value::as_str) == Some("Secret"))
}

fn other_data(answer: &mut Value, alter: &dyn Fn(&Value) -> Value) {
    let is_secret = answer.get("kind").and_then(Value::as_str) == Some("Secret");
    let Some(map) = answer.as_map_mut() else {
        return;
    };
    if let Some(Value::List(items)) = map.get_mut("items") {
        items.iter_mut().for_each(|item| other_data(item, alter));
    }
    if is_secret && let Some(data) = map.get_mut("data").and_then(Value::as_map_mut) {
        for value in data.values_mut() {
            *value = other_datum(value, alter);
        }
    }
}

/// Something else in base64: templates decode it.
fn other_datum(value: &Value, alter: &dyn Fn(&Value) -> Value) -> Value {
    let bytes = value
        .as_str()
        .and_then(|text| BASE64_STANDARD.decode(text).ok());
    let Some(bytes) = bytes else {
        return alter(value);
    };
    let other = match String::from_utf8(bytes) {
        Ok(text) => match alter(&Value::String(text)) {
            Value::String(text) => text.into_bytes(),
            other => return other,
        },
        Err(binary) => binary.into_bytes().iter().map(|byte| !byte).collect(),
    };
    Value::String(BASE64_STANDARD.encode(other))
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use super::*;
    use crate::yaml::{parse_first, to_json};

    fn known(text: &str) -> (Lookup, Lookups) {
        let lookup = Lookup::new("v1", "Secret", "web", "login");
        let answer = Arc::new(parse_first(text).unwrap());
        let answers = Answers::from([(lookup.clone(), answer)]);
        (lookup, Lookups::knowing(answers))
    }

    #[test]
    fn what_is_not_known_is_not_there_and_is_noted() {
        let (lookup, lookups) = known("{kind: Secret}");
        let other = Lookup::new("v1", "Secret", "web", "");
        let is_there = |lookup: &Lookup| lookups.look_up(lookup.clone()).truth();
        assert!(is_there(&lookup) && lookups.unknown().is_empty());
        assert!(!is_there(&other) && !is_there(&other));
        assert_eq!(lookups.unknown(), [other]);
    }

    #[test]
    fn secrets_come_out_otherwise_and_keep_their_form() {
        let turned = |value: &Value| Value::from(format!("{}!", value.as_str().unwrap()));
        let other = |text: &str| {
            let (lookup, lookups) = known(text);
            let other = lookups.with_other_secrets(&turned);
            (lookups.has_secrets(), to_json(&other.answers[&lookup]))
        };
        assert_eq!(
            other("{kind: Secret, type: a, data: {x: cw==, z: /w==}}"),
            (
                true,
                r#"{"data":{"x":"cyE=","z":"AA=="},"kind":"Secret","type":"a"}"#.to_owned()
            )
        );
        assert_eq!(
            other("{kind: SecretList, items: [{kind: Secret, data: {x: cw==}}]}"),
            (
                true,
                r#"{"items":[{"data":{"x":"cyE="},"kind":"Secret"}],"kind":"SecretList"}"#
                    .to_owned()
            )
        );
        let plain = r#"{"data":{"x":"s"},"kind":"ConfigMap"}"#;
        assert_eq!(other(plain), (false, plain.to_owned()));
    }
}
