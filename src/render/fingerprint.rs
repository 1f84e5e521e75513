//! Digests of everything that a layer's rendering depends on.
//!
//! Every part is framed by its length or count, so that no two inputs run into one another. Not in it: the layer's
//! number in the stack, the time, and who runs the program.

use blake3::Hasher;

use crate::model::{Capabilities, Digest, Key, LayerSource, StackLayer};
use crate::yaml::{Entry, Node, NodeKind, ScalarStyle, Value};

use super::inputs::Inputs;
use super::macros::may_have_macros;
use super::prepared::Prepared;

/// Raised whenever the renderer makes something else out of the same inputs, so that everything is rendered again.
pub const EPOCH: u32 = 1;

/// What else a rendering depends on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// The generation of the seed of stable random values.
    pub generation: u64,
    /// Named choices, such as whether CRDs and hooks are left out, in any fixed order.
    pub choices: Vec<(&'static str, String)>,
}

/// The fingerprint of one layer on one cluster.
pub fn fingerprint(
    key: &Key,
    prepared: &Prepared,
    inputs: &Inputs,
    capabilities: &Capabilities,
    options: &Options,
) -> Digest {
    let mut out = key.hasher();
    let layer = prepared.layer();
    out.update(&EPOCH.to_le_bytes());
    out.update(prepared.content_digest().as_bytes());
    out.update(prepared.values_digest().as_bytes());
    text(&mut out, layer.name.as_str());
    maybe(&mut out, layer.layer.namespace.as_deref());
    count(&mut out, inputs.values.len());
    for (reference, input) in &inputs.values {
        text(&mut out, &reference.to_string());
        match input {
            None => tag(&mut out, 0),
            Some(input) => {
                tag(&mut out, 1);
                value(&mut out, input);
            }
        }
    }
    out.update(&options.generation.to_le_bytes());
    count(&mut out, options.choices.len());
    for (name, choice) in &options.choices {
        text(&mut out, name);
        text(&mut out, choice);
    }
    text(&mut out, capabilities.kube_version.as_str());
    count(&mut out, capabilities.api_versions.len());
    for version in capabilities.api_versions.iter() {
        text(&mut out, version);
    }
    Digest::from_bytes(out.finalize().into())
}

/// A digest of values before macros. The order of keys does not count, nor do places; how a scalar was written counts
/// where it has a macro in it.
pub(super) fn of_values(values: &Node) -> Digest {
    let mut out = Hasher::new();
    node(&mut out, values);
    Digest::from_bytes(out.finalize().into())
}

/// A digest of what a layer is made of.
pub(super) fn of_content(layer: &StackLayer) -> Digest {
    let mut out = Hasher::new();
    match (&layer.pack, &layer.layer.source) {
        (Some(pack), _) => {
            tag(&mut out, 0);
            text(&mut out, &pack.name);
            text(&mut out, pack.version.as_str());
            out.update(pack.digest.as_bytes());
        }
        (None, LayerSource::Pack(pack)) => {
            tag(&mut out, 1);
            text(&mut out, &pack.name);
            text(&mut out, pack.version.as_str());
        }
        (None, LayerSource::Chart(chart)) => {
            tag(&mut out, 2);
            text(&mut out, &chart.name);
            text(&mut out, chart.version.as_str());
        }
        (None, LayerSource::Manifests(all)) => {
            tag(&mut out, 3);
            count(&mut out, all.len());
            for one in all {
                text(&mut out, &one.manifest.name);
                text(&mut out, &one.manifest.path);
                text(&mut out, &one.manifest.text);
            }
        }
    }
    Digest::from_bytes(out.finalize().into())
}

fn tag(out: &mut Hasher, tag: u8) {
    out.update(&[tag]);
}

fn count(out: &mut Hasher, count: usize) {
    out.update(&(count as u64).to_le_bytes());
}

fn text(out: &mut Hasher, text: &str) {
    count(out, text.len());
    out.update(text.as_bytes());
}

fn maybe(out: &mut Hasher, maybe: Option<&str>) {
    tag(out, u8::from(maybe.is_some()));
    text(out, maybe.unwrap_or_default());
}

fn value(out: &mut Hasher, input: &Value) {
    match input {
        Value::Null => tag(out, 0),
        Value::Bool(truth) => {
            tag(out, 1);
            tag(out, u8::from(*truth));
        }
        Value::Int(number) => {
            tag(out, 2);
            out.update(&number.to_le_bytes());
        }
        Value::Float(number) => {
            tag(out, 3);
            out.update(&number.to_bits().to_le_bytes());
        }
        Value::String(string) => {
            tag(out, 4);
            text(out, string);
        }
        Value::List(list) => {
            tag(out, 5);
            count(out, list.len());
            for item in list {
                value(out, item);
            }
        }
        Value::Map(map) => {
            tag(out, 6);
            count(out, map.len());
            let mut entries: Vec<_> = map.iter().collect();
            entries.sort_unstable_by_key(|(key, _)| *key);
            for (key, item) in entries {
                text(out, key);
                value(out, item);
            }
        }
    }
}

fn node(out: &mut Hasher, values: &Node) {
    match &values.kind {
        NodeKind::String(string, style) => {
            let typed_later = *style == ScalarStyle::Plain && may_have_macros(string);
            tag(out, if typed_later { 7 } else { 4 });
            text(out, string);
        }
        NodeKind::List(list) => {
            tag(out, 5);
            count(out, list.len());
            for item in list {
                node(out, item);
            }
        }
        NodeKind::Map(entries) => {
            tag(out, 6);
            count(out, entries.len());
            let mut entries: Vec<&Entry> = entries.iter().collect();
            entries.sort_by_key(|entry| &entry.key);
            for entry in entries {
                text(out, &entry.key);
                node(out, &entry.value);
            }
        }
        NodeKind::Null => value(out, &Value::Null),
        NodeKind::Bool(truth) => value(out, &Value::Bool(*truth)),
        NodeKind::Int(number) => value(out, &Value::Int(*number)),
        NodeKind::Float(number) => value(out, &Value::Float(*number)),
    }
}
