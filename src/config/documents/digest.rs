//! Digests of what documents mean, whatever way they are written.

use crate::yaml::{Entry, Node, NodeKind};

/// Feeds a value into a hash: neither formatting, comments nor the order of keys count.
pub(super) fn feed(node: &Node, hash: &mut blake3::Hasher) {
    match &node.kind {
        NodeKind::Null => {
            hash.update(b"0");
        }
        NodeKind::Bool(truth) => {
            hash.update(if *truth { b"t" } else { b"f" });
        }
        NodeKind::Int(number) => {
            hash.update(b"i");
            hash.update(&number.to_le_bytes());
        }
        NodeKind::Float(number) => {
            hash.update(b"d");
            hash.update(&number.to_bits().to_le_bytes());
        }
        NodeKind::String(text, _) => {
            hash.update(b"s");
            feed_text(text, hash);
        }
        NodeKind::List(list) => {
            hash.update(b"l");
            hash.update(&(list.len() as u64).to_le_bytes());
            for node in list {
                feed(node, hash);
            }
        }
        NodeKind::Map(entries) => {
            let mut sorted: Vec<&Entry> = entries.iter().collect();
            sorted.sort_by(|one, other| one.key.cmp(&other.key));
            // Of duplicate keys the last one counts; sorting has kept their order.
            sorted.reverse();
            sorted.dedup_by(|one, kept| one.key == kept.key);
            hash.update(b"m");
            hash.update(&(sorted.len() as u64).to_le_bytes());
            for entry in sorted {
                feed_text(&entry.key, hash);
                feed(&entry.value, hash);
            }
        }
    }
}

/// Feeds a text into a hash, with its length before it.
pub(super) fn feed_text(text: &str, hash: &mut blake3::Hasher) {
    hash.update(&(text.len() as u64).to_le_bytes());
    hash.update(text.as_bytes());
}
