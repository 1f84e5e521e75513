//! Sensitive values as keyed hashes.

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

/// Masks the data of a Secret.
#[must_use]
pub fn mask_secret(secret: &Value, key: &Key) -> Value {
    let mut masked = secret.clone();
    for field in ["data", "stringData"] {
        match masked.as_map_mut().and_then(|map| map.get_mut(field)) {
            None | Some(Value::Null) => {}
            Some(Value::Map(data)) => data
                .values_mut()
                .for_each(|value| *value = mask_once(value, key)),
            Some(other) => *other = mask_once(other, key),
        }
    }
    masked
}

fn mask_once(value: &Value, key: &Key) -> Value {
    if is_placeholder(value) {
        value.clone()
    } else {
        placeholder(value, key)
    }
}

/// Masks what comes out differently when sensitive inputs are replaced: `altered` is the same thing made with other
/// inputs. Where the shapes differ, all of that part is masked.
#[must_use]
pub fn mask_differences(real: &Value, altered: &Value, key: &Key) -> Value {
    match (real, altered) {
        _ if real == altered => real.clone(),
        (Value::Map(ours), Value::Map(theirs))
            if ours.len() == theirs.len() && ours.keys().all(|name| theirs.contains_key(name)) =>
        {
            let mask = |(name, value): (&String, &Value)| {
                (name.clone(), mask_differences(value, &theirs[name], key))
            };
            Value::Map(ours.iter().map(mask).collect())
        }
        (Value::List(ours), Value::List(theirs)) if ours.len() == theirs.len() => Value::List(
            ours.iter()
                .zip(theirs)
                .map(|(ours, theirs)| mask_differences(ours, theirs, key))
                .collect(),
        ),
        _ => mask_once(real, key),
    }
}

/// Masks an observed object wherever `masked` has a placeholder, so that the two can be compared and shown.
#[must_use]
pub fn mask_like(observed: &Value, masked: &Value, key: &Key) -> Value {
    match (observed, masked) {
        (Value::Map(observed), Value::Map(masked)) => {
            let mask = |(name, value): (&String, &Value)| {
                let value = masked
                    .get(name)
                    .map_or_else(|| value.clone(), |masked| mask_like(value, masked, key));
                (name.clone(), value)
            };
            Value::Map(observed.iter().map(mask).collect())
        }
        (Value::List(observed), Value::List(masked)) => {
            let mask = |(at, value): (usize, &Value)| {
                masked
                    .get(at)
                    .map_or_else(|| value.clone(), |masked| mask_like(value, masked, key))
            };
            Value::List(observed.iter().enumerate().map(mask).collect())
        }
        // An ordinary text that looks like a placeholder stays equal to itself.
        _ if observed != masked && is_placeholder(masked) => placeholder(observed, key),
        _ => observed.clone(),
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
            "kind": "Secret", "metadata": {"name": "s"}, "data": {"password": password}, "stringData": {"user": "admin"}
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
            let masked = mask_secret(&secret(&password), &key());
            prop_assert!(!to_json(&masked).contains(&password));
            prop_assert!(is_masked(&masked));
            prop_assert_eq!(masked == mask_secret(&secret(&other), &key()), password == other);

            let masked = mask_differences(&config(&password), &config("stand-in"), &key());
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
        let masked = mask_differences(&list(&["a", "b"]), &list(&["a"]), &key());
        assert_eq!(masked, placeholder(&list(&["a", "b"]), &key()));
    }

    #[test]
    fn a_text_that_looks_like_a_placeholder_is_no_harm() {
        let text = Value::from("(sensitive 0123456789abcdef)");
        assert_eq!(mask_like(&text, &text, &key()), text);
        assert_eq!(unmask(&text, &text), Some(text.clone()));
    }
}
