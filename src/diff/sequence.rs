//! Lists compared element by element.

use similar::{Algorithm, DiffOp, capture_diff_slices};

/// One step from a list to another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// The element at this position of the old list and at this one of the new list.
    Kept(usize, usize),
    /// The element at this position of the old list.
    Removed(usize),
    /// The element at this position of the new list.
    Added(usize),
}

/// The shortest way from a list to another.
pub fn sequence<T: Eq + std::hash::Hash + Ord>(before: &[T], after: &[T]) -> Vec<Step> {
    let mut steps = Vec::with_capacity(before.len().max(after.len()));
    for op in capture_diff_slices(Algorithm::Myers, before, after) {
        if let DiffOp::Equal { .. } = op {
            let pairs = op.old_range().zip(op.new_range());
            steps.extend(pairs.map(|(old, new)| Step::Kept(old, new)));
        } else {
            steps.extend(op.old_range().map(Step::Removed));
            steps.extend(op.new_range().map(Step::Added));
        }
    }
    steps
}

#[cfg(test)]
mod tests {
    use super::{Step, sequence};

    #[test]
    fn elements_are_kept_removed_and_added() {
        let steps = sequence(&["a", "b", "c"], &["b", "d", "c", "a"]);
        assert_eq!(
            steps,
            [
                Step::Removed(0),
                Step::Kept(1, 0),
                Step::Added(1),
                Step::Kept(2, 2),
                Step::Added(3),
            ]
        );
        assert_eq!(sequence::<u8>(&[], &[]), []);
    }
}
