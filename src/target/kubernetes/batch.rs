//! Operations that may be carried out at the same time.

use std::collections::HashSet;
use std::ops::Range;

use crate::model::ObjectKey;
use crate::target::Operation;

/// The object of an operation.
pub(super) fn key(operation: &Operation) -> &ObjectKey {
    match operation {
        Operation::Put { key, .. } | Operation::Delete { key, .. } => key,
    }
}

/// Cuts operations into runs of one kind that are all puts or all deletes, none of an object that the run has already:
/// within a run, order means nothing.
pub(super) fn batches(operations: &[Operation]) -> Vec<Range<usize>> {
    let mut batches = Vec::new();
    let mut start = 0;
    let mut seen = HashSet::new();
    for (at, operation) in operations.iter().enumerate() {
        let fits =
            at == start || (alike(&operations[start], operation) && !seen.contains(key(operation)));
        if !fits {
            batches.push(start..at);
            start = at;
            seen.clear();
        }
        seen.insert(key(operation));
    }
    if start < operations.len() {
        batches.push(start..operations.len());
    }
    batches
}

fn alike(one: &Operation, other: &Operation) -> bool {
    let puts = |operation: &Operation| matches!(operation, Operation::Put { .. });
    let (first, second) = (key(one), key(other));
    puts(one) == puts(other) && first.kind == second.kind && first.group == second.group
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use super::batches;
    use crate::model::{LayerName, ObjectKey};
    use crate::target::{Expected, Manner, Operation};

    fn put(kind: &str, name: &str) -> Operation {
        Operation::Put {
            layer: LayerName::new("base").unwrap(),
            key: ObjectKey::new("", kind, "web", name),
            hook: false,
            text: "".into(),
            expected: Expected::Absent,
            manner: Manner::Apply,
            adopted: false,
        }
    }

    fn delete(kind: &str, name: &str) -> Operation {
        Operation::Delete {
            layer: LayerName::new("base").unwrap(),
            key: ObjectKey::new("", kind, "web", name),
            hook: false,
            expected: Expected::Absent,
        }
    }

    #[test]
    fn a_batch_is_of_one_kind_and_one_verb() {
        let operations = [
            put("Secret", "a"),
            put("Secret", "b"),
            put("ConfigMap", "a"),
            delete("ConfigMap", "b"),
            delete("ConfigMap", "c"),
        ];
        assert_eq!(batches(&operations), [0..2, 2..3, 3..5]);
        assert!(batches(&[]).is_empty());
    }

    #[test]
    fn an_object_is_in_a_batch_once() {
        let operations = [put("Secret", "a"), put("Secret", "b"), put("Secret", "a")];
        assert_eq!(batches(&operations), [0..2, 2..3]);
    }
}
