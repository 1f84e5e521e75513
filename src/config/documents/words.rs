//! Small pieces of sentences.

/// A noun with its article: "a layer", "an option", "the metadata".
pub(super) fn a(noun: &str) -> String {
    let article = if noun.starts_with("metadata") {
        "the"
    } else if noun.starts_with(['a', 'e', 'i', 'o', 'A', 'E', 'I', 'O']) {
        "an"
    } else {
        "a"
    };
    format!("{article} {noun}")
}

/// "`a`, `b` and `c`".
pub(super) fn join<'a>(words: impl Iterator<Item = &'a str>, last: &str) -> String {
    let words: Vec<_> = words.map(|word| format!("`{word}`")).collect();
    match words.as_slice() {
        [] => String::new(),
        [only] => only.clone(),
        [first @ .., end] => format!("{} {last} {end}", first.join(", ")),
    }
}

/// The word that was likely meant, if one is near enough.
pub(super) fn nearest<'a>(wrong: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let lower = wrong.to_lowercase();
    known
        .map(|word| {
            let distance = strsim::damerau_levenshtein(&lower, &word.to_lowercase());
            (distance, word)
        })
        .min_by_key(|(distance, _)| *distance)
        .filter(|(distance, word)| *distance <= wrong.len().max(word.len()).div_ceil(3).min(3))
        .map(|(_, word)| word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_near_words_are_offered() {
        let known = || ["version", "name", "registry"].into_iter();
        assert_eq!(nearest("verison", known()), Some("version"));
        assert_eq!(nearest("Name", known()), Some("name"));
        assert_eq!(nearest("banana", known()), None);
        assert_eq!(nearest("x", known()), None);
    }

    #[test]
    fn words_are_joined_as_in_a_sentence() {
        assert_eq!(join(["a"].into_iter(), "or"), "`a`");
        assert_eq!(join(["a", "b", "c"].into_iter(), "or"), "`a`, `b` or `c`");
        assert_eq!(a("option"), "an option");
        assert_eq!(a("metadata"), "the metadata");
    }
}
