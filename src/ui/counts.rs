//! How many objects are touched, in words.

use crate::apply::Counts;

use super::words::{count, number};

/// `12 objects +8 ~3 -1`.
pub(super) fn objects(counts: Counts) -> String {
    let Counts {
        created,
        updated,
        replaced,
        deleted,
    } = counts;
    if counts == Counts::default() {
        return "no objects".to_owned();
    }
    let mut text = count(created + updated + replaced + deleted, "object");
    for (symbol, many) in [
        ('+', created),
        ('~', updated),
        ('±', replaced),
        ('-', deleted),
    ] {
        if many > 0 {
            text.push_str(&format!(" {symbol}{}", number(many)));
        }
    }
    text
}
