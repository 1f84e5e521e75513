//! What the state knows of one cluster.

use crate::model::{ClusterName, LayerName};
use crate::state::{ClusterRecord, IntentAction, LayerRecord};

use super::View;
use super::page::{Ink, Page};
use super::words::{count, number, width};

/// What the state knows of one cluster, for people at a terminal: its layers in order with what they are made of; with
/// `expand` also their objects.
pub fn cluster_human(name: &ClusterName, record: &ClusterRecord, view: &View) -> String {
    let mut page = Page::new(view);
    page.line(0, Ink::Strong, name.as_str());
    page.line(2, Ink::Plain, &format!("uid      {}", record.uid));
    page.line(2, Ink::Plain, &format!("target   {}", record.target));
    if record.delete_when_removed {
        page.line(2, Ink::Plain, "deleted when its document is removed");
    }
    let mut layers: Vec<(&LayerName, &LayerRecord)> = record.layers.iter().collect();
    layers.sort_by_key(|(_, layer)| layer.position);
    let objects: usize = layers.iter().map(|(_, layer)| held(layer)).sum();
    let title = format!(
        "{}, {}",
        count(layers.len(), "layer"),
        count(objects, "object")
    );
    page.line(2, Ink::Plain, &title);
    page.blank();
    let rows: Vec<[String; 5]> = layers
        .iter()
        .map(|(name, layer)| row(name, layer))
        .collect();
    let mut widths = [0; 5];
    for row in &rows {
        for (room, cell) in widths.iter_mut().zip(row) {
            *room = (*room).max(width(cell));
        }
    }
    for ((_, layer), row) in layers.iter().zip(&rows) {
        page.indent(2);
        for (at, (cell, room)) in row.iter().zip(widths).enumerate() {
            page.write(if at == 0 { Ink::Strong } else { Ink::Plain }, cell);
            page.indent(room - width(cell) + 2);
        }
        if layer.fingerprint.is_none() {
            page.write(Ink::Update, "(applied in part)");
        }
        page.end();
        if view.expand {
            for object in layer.objects.iter().filter(|object| object.holder) {
                let stays = object.keep.map(|keep| format!("stays: {keep}"));
                let notes: Vec<String> = object
                    .hook
                    .then(|| "hook".to_owned())
                    .into_iter()
                    .chain(stays)
                    .collect();
                let tail = match notes.join(", ") {
                    notes if notes.is_empty() => notes,
                    notes => format!("({notes})"),
                };
                page.item(4, Ink::Faint, "-", &object.key.to_string(), &tail);
            }
        }
    }
    if !record.seeds.is_empty() {
        page.blank();
        page.line(2, Ink::Plain, "random values, by layer:");
        for (layer, seed) in &record.seeds {
            let mut text = format!("{layer}  generation {}, of {}", seed.generation, seed.made);
            if seed.layer != *layer {
                text += &format!(", first made for {}", seed.layer);
            }
            if !record.layers.contains_key(layer) {
                text += " (kept, should the layer come back)";
            }
            page.line(4, Ink::Faint, &text);
        }
    }
    if !record.in_flight.is_empty() {
        page.blank();
        let text = format!(
            "{} in flight when an apply was interrupted; the next plan looks at them:",
            count(record.in_flight.len(), "object")
        );
        page.prose(2, Ink::Update, "", &text);
        for flight in &record.in_flight {
            let (symbol, ink) = match flight.intent.action {
                IntentAction::Put(_) => ("~", Ink::Update),
                IntentAction::Delete => ("-", Ink::Delete),
                IntentAction::Run(_) => (">", Ink::Update),
            };
            let tail = format!("({}, revision {})", flight.layer, flight.revision);
            page.item(4, ink, symbol, &flight.intent.key.to_string(), &tail);
        }
    }
    page.text()
}

/// How many objects a layer holds.
fn held(layer: &LayerRecord) -> usize {
    layer.objects.iter().filter(|object| object.holder).count()
}

fn row(name: &LayerName, layer: &LayerRecord) -> [String; 5] {
    let content = &layer.content;
    let version = content
        .version
        .as_ref()
        .map_or("", |version| version.as_str());
    [
        name.to_string(),
        format!("{} {version}", content.name).trim().to_owned(),
        format!("{} {}", layer.profile.name, layer.profile.version),
        if held(layer) == 1 {
            "1 object".to_owned()
        } else {
            format!("{} objects", number(held(layer)))
        },
        format!("revision {}", layer.revision),
    ]
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use std::collections::BTreeMap;

    use uuid::Uuid;

    use super::super::plan::fixture::{cluster_name, content, layer_name, target};
    use super::*;
    use crate::model::{Digest, Keep, ObjectKey, Seed};
    use crate::state::{InFlight, Intent, ObjectRecord, Origin, ProfileStamp};

    fn layer(position: u32, made_of: &str, objects: &[&str]) -> LayerRecord {
        LayerRecord {
            position,
            category: "ingress".parse().unwrap(),
            content: content(made_of),
            profile: ProfileStamp {
                name: "base".into(),
                version: semver::Version::new(1, 4, 0),
                digest: Digest::of(b""),
            },
            fingerprint: (position > 0).then(|| Digest::of(b"")),
            values: Digest::of(b""),
            depends_on: Vec::new(),
            ignore_fields: Vec::new(),
            objects: objects
                .iter()
                .map(|name| ObjectRecord {
                    key: ObjectKey::new("apps", "Deployment", "web", name),
                    blob: Digest::of(b""),
                    content: Digest::of(b""),
                    masked: false,
                    holder: true,
                    hook: false,
                    keep: (*name == "two").then_some(Keep::Policy),
                    held: None,
                    origin: Origin::Made,
                    seen: None,
                })
                .collect(),
            revision: 3,
        }
    }

    fn seed(generation: u64, first: &str) -> Seed {
        Seed {
            generation,
            made: "2026-03-01T12:00:00Z".parse().unwrap(),
            layer: layer_name(first),
        }
    }

    #[test]
    fn layers_stand_in_their_order() {
        let record = ClusterRecord {
            uid: Uuid::from_u128(7),
            target: target("prod-1"),
            delete_when_removed: true,
            layers: BTreeMap::from([
                (
                    layer_name("a-last"),
                    layer(1, "haproxy 1.49.0", &["one", "two"]),
                ),
                (layer_name("z-first"), layer(0, "cilium 1.16.1", &["agent"])),
            ]),
            seeds: BTreeMap::from([
                (layer_name("a-last"), seed(2, "a-first")),
                (layer_name("gone"), seed(1, "gone")),
            ]),
            index: None,
            hooks_ran: Vec::new(),
            sighting: None,
            in_flight: vec![InFlight {
                revision: 4,
                layer: layer_name("a-last"),
                intent: Intent {
                    key: ObjectKey::new("", "Service", "web", "one"),
                    action: IntentAction::Delete,
                    hook: false,
                    keep: None,
                },
            }],
        };
        let view = View {
            expand: true,
            ..View::default()
        };
        insta::assert_snapshot!(cluster_human(&cluster_name("prod-1"), &record, &view));
    }
}
