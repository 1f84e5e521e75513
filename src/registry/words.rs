//! Small pieces of sentences.

/// "`a`, `b` and `c`".
pub(super) fn join<'a>(words: impl IntoIterator<Item = &'a str>, last: &str) -> String {
    let words: Vec<_> = words.into_iter().map(|word| format!("`{word}`")).collect();
    match words.as_slice() {
        [] => String::new(),
        [only] => only.clone(),
        [first @ .., end] => format!("{} {last} {end}", first.join(", ")),
    }
}

/// The word that was likely meant, if one is near enough.
pub(super) fn nearest<'a>(
    wrong: &str,
    known: impl IntoIterator<Item = &'a str>,
) -> Option<&'a str> {
    let lower = wrong.to_lowercase();
    known
        .into_iter()
        .map(|word| {
            let distance = strsim::damerau_levenshtein(&lower, &word.to_lowercase());
            (distance, word)
        })
        .min_by_key(|(distance, _)| *distance)
        .filter(|(distance, word)| *distance <= wrong.len().max(word.len()).div_ceil(3).min(3))
        .map(|(_, word)| word)
}

/// "1 pack", "3 packs".
pub(super) fn count(number: usize, noun: &str) -> String {
    let s = if number == 1 { "" } else { "s" };
    format!("{number} {noun}{s}")
}
