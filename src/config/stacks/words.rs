//! Small pieces of sentences.

/// "`a`, `b` and `c`".
pub(super) fn join<'a>(words: impl IntoIterator<Item = &'a str>, last: &str) -> String {
    let words: Vec<String> = words.into_iter().map(|word| format!("`{word}`")).collect();
    match words.as_slice() {
        [] => String::new(),
        [only] => only.clone(),
        [first @ .., end] => format!("{} {last} {end}", first.join(", ")),
    }
}

/// "did you mean `x`?" when something near is known, otherwise all that is known, as long as that is not much.
pub(super) fn suggestion<'a>(
    wrong: &str,
    known: impl IntoIterator<Item = &'a str>,
) -> Option<String> {
    let known: Vec<&str> = known.into_iter().collect();
    let nearest = known
        .iter()
        .map(|word| (strsim::damerau_levenshtein(wrong, word), *word))
        .min_by_key(|(distance, _)| *distance)
        .filter(|(distance, word)| *distance <= wrong.len().max(word.len()).div_ceil(3).min(3));
    match nearest {
        Some((_, word)) => Some(format!("did you mean `{word}`?")),
        None if (1..=8).contains(&known.len()) => Some(format!("there is {}", join(known, "and"))),
        None => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn near_words_are_offered_and_few_words_listed() {
        let known = ["cilium", "calico"];
        assert_eq!(
            suggestion("cilum", known).as_deref(),
            Some("did you mean `cilium`?")
        );
        assert_eq!(
            suggestion("something", known).as_deref(),
            Some("there is `cilium` and `calico`")
        );
        assert_eq!(suggestion("something", ["long-name"; 9]), None);
        assert_eq!(suggestion("something", []), None);
    }
}
