//! Which fields of a rendered layer are sensitive: those that come out differently with other sensitive inputs, or with
//! other random values.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use crate::diag::Diagnostic;
use crate::diff;
use crate::model::{Key, Object, ObjectKey, Seed};
use crate::plan::{DesiredObject, PlannedBlob};
use crate::render::template::Memo;
use crate::render::{Chance, Context, Lookups, NamespaceWish, Prepared, Rendered, render, values};
use crate::yaml::{self, Value};

use super::masks::Masks;

/// A layer on one cluster, rendered and masked.
#[derive(Debug)]
pub(super) struct Masked {
    /// The values after macros, masked.
    pub values: PlannedBlob,
    /// The objects, masked.
    pub objects: Vec<DesiredObject>,
    /// The namespaces that it wants.
    pub namespaces: Vec<NamespaceWish>,
    /// What is odd but no error.
    pub warnings: Vec<Diagnostic>,
    /// Whether anything in it is random or depends on the time.
    pub seeded: bool,
}

impl Masked {
    /// How many bytes of text it has.
    pub(super) fn bytes(&self) -> usize {
        let objects = self.objects.iter();
        let objects: usize = objects.map(|object| object.blob.text.len()).sum();
        self.values.text.len() + objects
    }
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

/// Something else in place of an object, of which nobody can tell what is sensitive in it: all but what says what it is.
fn closed(object: &Value) -> Value {
    let mut other = stand_in("", object);
    same_name(&mut other, object);
    for field in ["apiVersion", "kind"] {
        if let (Some(map), Some(value)) = (other.as_map_mut(), object.get(field)) {
            map.insert(field.to_owned(), value.clone());
        }
    }
    other
}

/// Renders a layer; and once more with stand-ins if something sensitive goes into it, with other data in the Secrets that it
/// looks up, and with other random values if it has any.
///
/// # Errors
/// What is wrong with the layer, and when a sensitive value decides what an object is.
pub(super) fn rendered(
    prepared: &Prepared,
    cx: &Context<'_>,
    sensitive: bool,
    (key, seed): (&Key, &Seed),
    masks: &Masks,
) -> Result<Masked, Vec<Diagnostic>> {
    let real_values = values(prepared, cx)?;
    let chance = Chance::new(seed, key, cx);
    let rendered = render(prepared, &real_values, cx, &chance)?;
    let seeded = rendered.is_seeded();
    let Rendered {
        objects,
        namespaces,
        warnings,
        memo,
    } = rendered;
    let altered_values = if sensitive {
        Some(values(prepared, &cx.with_stand_in(&stand_in))?)
    } else {
        None
    };
    let others = cx.lookups().filter(|lookups| lookups.has_secrets());
    let others = others.map(|lookups| {
        let turned = |value: &Value| stand_in("", value);
        Arc::new(lookups.with_other_secrets(&turned))
    });
    let again = Again {
        prepared,
        cx,
        other_secrets: others.as_ref(),
        real_values: &real_values,
        altered_values: altered_values.as_deref(),
        objects: &objects,
        namespaces: &namespaces,
    };
    let altered = match memo {
        None if !sensitive && others.is_none() => vec![None; objects.len()],
        None => again
            .with_other_inputs(&chance)?
            .into_iter()
            .map(Some)
            .collect(),
        Some(memo) => again.with_other_chance(memo, &chance)?,
    };
    let masked_values = diff::mask(&real_values, altered_values.as_deref(), key);
    let objects = objects.into_iter().zip(&altered);
    let objects = objects.map(|(object, altered)| {
        // Equal to itself: nothing sensitive is in it, but for the data of a Secret.
        let altered = altered
            .as_deref()
            .filter(|altered| **altered != *object.value);
        match altered {
            Some(_) => mask(&object, altered, key),
            None => masks.of(&object.value, || mask(&object, None, key)),
        }
    });
    let objects = objects.collect();
    Ok(Masked {
        values: blob(yaml::write(&masked_values)),
        objects,
        namespaces,
        warnings,
        seeded,
    })
}

/// Renders a layer in clear.
///
/// # Errors
/// What is wrong with the layer.
pub(super) fn in_clear(
    prepared: &Prepared,
    cx: &Context<'_>,
    chance: &Chance,
) -> Result<HashMap<ObjectKey, Arc<Value>>, Vec<Diagnostic>> {
    let values = values(prepared, cx)?;
    let rendered = render(prepared, &values, cx, chance)?;
    Ok(rendered
        .objects
        .into_iter()
        .map(|object| (object.key, object.value))
        .collect())
}

/// A layer that is rendered once more, to see what comes out differently.
struct Again<'a> {
    prepared: &'a Prepared,
    cx: &'a Context<'a>,
    real_values: &'a Value,
    /// Its values with stand-ins, if something sensitive goes into it.
    altered_values: Option<&'a Value>,
    /// What it looks up, with other data in the Secrets, if there are any.
    other_secrets: Option<&'a Arc<Lookups>>,
    /// What it renders to.
    objects: &'a [Object],
    namespaces: &'a [NamespaceWish],
}

