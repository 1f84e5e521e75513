//! Digests of everything that a layer's rendering depends on.
//!
//! Every part is framed by its length or count, so that no two inputs run into one another. Not in it: the layer's
//! number in the stack, the time (but for that of its seed), and who runs the program.

use blake3::Hasher;

use crate::model::{Capabilities, Digest, Key, LayerSource, Seed, StackLayer};
use crate::yaml::{Entry, Node, NodeKind, ScalarStyle, Value};

use super::inputs::Inputs;
use super::macros::may_have_macros;
use super::prepared::Prepared;

/// Raised whenever the renderer makes something else out of the same inputs, so that everything is rendered again.
pub const EPOCH: u32 = 3;

/// What else a rendering depends on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// What its random values are derived from, if it has any.
    pub seed: Option<Seed>,
    /// Named choices, such as whether CRDs and hooks are left out, in any fixed order.
    pub choices: Vec<(&'static str, String)>,
}

/// The fingerprint of one layer on one cluster. Its `capabilities` are those that matter to it, if any do.
pub fn fingerprint(
    key: &Key,
    prepared: &Prepared,
    inputs: &Inputs,
    capabilities: Option<&Capabilities>,
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
    tag(&mut out, u8::from(options.seed.is_some()));
    if let Some(seed) = &options.seed {
        out.update(&seed.generation.to_le_bytes());
        out.update(&seed.made.as_nanosecond().to_le_bytes());
        text(&mut out, seed.layer.as_str());
    }
    count(&mut out, options.choices.len());
    for (name, choice) in &options.choices {
        text(&mut out, name);
        text(&mut out, choice);
    }
    let version = capabilities.map(|capabilities| capabilities.kube_version.as_str());
    text(&mut out, version.unwrap_or_default());
    let served = capabilities.map(|capabilities| &*capabilities.api_versions);
    count(&mut out, served.unwrap_or_default().len());
    for version in served.unwrap_or_default() {
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
        (None, LayerSource::Chart(reference)) => {
            tag(&mut out, 2);
            if let Some(chart) = &layer.chart {
                out.update(chart.digest.as_bytes());
            }
            maybe(&mut out, reference.release_name.as_deref());
            tag(&mut out, u8::from(reference.skip_crds));
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

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use super::*;
    use crate::model::{ClusterName, Version};
    use crate::render::fixture::World;
    use crate::render::inputs::inputs;

    fn of(world: &World) -> Digest {
        world.with(|prepared, cx| {
            let inputs = inputs(&prepared[0], cx).unwrap();
            let key = Key::from_bytes([7; 32]);
            let capabilities = Some(&*cx.stack().capabilities);
            fingerprint(
                &key,
                &prepared[0],
                &inputs,
                capabilities,
                &Options::default(),
            )
        })
    }

    fn world(values: &str) -> World {
        let mut world = World::new();
        world.pack("web", values, &[]);
        world.bind("port", 8080, false);
        world
    }

    #[test]
    fn equal_inputs_give_equal_fingerprints() {
        let one = of(&world("a: 1\nb: {c: 2, d: 3}"));
        assert_eq!(
            one,
            of(&world(
                "b:\n  d: 3\n  c: \"2\"\na: 1\n"
                    .replace("\"2\"", "2")
                    .as_str()
            ))
        );
        assert_ne!(one, of(&world("a: 1\nb: {c: 2}\nd: 3")));
        assert_ne!(one, of(&world("a: \"1\"\nb: {c: 2, d: 3}")));
    }

    #[test]
    fn a_cluster_counts_only_where_it_is_read() {
        let renamed = |values| {
            let mut world = world(values);
            let before = of(&world);
            world.cluster.name = ClusterName::new("prod-2").unwrap();
            before != of(&world)
        };
        assert!(!renamed("a: \"{{ .spectro.var.port }}\""));
        assert!(renamed("a: \"{{ .spectro.system.cluster.name }}\""));
    }

    #[test]
    fn inputs_count_and_what_others_read_does_not() {
        let mut world = world("a: \"{{ .spectro.var.port }}\"");
        let before = of(&world);
        world.bind("other", 1, false);
        world.pack("later", "x: 1", &[]);
        assert_eq!(before, of(&world));
        world.bind("port", 8081, false);
        assert_ne!(before, of(&world));
    }

    #[test]
    fn a_plain_macro_and_a_quoted_one_differ() {
        assert_ne!(
            of(&world("a: \"x{{ .spectro.var.port }}\"")),
            of(&world("a: x{{ .spectro.var.port }}"))
        );
    }

    #[test]
    fn a_seed_counts() {
        let seed = |generation, second, layer| Options {
            seed: Some(Seed {
                generation,
                made: jiff::Timestamp::from_second(second).unwrap(),
                layer: crate::model::LayerName::new(layer).unwrap(),
            }),
            ..Options::default()
        };
        let all = [
            Options::default(),
            seed(1, 5, "web"),
            seed(2, 5, "web"),
            seed(1, 6, "web"),
            seed(1, 5, "shop"),
        ];
        let prints = world("a: 1").with(|prepared, cx| {
            let (key, inputs) = (Key::from_bytes([7; 32]), inputs(&prepared[0], cx).unwrap());
            let capabilities = Some(&*cx.stack().capabilities);
            let print = |options| fingerprint(&key, &prepared[0], &inputs, capabilities, options);
            all.iter().map(print).collect::<Vec<_>>()
        });
        for (at, print) in prints.iter().enumerate() {
            assert!(!prints[..at].contains(print), "{at}");
        }
    }

    #[test]
    fn content_and_capabilities_count() {
        let mut world = World::new();
        world.manifests("extra", &[("a", "x: 1")]);
        let before = of(&world);
        let mut other = World::new();
        other.manifests("extra", &[("a", "x: 2")]);
        assert_ne!(before, of(&other));
        world.with(|prepared, cx| {
            let inputs = inputs(&prepared[0], cx).unwrap();
            let key = Key::from_bytes([7; 32]);
            let mut capabilities = (*cx.stack().capabilities).clone();
            capabilities.kube_version = Version::new("1.34.0").unwrap();
            let options = Options::default();
            let after = fingerprint(&key, &prepared[0], &inputs, Some(&capabilities), &options);
            assert_ne!(before, after);
        });
    }
}
