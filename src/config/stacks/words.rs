//! Small pieces of sentences.

use crate::diag::{join, nearest};

/// "did you mean `x`?" when something near is known, otherwise all that is known, as long as that is not much.
pub(super) fn suggestion<'a>(
    wrong: &str,
    known: impl IntoIterator<Item = &'a str>,
) -> Option<String> {
    let known: Vec<&str> = known.into_iter().collect();
    match nearest(wrong, known.iter().copied()) {
        Some(word) => Some(format!("did you mean `{word}`?")),
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
