//! Which fields of a rendered layer are sensitive: those that come out differently with other sensitive inputs.

use std::collections::HashMap;
use std::sync::Arc;

use crate::diag::Diagnostic;
use crate::diff;
use crate::model::{Key, Object, ObjectKey};
use crate::plan::{DesiredObject, PlannedBlob};
use crate::render::{Context, Prepared, Rendered, render, values};
use crate::yaml::{self, Value};

/// A layer on one cluster, rendered and masked.
pub(super) struct Masked {
    /// The values after macros, masked.
    pub values: PlannedBlob,
    /// The objects, masked.
    pub objects: Vec<DesiredObject>,
    /// What else came out.
    pub rendered: Rendered,
}

/// Something of the same form as a sensitive value, and not it: letters and digits are changed for others of their kind,
/// so that what is, say, base64 stays so.
fn stand_in(_name: &str, value: &Value) -> Value {
    let turn = |letter: char| match letter {
        'a'..='y' | 'A'..='Y' | '0'..='8' => {
            char::from_u32(u32::from(letter) + 1).unwrap_or(letter)
        }
        'z' => 'a',
        'Z' => 'A',
        '9' => '0',
        'ж' => 'я',
        other if !other.is_ascii() => 'ж',
        other => other,
    };
    match value {
        Value::Null => Value::from("stand-in"),
        Value::Bool(truth) => Value::Bool(!truth),
        Value::Int(number) => Value::Int(number.wrapping_add(1)),
        Value::Float(number) if number + 1.0 == *number => Value::Float(-number),
        Value::Float(number) => Value::Float(number + 1.0),
        Value::String(text) => {
            let turned: String = text.chars().map(turn).collect();
            // A text of signs alone has nothing that could be turned.
            Value::String(if turned == *text {
                format!("x{text}")
            } else {
                turned
            })
        }
        Value::List(list) if list.is_empty() => Value::from("stand-in"),
        Value::List(list) => Value::List(list.iter().map(|value| stand_in("", value)).collect()),
        Value::Map(map) if map.is_empty() => Value::from("stand-in"),
        Value::Map(map) => {
            let turned = |(key, value): (&String, &Value)| (key.clone(), stand_in("", value));
            Value::Map(map.iter().map(turned).collect())
        }
    }
}

/// Renders a layer, and once more with stand-ins if something sensitive goes into it.
///
/// # Errors
/// What is wrong with the layer, and when a sensitive value decides what an object is.
pub(super) fn rendered(
    prepared: &Prepared,
    cx: &Context<'_>,
    sensitive: bool,
    key: &Key,
) -> Result<Masked, Vec<Diagnostic>> {
    let real_values = values(prepared, cx)?;
    let mut rendered = render(prepared, &real_values, cx)?;
    let objects = std::mem::take(&mut rendered.objects);
    let (masked_values, altered) = if sensitive {
        let cx = cx.with_stand_in(&stand_in);
        let altered_values = values(prepared, &cx)?;
        let altered = render(prepared, &altered_values, &cx)?.objects;
        (
            diff::mask(&real_values, Some(&altered_values), key),
            Some(pair(prepared, &objects, altered)?),
        )
    } else {
        (diff::mask(&real_values, None, key), None)
    };
    let values = yaml::write(&masked_values);
    let objects = objects.into_iter().enumerate();
    let objects = objects
        .map(|(at, object)| mask(object, altered.as_ref().map(|altered| &altered[at]), key))
        .collect();
    Ok(Masked {
        values: blob(values),
        objects,
        rendered,
    })
}

/// Renders a layer in clear.
///
/// # Errors
/// What is wrong with the layer.
pub(super) fn in_clear(
    prepared: &Prepared,
    cx: &Context<'_>,
) -> Result<HashMap<ObjectKey, Arc<Value>>, Vec<Diagnostic>> {
    let values = values(prepared, cx)?;
    let rendered = render(prepared, &values, cx)?;
    Ok(rendered
        .objects
        .into_iter()
        .map(|object| (object.key, Arc::new(object.value)))
        .collect())
}

/// The same objects rendered with stand-ins, in the order of the real ones.
fn pair(
    prepared: &Prepared,
    real: &[Object],
    altered: Vec<Object>,
) -> Result<Vec<Value>, Vec<Diagnostic>> {
    let mut altered: HashMap<ObjectKey, Value> = altered
        .into_iter()
        .map(|object| (object.key, object.value))
        .collect();
    let paired: Option<Vec<Value>> = real
        .iter()
        .map(|object| altered.remove(&object.key))
        .collect();
    match paired {
        Some(paired) if altered.is_empty() => Ok(paired),
        _ => {
            let layer = prepared.layer();
            let summary = format!(
                "layer `{}`: a sensitive value decides which objects there are",
                layer.name
            );
            let help = "kinds, names and namespaces are kept in clear text: use a variable for them that is not sensitive";
            Err(vec![Diagnostic::error(summary).at(layer.span).help(help)])
        }
    }
}

fn mask(object: Object, altered: Option<&Value>, key: &Key) -> DesiredObject {
    let masked = diff::mask(&object.value, altered, key);
    let text = yaml::write_ordered(&object.value);
    let content = key.hash(text.as_bytes());
    let is_masked = masked != object.value;
    let text = if is_masked {
        yaml::write_ordered(&masked)
    } else {
        text
    };
    DesiredObject {
        key: object.key,
        hook: !object.hooks.is_empty(),
        keep: object.keep,
        masked: is_masked,
        blob: blob(text),
        content,
        real: Arc::new(object.value),
    }
}

/// A text with its digest.
pub(super) fn blob(text: String) -> PlannedBlob {
    PlannedBlob {
        digest: crate::model::Digest::of(text.as_bytes()),
        text: text.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stand_ins_keep_the_form() {
        let table = [
            (Value::from("aZ9-x="), Value::from("bA0-y=")),
            (Value::from(""), Value::from("x")),
            (Value::from("!@#"), Value::from("x!@#")),
            (Value::from("密码"), Value::from("жж")),
            (Value::Float(1e300), Value::Float(-1e300)),
            (Value::Int(4), Value::Int(5)),
            (Value::Bool(true), Value::Bool(false)),
        ];
        for (value, expected) in table {
            assert_eq!(stand_in("", &value), expected);
        }
    }
}
