//! What layers wish for in namespaces, as the values of the layer that holds them: so that the wishes of a layer that does
//! not change are known without rendering it.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::model::LayerName;
use crate::render::NamespaceWish;
use crate::yaml::Value;

/// The wishes of all layers as a value.
pub(super) fn written(wishes: &BTreeMap<LayerName, Vec<NamespaceWish>>) -> Value {
    let texts = |map: &BTreeMap<Arc<str>, Arc<str>>| {
        Value::Map(
            map.iter()
                .map(|(key, value)| (key.to_string(), Value::from(&**value)))
                .collect(),
        )
    };
    let one = |wish: &NamespaceWish| {
        let fields = [
            ("name", Value::from(&*wish.name)),
            ("labels", texts(&wish.labels)),
            ("annotations", texts(&wish.annotations)),
            ("origin", Value::from(&*wish.origin)),
        ];
        Value::Map(
            fields
                .into_iter()
                .map(|(key, value)| (key.to_owned(), value))
                .collect(),
        )
    };
    let of = |(layer, wishes): (&LayerName, &Vec<NamespaceWish>)| {
        (
            layer.to_string(),
            Value::List(wishes.iter().map(one).collect()),
        )
    };
    Value::Map(wishes.iter().map(of).collect())
}

/// The wishes of one layer, from a value that [`written`] made.
pub(super) fn remembered(layer: &LayerName, value: Option<&Value>) -> Vec<NamespaceWish> {
    let text = |value: &Value, field: &str| -> Arc<str> {
        value
            .get(field)
            .and_then(Value::as_str)
            .unwrap_or_default()
            .into()
    };
    let texts = |value: &Value, field: &str| -> BTreeMap<Arc<str>, Arc<str>> {
        let entries = value
            .get(field)
            .and_then(Value::as_map)
            .into_iter()
            .flatten();
        entries
            .filter_map(|(key, value)| Some((key.as_str().into(), value.as_str()?.into())))
            .collect()
    };
    let wishes = value.and_then(Value::as_list).unwrap_or_default();
    let wish = |value: &Value| NamespaceWish {
        name: text(value, "name"),
        labels: texts(value, "labels"),
        annotations: texts(value, "annotations"),
        layer: layer.clone(),
        origin: text(value, "origin"),
    };
    wishes.iter().map(wish).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wishes_are_remembered_as_they_were_written() {
        let layer = LayerName::new("web").expect("a name");
        let wish = NamespaceWish {
            name: "shop".into(),
            labels: [("team".into(), "sre".into())].into(),
            annotations: BTreeMap::new(),
            layer: layer.clone(),
            origin: "`pack.namespace`".into(),
        };
        let all = BTreeMap::from([(layer.clone(), vec![wish.clone()])]);
        let value = written(&all);
        assert_eq!(remembered(&layer, value.get("web")), [wish]);
        assert_eq!(remembered(&layer, None), []);
    }
}