impl Again<'_> {
    fn render(
        &self,
        chance: &Chance,
        lookups: Option<&Arc<Lookups>>,
    ) -> Result<Rendered, Vec<Diagnostic>> {
        let cx = match lookups {
            Some(lookups) => self.cx.with_lookups(lookups),
            None => *self.cx,
        };
        match self.altered_values {
            Some(values) => render(self.prepared, values, &cx.with_stand_in(&stand_in), chance),
            None => render(self.prepared, self.real_values, &cx, chance),
        }
    }

    /// The objects with stand-ins in them and with other data of the Secrets that were looked up, in the order of the real
    /// ones.
    ///
    /// # Errors
    /// Those of [`Again::with_stand_ins`].
    fn with_other_inputs(&self, chance: &Chance) -> Result<Vec<Arc<Value>>, Vec<Diagnostic>> {
        let Some(secrets) = self.other_secrets else {
            return self.with_stand_ins(chance);
        };
        // That a template cannot do anything with another certificate, say, is no error of the layer's.
        if let Ok(rendered) = self.render(chance, Some(secrets))
            && rendered.namespaces == *self.namespaces
            && let Ok(paired) = pair(self.objects, rendered.objects)
        {
            return Ok(paired);
        }
        if self.altered_values.is_some() {
            self.with_stand_ins(chance)?;
        }
        let objects = self.objects.iter();
        Ok(objects
            .map(|object| Arc::new(closed(&object.value)))
            .collect())
    }

    /// The objects with stand-ins in them, in the order of the real ones.
    fn with_stand_ins(&self, chance: &Chance) -> Result<Vec<Arc<Value>>, Vec<Diagnostic>> {
        let rendered = self.render(chance, None)?;
        let layer = self.prepared.layer();
        let refused = |what: &str, help: &str| {
            let summary = format!("layer `{}`: a sensitive value {what}", layer.name);
            vec![Diagnostic::error(summary).at(layer.span).help(help)]
        };
        if rendered.namespaces != *self.namespaces {
            return Err(refused(
                "stands in a name, label or annotation of a namespace",
                "namespaces are kept in clear text: use a variable for them that is not sensitive",
            ));
        }
        pair(self.objects, rendered.objects).map_err(|_| {
            refused(
                "decides which objects there are",
                "kinds, names and namespaces are kept in clear text: use a variable for them that is not sensitive",
            )
        })
    }

    /// The objects with other random values in them, and stand-ins, in the order of the real ones; nothing for those that
    /// only chance makes, or that nobody can tell apart.
    fn with_other_chance(
        &self,
        memo: Memo,
        chance: &Chance,
    ) -> Result<Vec<Option<Arc<Value>>>, Vec<Diagnostic>> {
        // That other random values fail somewhere, as in a check of their form, is no error of the layer's.
        let altered = self.render(&Chance::Altered(Box::new(memo)), self.other_secrets);
        let paired = match altered {
            Ok(altered) => {
                let same = altered.namespaces == *self.namespaces;
                match pair(self.objects, altered.objects) {
                    Ok(paired) if same => return Ok(paired.into_iter().map(Some).collect()),
                    Ok(paired) => paired.into_iter().map(Some).collect(),
                    Err(unpaired) => unpaired.by_kind(self.objects),
                }
            }
            Err(_) => vec![None; self.objects.len()],
        };
        if self.altered_values.is_none() && self.other_secrets.is_none() {
            return Ok(paired);
        }
        // Random values may decide which objects and namespaces there are, sensitive ones may not.
        let stand_ins = self.with_other_inputs(chance)?.into_iter();
        let all = paired.into_iter().zip(stand_ins);
        Ok(all
            .map(|(paired, stand_in)| paired.or(Some(stand_in)))
            .collect())
    }
}

/// What an object is, and whether it is a hook.
type Identity = (ObjectKey, bool);

fn identity(object: &Object) -> Identity {
    (object.key.clone(), !object.hooks.is_empty())
}

/// Objects of two renderings of which some have no counterpart of the same name.
struct Unpaired {
    /// The second rendering's, where the first one's have a counterpart.
    paired: Vec<Option<Arc<Value>>>,
    /// The others of the second rendering, in their order.
    left: Vec<Object>,
}

/// The objects of a second rendering in the order of the first.
fn pair(first: &[Object], second: Vec<Object>) -> Result<Vec<Arc<Value>>, Unpaired> {
    let places: HashMap<Identity, usize> = first
        .iter()
        .enumerate()
        .map(|(at, object)| (identity(object), at))
        .collect();
    let mut paired: Vec<Option<Arc<Value>>> = vec![None; first.len()];
    let mut left = Vec::new();
    for object in second {
        match places.get(&identity(&object)) {
            Some(at) => paired[*at] = Some(object.value),
            None => left.push(object),
        }
    }
    if left.is_empty() && paired.iter().all(Option::is_some) {
        Ok(paired.into_iter().flatten().collect())
    } else {
        Err(Unpaired { paired, left })
    }
}

