//! Node pools and the units of their hardware.

use std::collections::HashMap;

use crate::diag::{Diagnostic, Span};
use crate::model::{NodePool, PoolRole};
use crate::yaml::{Node, NodeKind};

use super::check::Check;
use super::fields::Fields;
use super::shape::{Choice, Shape, Type, must};

const ROLES: Choice = Choice {
    words: &[
        ("control-plane", "the nodes run the control plane"),
        ("worker", "the nodes run the work"),
    ],
    aliases: &[("master", "control-plane")],
    ..Choice::PLAIN
};

pub(super) const POOL: Shape = Shape {
    name: "node pool",
    doc: "Nodes of one kind: what resource constraints check and a repave counts",
    fields: &[&[
        must("name", Type::Name, "the name, unique in the cluster"),
        must(
            "role",
            Type::Choice(&ROLES),
            "what the nodes do: `control-plane` or `worker`",
        ),
        must("count", Type::Count, "how many nodes"),
        must("cpu", Type::Quantity, "processors of a node: `4`, `500m`"),
        must("memory", Type::Quantity, "memory of a node: `8Gi`, `512Mi`"),
        must("disk", Type::Quantity, "disk of a node: `60Gi`, `60G`"),
    ]],
    hints: &[
        ("size", "the number of nodes is called `count`"),
        ("replicas", "the number of nodes is called `count`"),
    ],
    ..Shape::PLAIN
};

/// Decodes node pools. Nothing comes back when one of them cannot be used.
pub(super) fn decode_all(nodes: &[Node], check: &mut Check<'_>) -> Option<Vec<NodePool>> {
    let mut seen: HashMap<&str, Span> = HashMap::new();
    let mut pools = Vec::with_capacity(nodes.len());
    for node in nodes {
        let fields = Fields::of(node);
        if let Some(name) = fields.spanned("name") {
            if let Some(first) = seen.get(name.value) {
                check.report(
                    Diagnostic::error(format!("two node pools have the name `{}`", name.value))
                        .at(name.span)
                        .label("the second one")
                        .also(*first, "the first one")
                        .help("give one of them another name"),
                );
            }
            seen.insert(name.value, name.span);
        }
        let cpu = quantity(fields, "cpu", check);
        let memory = quantity(fields, "memory", check);
        let disk = quantity(fields, "disk", check);
        let role = match fields.text("role") {
            Some("control-plane" | "master") => Some(PoolRole::ControlPlane),
            Some("worker") => Some(PoolRole::Worker),
            _ => None,
        };
        if let (Some(name), Some(role), Some(count), Some(cpu), Some(memory), Some(disk)) = (
            fields.shared("name"),
            role,
            fields.count("count"),
            cpu,
            memory,
            disk,
        ) {
            pools.push(NodePool {
                name,
                role,
                count,
                cpu,
                memory,
                disk,
            });
        }
    }
    (pools.len() == nodes.len()).then_some(pools)
}

fn quantity(fields: Fields<'_>, name: &str, check: &mut Check<'_>) -> Option<u64> {
    let node = fields.get(name)?;
    let text = match &node.kind {
        NodeKind::String(text, _) => text.trim().to_owned(),
        NodeKind::Int(_) | NodeKind::Float(_) => check.written(node.span),
        _ => return None,
    };
    let (found, help) = match name {
        "cpu" => (
            cpu(&text),
            "write processors as `4`, or millicores as `500m`",
        ),
        "memory" => (
            bytes(&text).map(|bytes| bytes >> 20),
            "write it with a unit: `8Gi`, `512Mi`",
        ),
        _ => (
            bytes(&text).map(|bytes| bytes / 1_000_000_000),
            "write it with a unit: `60Gi`, `60G`",
        ),
    };
    if found.is_none() {
        check.report(
            Diagnostic::error(format!("`{name}`: `{text}` is not an amount"))
                .at(node.span)
                .help(help),
        );
    }
    found
}

/// Millicores.
fn cpu(text: &str) -> Option<u64> {
    let (digits, unit) = match text.strip_suffix('m') {
        Some(digits) => (digits, 1),
        None => (text, 1000),
    };
    amount(digits, unit)
}

/// Bytes. A number without a unit could mean anything, and is refused.
fn bytes(text: &str) -> Option<u64> {
    let units: [(&str, u64); 10] = [
        ("Ki", 1 << 10),
        ("Mi", 1 << 20),
        ("Gi", 1 << 30),
        ("Ti", 1 << 40),
        ("Pi", 1 << 50),
        ("k", 1_000),
        ("M", 1_000_000),
        ("G", 1_000_000_000),
        ("T", 1_000_000_000_000),
        ("P", 1_000_000_000_000_000),
    ];
    let text = text.strip_suffix('B').unwrap_or(text);
    let (unit, size) = units.iter().find(|(unit, _)| text.ends_with(unit))?;
    amount(text.strip_suffix(unit)?.trim_end(), *size)
}

/// A decimal number of units, rounded down.
fn amount(digits: &str, unit: u64) -> Option<u64> {
    let (whole, part) = digits.split_once('.').unwrap_or((digits, ""));
    let all_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || part.len() > 9 || !all_digits(whole) || !all_digits(part) {
        return None;
    }
    let scale = 10_u128.pow(u32::try_from(part.len()).ok()?);
    let parts = if part.is_empty() {
        0
    } else {
        part.parse::<u128>().ok()? * u128::from(unit) / scale
    };
    let whole = u128::from(whole.parse::<u64>().ok()?) * u128::from(unit);
    u64::try_from(whole + parts).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_have_units() {
        assert_eq!(cpu("4"), Some(4000));
        assert_eq!(cpu("500m"), Some(500));
        assert_eq!(cpu("0.5"), Some(500));
        assert_eq!(cpu("-1"), None);
        assert_eq!(cpu("4 cores"), None);
        assert_eq!(bytes("8Gi"), Some(8 << 30));
        assert_eq!(bytes("1.5Gi"), Some(3 << 29));
        assert_eq!(bytes("60G"), Some(60_000_000_000));
        assert_eq!(bytes("60GB"), Some(60_000_000_000));
        assert_eq!(bytes("60"), None);
        assert_eq!(bytes("lots"), None);
        assert_eq!(bytes("99999999999999999999Gi"), None);
        assert_eq!(bytes("999999999999Pi"), None);
    }
}
