//! The order of keys in `toYaml`: digits by the number that they make, letters behind everything else.

use std::cmp::Ordering;

use super::{Map, Value};

/// The entries of a mapping in natural order.
pub(super) fn sorted(map: &Map) -> Vec<(&String, &Value)> {
    let mut entries: Vec<_> = map.iter().collect();
    // Equal mappings must give equal texts, even where the natural order goes in circles (b139 < b13A < b39 < b139).
    entries.sort_unstable_by_key(|(key, _)| key.as_str());
    let in_order = |pair: &[(&String, &Value)]| compare(pair[0].0, pair[1].0) != Ordering::Greater;
    if !entries.windows(2).all(in_order) {
        entries = merge_sort(entries);
    }
    entries
}

/// The standard sort may panic where an order is not total, and this one is not.
fn merge_sort<'a>(mut entries: Vec<(&'a String, &'a Value)>) -> Vec<(&'a String, &'a Value)> {
    if entries.len() < 2 {
        return entries;
    }
    let right = merge_sort(entries.split_off(entries.len() / 2));
    let left = merge_sort(entries);
    let mut out = Vec::with_capacity(left.len() + right.len());
    let (mut left, mut right) = (left.into_iter().peekable(), right.into_iter().peekable());
    while let (Some(first), Some(second)) = (left.peek(), right.peek()) {
        let from = if compare(first.0, second.0) == Ordering::Greater {
            &mut right
        } else {
            &mut left
        };
        out.extend(from.next());
    }
    out.extend(left);
    out.extend(right);
    out
}

fn compare(left: &str, right: &str) -> Ordering {
    if less(left, right) {
        Ordering::Less
    } else if left == right {
        Ordering::Equal
    } else {
        Ordering::Greater
    }
}

fn less(left: &str, right: &str) -> bool {
    let differs = left
        .char_indices()
        .zip(right.chars())
        .find(|((_, a), b)| a != b);
    let Some(((at, a), b)) = differs else {
        return left.len() < right.len();
    };
    match (a.is_alphabetic(), b.is_alphabetic()) {
        (true, true) => return a < b,
        (false, true) => return true,
        (true, false) => return false,
        (false, false) => {}
    }
    // A zero inside a number counts: 100 and 11 differ at their second digit.
    let inside = (a == '0' || b == '0')
        && left[..at]
            .chars()
            .rev()
            .take_while(|digit| is_digit(*digit))
            .any(|digit| digit != '0');
    let (first, first_len) = number(&left[at..], inside);
    let (second, second_len) = number(&right[at..], inside);
    (first, first_len, a) < (second, second_len, b)
}

/// The number that a text begins with, and how many characters it has.
fn number(text: &str, inside: bool) -> (i64, usize) {
    text.chars().take_while(|digit| is_digit(*digit)).fold(
        (i64::from(inside), 0),
        |(number, len), digit| {
            let digit = i64::from(u32::from(digit)) - i64::from(u32::from('0'));
            (number.wrapping_mul(10).wrapping_add(digit), len + 1)
        },
    )
}

fn is_digit(character: char) -> bool {
    character.is_ascii_digit()
}
