//! Sensitive values as keyed hashes.

use std::collections::HashSet;

use crate::model::Key;
use crate::yaml::{Value, to_json};

const OPEN: &str = "(sensitive ";
const DIGITS: usize = 16;

/// What stands in place of a sensitive value: the first 64 bits of its keyed hash. Equal values have equal placeholders.
pub fn placeholder(value: &Value, key: &Key) -> Value {
    let hash = key.hash(to_json(value).as_bytes()).to_string();
    Value::String(format!("{OPEN}{})", &hash[..DIGITS]))
}

fn is_placeholder(value: &Value) -> bool {
    let digits = value
        .as_str()
        .and_then(|text| text.strip_prefix(OPEN))
        .and_then(|text| text.strip_suffix(')'));
    digits.is_some_and(|digits| {
        digits.len() == DIGITS && digits.bytes().all(|digit| digit.is_ascii_hexdigit())
    })
}

/// Whether something in a value is masked.
pub fn is_masked(value: &Value) -> bool {
    match value {
        Value::List(list) => list.iter().any(is_masked),
        Value::Map(map) => map.values().any(is_masked),
        scalar => is_placeholder(scalar),
    }
}

/// Masks an object or values. `altered` is the same thing made with other sensitive inputs, if there are any: what comes
/// out differently is sensitive, and where the shapes differ, all of that part is. All data of a core Secret are.
///
/// An ordinary text that looks like a placeholder is masked as well. So every placeholder is one, and what looks like
/// one on a target is never taken for the value that it stands for.
#[must_use]
pub fn mask(real: &Value, altered: Option<&Value>, key: &Key) -> Value {
    let masked = differences(real, altered.unwrap_or(real), key);
    if is_secret(real) {
        mask_data(masked, real, key)
    } else {
        masked
    }
}

/// Whether an object is a core Secret.
pub(super) fn is_secret(object: &Value) -> bool {
    let is = |field, text| object.get(field).and_then(Value::as_str) == Some(text);
    is("kind", "Secret") && is("apiVersion", "v1")
}

/// Masks the data of a Secret; `real` is the same object in clear.
fn mask_data(mut masked: Value, real: &Value, key: &Key) -> Value {
    for field in ["data", "stringData"] {
        let place = masked.as_map_mut().and_then(|map| map.get_mut(field));
        let (Some(place), Some(real)) = (place, real.get(field)) else {
            continue;
        };
        *place = match real {
            Value::Null => Value::Null,
            Value::Map(data) => {
                let mask =
                    |(name, value): (&String, &Value)| (name.clone(), placeholder(value, key));
                Value::Map(data.iter().map(mask).collect())
            }
            other => placeholder(other, key),
        };
    }
    masked
}

fn differences(real: &Value, altered: &Value, key: &Key) -> Value {
    match (real, altered) {
        (Value::Map(ours), Value::Map(theirs))
            if ours.len() == theirs.len() && ours.keys().all(|name| theirs.contains_key(name)) =>
        {
            let mask = |(name, value): (&String, &Value)| {
                (name.clone(), differences(value, &theirs[name], key))
            };
            Value::Map(ours.iter().map(mask).collect())
        }
        (Value::List(ours), Value::List(theirs)) if ours.len() == theirs.len() => Value::List(
            ours.iter()
                .zip(theirs)
                .map(|(ours, theirs)| differences(ours, theirs, key))
                .collect(),
        ),
        _ if real == altered && !is_placeholder(real) => real.clone(),
        _ => placeholder(real, key),
    }
}

/// Masks an observed object as another one is masked, so that the two can be compared and shown: they are equal exactly
/// when what they were made of is equal.
///
/// What was edited on a target may have sensitive values at other places. So what stands beside a placeholder and is not
/// known is masked, too, and so is a sensitive value that has moved as a whole.
#[must_use]
pub fn mask_like(observed: &Value, masked: &Value, key: &Key) -> Value {
    let mut placeholders = HashSet::new();
    collect(masked, &mut placeholders);
    let like = Like { placeholders, key }.mask(observed, Some(masked), false);
    if is_secret(observed) || is_secret(masked) {
        mask_data(like, observed, key)
    } else {
        like
    }
}

fn collect<'a>(masked: &'a Value, into: &mut HashSet<&'a str>) {
    match masked {
        Value::List(list) => list.iter().for_each(|inner| collect(inner, into)),
        Value::Map(map) => map.values().for_each(|inner| collect(inner, into)),
        scalar if is_placeholder(scalar) => into.extend(scalar.as_str()),
        _ => {}
    }
}

struct Like<'a> {
    /// The placeholders that the masked object has.
    placeholders: HashSet<&'a str>,
    key: &'a Key,
}