impl Unpaired {
    /// Pairs what has other names by kind and order, as far as there is something to pair it with.
    fn by_kind(self, first: &[Object]) -> Vec<Option<Arc<Value>>> {
        let kind = |object: &Object| {
            let key = &object.key;
            let (group, kind) = (Arc::clone(&key.group), Arc::clone(&key.kind));
            (key.plane, group, kind, !object.hooks.is_empty())
        };
        let mut left: HashMap<_, VecDeque<Arc<Value>>> = HashMap::new();
        for object in self.left {
            left.entry(kind(&object))
                .or_default()
                .push_back(object.value);
        }
        let mut other = |object: &Object| {
            let mut other = left.get_mut(&kind(object))?.pop_front()?;
            // Names are kept in clear text beside the object.
            same_name(Arc::make_mut(&mut other), &object.value);
            Some(other)
        };
        let all = self.paired.into_iter().zip(first);
        all.map(|(paired, object)| paired.or_else(|| other(object)))
            .collect()
    }
}

/// Gives an object the name and the namespace of another one.
fn same_name(object: &mut Value, other: &Value) {
    let metadata = object.as_map_mut().and_then(|map| map.get_mut("metadata"));
    let Some(metadata) = metadata.and_then(Value::as_map_mut) else {
        return;
    };
    for field in ["name", "namespace"] {
        if let (Some(place), Some(name)) = (metadata.get_mut(field), other.at(["metadata", field]))
        {
            *place = name.clone();
        }
    }
}

fn mask(object: &Object, altered: Option<&Value>, key: &Key) -> DesiredObject {
    let masked = diff::mask(&object.value, altered, key);
    let text = yaml::write_ordered(&object.value);
    let content = key.hash(text.as_bytes());
    let is_masked = masked != *object.value;
    let text = if is_masked {
        yaml::write_ordered(&masked)
    } else {
        text
    };
    DesiredObject {
        key: object.key.clone(),
        hook: !object.hooks.is_empty(),
        keep: object.keep,
        masked: is_masked,
        blob: blob(text),
        content,
        real: Arc::clone(&object.value),
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

    fn object(kind: &str, name: &str, data: &str) -> Object {
        let text = format!("{{kind: {kind}, metadata: {{name: {name}}}, data: {data}}}");
        Object {
            key: ObjectKey::new("", kind, "", name),
            value: Arc::new(yaml::parse(&text).expect("YAML").remove(0)),
            hooks: Vec::new(),
            keep: None,
            origin: "test".into(),
        }
    }

    #[test]
    fn objects_are_paired_by_name_then_by_kind_and_order() {
        let first = [
            object("A", "same", "1"),
            object("A", "x1", "2"),
            object("A", "x2", "3"),
            object("B", "x3", "4"),
            object("C", "alone", "5"),
        ];
        let second = vec![
            object("B", "y1", "40"),
            object("A", "y2", "20"),
            object("A", "y3", "30"),
            object("A", "same", "10"),
            object("D", "alone", "50"),
        ];
        let unpaired = pair(&first, second).expect_err("some are left");
        let shown: Vec<String> = unpaired
            .by_kind(&first)
            .into_iter()
            .map(|value| {
                value.map_or_else(
                    || "nothing".to_owned(),
                    |value| {
                        let at = |path: &[&str]| value.at(path.iter().copied()).map(yaml::to_json);
                        let name = at(&["metadata", "name"]).unwrap_or_default();
                        format!("{name} {}", at(&["data"]).unwrap_or_default())
                    },
                )
            })
            .collect();
        assert_eq!(
            shown,
            [
                "\"same\" 10",
                "\"x1\" 20",
                "\"x2\" 30",
                "\"x3\" 40",
                "nothing"
            ]
        );
        assert!(pair(&first[..1], vec![object("A", "same", "7")]).is_ok());
    }

    #[test]
    fn of_what_is_closed_nothing_is_left_but_what_it_is() {
        let text = "{kind: A, apiVersion: v1, metadata: {name: a, annotations: {b: c}}, data: {d: e, f: [g]}}";
        let object = yaml::parse(text).expect("YAML").remove(0);
        let key = Key::from_bytes([7; 32]);
        let masked = diff::mask(&object, Some(&closed(&object)), &key);
        let same = ["apiVersion", "kind"].map(|field| masked.get(field) == object.get(field));
        assert_eq!(same, [true, true]);
        let name = masked.at(["metadata", "name"]);
        assert_eq!(name, Some(&Value::from("a")));
        let hidden = [
            masked.at(["metadata", "annotations", "b"]),
            masked.at(["data", "d"]),
            masked.at(["data", "f"]),
        ];
        assert!(
            hidden
                .into_iter()
                .all(|part| part.is_some_and(diff::is_masked)),
            "{masked:?}"
        );
    }

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
