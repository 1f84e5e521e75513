//! Small pieces of sentences that messages of all rooms share.

/// "1 pack", "3 packs".
pub fn count(number: usize, noun: &str) -> String {
    let s = if number == 1 { "" } else { "s" };
    format!("{number} {noun}{s}")
}

/// "`a`, `b` and `c`".
pub fn join<'a>(words: impl IntoIterator<Item = &'a str>, last: &str) -> String {
    let words: Vec<_> = words.into_iter().map(|word| format!("`{word}`")).collect();
    match words.as_slice() {
        [] => String::new(),
        [only] => only.clone(),
        [first @ .., end] => format!("{} {last} {end}", first.join(", ")),
    }
}

/// The word that was likely meant, if one is near enough.
pub fn nearest<'a>(wrong: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let lower = wrong.to_lowercase();
    known
        .into_iter()
        .map(|word| {
            let distance = strsim::damerau_levenshtein(&lower, &word.to_lowercase());
            (distance, word)
        })
        .min_by_key(|(distance, _)| *distance)
        .filter(|(distance, word)| {
            *distance <= wrong.len().max(word.len()).div_ceil(3).min(3)
                && *distance < wrong.len().min(word.len())
        })
        .map(|(_, word)| word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_near_words_are_offered() {
        let known = ["version", "name", "registry", "a"];
        for (wrong, expected) in [
            ("verison", Some("version")),
            ("Name", Some("name")),
            ("banana", None),
            ("x", None),
            ("", None),
        ] {
            assert_eq!(nearest(wrong, known), expected);
        }
    }

    #[test]
    fn words_are_joined_as_in_a_sentence() {
        assert_eq!(join([], "or"), "");
        assert_eq!(join(["a"], "or"), "`a`");
        assert_eq!(join(["a", "b", "c"], "or"), "`a`, `b` or `c`");
    }
}
