//! Small pieces of sentences.

pub(super) use crate::diag::{join, nearest};

/// "1 pack", "3 packs".
pub(super) fn count(number: usize, noun: &str) -> String {
    let s = if number == 1 { "" } else { "s" };
    format!("{number} {noun}{s}")
}