impl Like<'_> {
    /// `beside` says whether something that we do not know stands beside a placeholder.
    fn mask(&self, observed: &Value, masked: Option<&Value>, beside: bool) -> Value {
        match (observed, masked) {
            (_, Some(masked)) if is_placeholder(masked) => placeholder(observed, self.key),
            (Value::Map(observed), Some(Value::Map(masked))) => {
                let beside = masked.values().any(is_placeholder);
                let mask = |(name, value): (&String, &Value)| {
                    (name.clone(), self.mask(value, masked.get(name), beside))
                };
                Value::Map(observed.iter().map(mask).collect())
            }
            (Value::List(observed), Some(Value::List(masked))) => {
                Value::List(self.list(observed, masked))
            }
            (_, Some(masked)) if observed != masked && is_masked(masked) => {
                placeholder(observed, self.key)
            }
            (_, None) if beside => placeholder(observed, self.key),
            (Value::Map(observed), _) => {
                let mask = |(name, value): (&String, &Value)| {
                    (name.clone(), self.mask(value, None, false))
                };
                Value::Map(observed.iter().map(mask).collect())
            }
            (Value::List(observed), _) => Value::List(
                observed
                    .iter()
                    .map(|value| self.mask(value, None, false))
                    .collect(),
            ),
            _ => self.scalar(observed, masked),
        }
    }

    fn list(&self, observed: &[Value], masked: &[Value]) -> Vec<Value> {
        let secretive = masked.iter().any(is_masked);
        let counterpart = |at: usize, value: &Value| {
            if observed.len() == masked.len() || !secretive {
                return masked.get(at);
            }
            // Something was put in or taken out: positions say nothing any more.
            let name = value.get("name").and_then(Value::as_str);
            let named = |other: &&Value| {
                name.is_some() && other.get("name").and_then(Value::as_str) == name
            };
            masked
                .iter()
                .find(named)
                .or_else(|| masked.iter().find(|other| *other == value))
        };
        let elements = observed.iter().enumerate();
        elements
            .map(|(at, value)| self.mask(value, counterpart(at, value), secretive))
            .collect()
    }

    fn scalar(&self, observed: &Value, masked: Option<&Value>) -> Value {
        if is_placeholder(observed) {
            return placeholder(observed, self.key);
        }
        if masked != Some(observed) && !self.placeholders.is_empty() {
            let moved = placeholder(observed, self.key);
            if moved
                .as_str()
                .is_some_and(|text| self.placeholders.contains(text))
            {
                return moved;
            }
        }
        observed.clone()
    }
}

