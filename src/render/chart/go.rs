//! Texts as Go formats them, for messages.

use super::Tree;
use crate::render::template::{self, Map};

/// One value in a format of Go's.
pub(super) fn printf(format: &str, value: &Tree) -> String {
    let entries = [
        ("format", template::Value::from(format)),
        ("value", value.to_template()),
    ];
    let dot = template::Value::Map(entries.into_iter().collect::<Map>());
    match template::evaluate("printf .format .value", dot) {
        Ok(template::Value::Str(text)) => text.to_text().into_owned(),
        _ => String::new(),
    }
}

/// A text in Go's double quotes.
pub(super) fn quoted(text: &str) -> String {
    printf("%q", &Tree::Str(text.into()))
}
