//! Functions over characters, for texts that are not UTF-8.
//!
//! Go's strings are bytes, and what reads characters from them takes a byte that belongs to none for one of its own, which
//! it leaves as it is where it copies. Here such a byte becomes a character that no letter case, pattern or list of
//! characters knows, and a byte again afterwards.

use std::borrow::Cow;

use super::value::Str;

/// What a byte is added to: a place in the last plane for private use.
const FIRST: u32 = 0x10_fe00;

/// A text as characters: each byte that is not UTF-8 is a character that [`bytes`] makes a byte again.
pub(super) fn chars(text: &[u8]) -> Cow<'_, str> {
    if let Ok(text) = std::str::from_utf8(text) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() * 2);
    for chunk in text.utf8_chunks() {
        out.push_str(chunk.valid());
        let invalid = chunk.invalid().iter();
        out.extend(invalid.filter_map(|byte| char::from_u32(FIRST + u32::from(*byte))));
    }
    Cow::Owned(out)
}

/// The byte that a character stands for.
fn byte(c: char) -> Option<u8> {
    u32::from(c).checked_sub(FIRST)?.try_into().ok()
}

/// Whether a character stands for a byte that is not UTF-8.
pub(super) fn is_byte(c: char) -> bool {
    byte(c).is_some()
}

/// What was made of [`chars`], as bytes.
pub(super) fn bytes(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    for chunk in text.utf8_chunks() {
        for c in chunk.valid().chars() {
            match byte(c) {
                Some(byte) => out.push(byte),
                None => out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes()),
            }
        }
        out.extend_from_slice(chunk.invalid());
    }
    out
}

/// Converts a text as characters.
pub(super) fn through(text: &[u8], convert: impl FnOnce(&str) -> String) -> Str {
    match chars(text) {
        Cow::Borrowed(text) => Str::from(convert(text)),
        Cow::Owned(text) => Str::from(bytes(convert(&text).as_bytes())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_survive() {
        for text in [&b"a\xffb"[..], b"\xc3", b"\xe2\x82x\xe2\x82\xac", b"plain"] {
            assert_eq!(&*through(text, str::to_owned), text);
        }
        assert_eq!(
            &*through(b"a\xff", |text| text.replace('a', "\u{e9}")),
            b"\xc3\xa9\xff"
        );
        assert!(chars(b"\xff").chars().all(is_byte));
    }
}
