//! Amounts of processor, memory and disk, as Kubernetes writes them.

use crate::model::ResourceKind;
use crate::yaml::{Node, NodeKind};

/// The amount that a value stands for, in the unit of its kind (millicores, MiB, GB), rounded up; nothing when it is no
/// amount. Bare numbers are what Kubernetes takes them for: cores and bytes.
pub(super) fn amount(kind: ResourceKind, node: &Node) -> Option<u64> {
    let (number, unit) = match &node.kind {
        NodeKind::Int(number) => (number.to_string().parse::<f64>().ok()?, ""),
        NodeKind::Float(number) => (*number, ""),
        NodeKind::String(text, _) => {
            let text = text.trim();
            let digits = |c: char| !(c.is_ascii_digit() || c == '.');
            let end = text.find(digits).unwrap_or(text.len());
            (text[..end].parse().ok()?, &text[end..])
        }
        _ => return None,
    };
    let per_unit = match kind {
        ResourceKind::Cpu => 1e-3,
        ResourceKind::Memory => 1_048_576.0,
        ResourceKind::DiskSize => 1e9,
    };
    // What the division leaves behind the twelfth digit is no part of the amount.
    let whole = (number * scale(unit)? / per_unit * (1.0 - 1e-12)).ceil();
    // A float above that is no amount of anything; below it, the conversion is exact.
    (0.0..9e15).contains(&whole).then(|| to_integer(whole))
}

/// A number of replicas.
pub(super) fn count(node: &Node) -> Option<u64> {
    match &node.kind {
        NodeKind::Int(number) => u64::try_from(*number).ok(),
        NodeKind::String(text, _) => text.trim().parse().ok(),
        _ => None,
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "the caller gives whole numbers that fit"
)]
fn to_integer(whole: f64) -> u64 {
    whole as u64
}

fn scale(unit: &str) -> Option<f64> {
    Some(match unit {
        "" => 1.0,
        "n" => 1e-9,
        "u" => 1e-6,
        "m" => 1e-3,
        "k" => 1e3,
        "M" => 1e6,
        "G" => 1e9,
        "T" => 1e12,
        "P" => 1e15,
        "Ki" => 1024.0,
        "Mi" => 1_048_576.0,
        "Gi" => 1_073_741_824.0,
        "Ti" => 1_099_511_627_776.0,
        "Pi" => 1_125_899_906_842_624.0,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use crate::diag::{Sources, Span};
    use crate::yaml::ScalarStyle;

    use super::*;

    #[test]
    fn amounts_come_in_the_unit_of_their_kind() {
        let source = Sources::default().add("quantity", "");
        let node = |kind| Node {
            span: Span {
                source,
                start: 0,
                end: 0,
            },
            kind,
        };
        let text = |text: &str| node(NodeKind::String(text.into(), ScalarStyle::Plain));
        for (kind, written, expected) in [
            (ResourceKind::Cpu, text("100m"), Some(100)),
            (ResourceKind::Cpu, text("1.5"), Some(1500)),
            (ResourceKind::Cpu, node(NodeKind::Int(2)), Some(2000)),
            (ResourceKind::Cpu, node(NodeKind::Float(0.25)), Some(250)),
            (ResourceKind::Memory, text("256Mi"), Some(256)),
            (ResourceKind::Memory, text("2Gi"), Some(2048)),
            (ResourceKind::Memory, text("1"), Some(1)),
            (ResourceKind::DiskSize, text("20G"), Some(20)),
            (ResourceKind::DiskSize, text("1Gi"), Some(2)),
            (ResourceKind::Cpu, text("plenty"), None),
            (ResourceKind::Cpu, text("1Zz"), None),
            (ResourceKind::Cpu, text("{{ .spectro.var.cpu }}"), None),
            (ResourceKind::Cpu, node(NodeKind::Int(-1)), None),
            (ResourceKind::Cpu, node(NodeKind::Bool(true)), None),
        ] {
            assert_eq!(amount(kind, &written), expected, "{written:?}");
        }
    }
}