/// Puts the real values back in place of placeholders; nothing when the two have not the same shape.
pub fn unmask(masked: &Value, real: &Value) -> Option<Value> {
    match (masked, real) {
        _ if is_placeholder(masked) => Some(real.clone()),
        (Value::Map(masked), real) if masked.values().any(is_masked) => {
            let put = |(name, value): (&String, &Value)| {
                let value = if is_masked(value) {
                    unmask(value, real.get(name)?)?
                } else {
                    value.clone()
                };
                Some((name.clone(), value))
            };
            masked
                .iter()
                .map(put)
                .collect::<Option<_>>()
                .map(Value::Map)
        }
        (Value::List(masked), Value::List(real)) if masked.iter().any(is_masked) => {
            let put = |(at, value): (usize, &Value)| {
                if is_masked(value) {
                    unmask(value, real.get(at)?)
                } else {
                    Some(value.clone())
                }
            };
            masked
                .iter()
                .enumerate()
                .map(put)
                .collect::<Option<_>>()
                .map(Value::List)
        }
        _ if is_masked(masked) => None,
        _ => Some(masked.clone()),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn key() -> Key {
        Key::from_bytes([7; 32])
    }

    fn secret(password: &str) -> Value {
        let json = serde_json::json!({
            "apiVersion": "v1", "kind": "Secret", "metadata": {"name": "s"}, "data": {"password": password}, "stringData": {"user": "admin"}
        });
        json.into()
    }

    fn config(password: &str) -> Value {
        let json = serde_json::json!({
            "kind": "ConfigMap", "data": {"url": format!("postgres://app:{password}@db"), "plain": "x"},
            "list": [{"name": "a", "value": password}, {"name": "b", "value": "c"}],
        });
        json.into()
    }

    proptest! {
        #[test]
        fn nothing_of_a_secret_is_left(password in "[a-zA-Z0-9]{8,20}", other in "[a-zA-Z0-9]{8,20}") {
            let masked = mask(&secret(&password), None, &key());
            prop_assert!(!to_json(&masked).contains(&password));
            prop_assert!(is_masked(&masked));
            prop_assert_eq!(masked == mask(&secret(&other), None, &key()), password == other);

            let masked = mask(&config(&password), Some(&config("stand-in")), &key());
            prop_assert!(!to_json(&masked).contains(&password));
            prop_assert_eq!(masked.at(["data", "plain"]), Some(&Value::from("x")));
            prop_assert_eq!(unmask(&masked, &config(&password)), Some(config(&password)));
            prop_assert_eq!(mask_like(&config(&password), &masked, &key()), masked.clone());
            prop_assert_eq!(mask_like(&config(&other), &masked, &key()) == masked, password == other);
        }
    }

    #[test]
    fn shapes_that_depend_on_a_secret_are_masked_whole() {
        let list =
            |texts: &[&str]| Value::List(texts.iter().map(|text| Value::from(*text)).collect());
        let masked = mask(&list(&["a", "b"]), Some(&list(&["a"])), &key());
        assert_eq!(masked, placeholder(&list(&["a", "b"]), &key()));
    }

    #[test]
    fn a_placeholder_cannot_be_forged() {
        let real = value(r#"{"password":"hunter2","note":"(sensitive 0123456789abcdef)"}"#);
        let altered = value(r#"{"password":"other","note":"(sensitive 0123456789abcdef)"}"#);
        let masked = mask(&real, Some(&altered), &key());
        assert_ne!(
            masked.get("note"),
            real.get("note"),
            "what looks like one becomes one"
        );
        assert_eq!(mask_like(&real, &masked, &key()), masked);
        assert_eq!(unmask(&masked, &real), Some(real));
        // Somebody copies what a plan shows to the target.
        assert_ne!(mask_like(&masked, &masked, &key()), masked);
        let shown = mask(&secret("hunter2"), None, &key());
        assert_ne!(mask_like(&shown, &shown, &key()), shown);
    }

    #[test]
    fn edits_do_not_bring_secrets_to_light() {
        let real = r#"{"data":{"url":"x:hunter2","plain":"p"},"list":["a","b","hunter2"],
            "env":[{"name":"A","value":"1"},{"name":"B","value":"hunter2"}],"deep":{"p":"hunter2"}}"#;
        let masked = mask(
            &value(real),
            Some(&value(&real.replace("hunter2", "xxxx"))),
            &key(),
        );
        let edits = [
            ("\"url\"", "\"renamed\""),
            ("\"a\",\"b\",", "\"b\","),
            ("\"a\",\"b\",", "\"new\",\"a\",\"b\","),
            (r#"{"name":"A","value":"1"},"#, ""),
            (
                r#"{"name":"A","value":"1"},"#,
                r#"{"name":"N"},{"name":"A","value":"1"},"#,
            ),
            (r#"{"p":"hunter2"}"#, r#""hunter2""#),
            (r#"{"p":"hunter2"}"#, r#"["hunter2"]"#),
            (r#""plain""#, r#""q":"hunter2","plain""#),
            ("{\"data\"", "{\"elsewhere\":\"hunter2\",\"data\""),
        ];
        for (from, to) in edits {
            let edited = real.replacen(from, to, 1);
            assert_ne!(edited, real);
            let like = mask_like(&value(&edited), &masked, &key());
            assert!(
                !to_json(&like).contains("hunter2"),
                "{edited}: {}",
                to_json(&like)
            );
            assert_ne!(like, masked, "{edited}");
        }
        let edited = mask_like(&value(&real.replace("\"p\"", "\"other\"")), &masked, &key());
        assert_eq!(
            edited.at(["data", "plain"]),
            Some(&Value::from("other")),
            "the rest is shown"
        );

        let more =
            value(r#"{"apiVersion":"v1","kind":"Secret","data":{"user":"a","added":"hunter2"}}"#);
        let known = mask(&secret("hunter2"), None, &key());
        assert!(!to_json(&mask_like(&more, &known, &key())).contains("hunter2"));
    }

    fn value(json: &str) -> Value {
        let json: serde_json::Value = serde_json::from_str(json).expect("json");
        json.into()
    }

    fn scalar() -> impl Strategy<Value = Value> {
        prop_oneof![
            "[ab]{0,2}".prop_map(Value::from),
            Just(Value::from("(sensitive 0123456789abcdef)")),
            Just(Value::Null),
            (0..3_i64).prop_map(Value::from),
        ]
    }

    fn tree() -> impl Strategy<Value = Value> {
        scalar().prop_recursive(3, 20, 3, |inner| {
            prop_oneof![
                proptest::collection::vec(inner.clone(), 0..3).prop_map(Value::List),
                proptest::collection::vec(("[abn]|name", inner), 0..3)
                    .prop_map(|entries| Value::Map(entries.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn masked_values_are_equal_exactly_when_real_ones_are(
            real in tree(), altered in tree(), observed in tree(),
        ) {
            let masked = mask(&real, Some(&altered), &key());
            prop_assert_eq!(&mask_like(&real, &masked, &key()), &masked);
            prop_assert_eq!(unmask(&masked, &real), Some(real.clone()));
            prop_assert_eq!(mask_like(&observed, &masked, &key()) == masked, observed == real);
        }
    }
}
