//! Small pieces of sentences.

pub(super) use crate::diag::{join, nearest};

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn articles_fit_their_nouns() {
        assert_eq!(a("option"), "an option");
        assert_eq!(a("metadata"), "the metadata");
        assert_eq!(a("layer"), "a layer");
    }
}
