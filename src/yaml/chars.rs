//! The classes of bytes that the scanner asks for.
//!
//! Texts are valid UTF-8 without NUL, so a NUL stands for the end of the text.

const BLANK: u8 = 1;
const BREAK: u8 = 2;
const END: u8 = 4;
/// First byte of NEL, LS and PS, which YAML 1.1 counts as line breaks.
const MAYBE: u8 = 8;
const FLOW: u8 = 16;
const WORD: u8 = 32;
const QUOTE: u8 = 64;
const COLON: u8 = 128;

const CLASSES: [u8; 256] = classes();

const fn classes() -> [u8; 256] {
    let mut table = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        table[byte] = match byte as u8 {
            0 => END,
            b' ' | b'\t' => BLANK,
            b'\n' | b'\r' => BREAK,
            0xc2 | 0xe2 => MAYBE,
            b',' | b'?' | b'[' | b']' | b'{' | b'}' => FLOW,
            b':' => COLON,
            b'"' | b'\'' | b'\\' => QUOTE,
            b'0'..=b'9' | b'a'..=b'z' | b'A'..=b'Z' | b'_' | b'-' => WORD,
            _ => 0,
        };
        byte += 1;
    }
    table
}

const fn is(byte: u8, classes: u8) -> bool {
    CLASSES[byte as usize] & classes != 0
}

/// Whether a byte may end a run of characters in a plain scalar.
pub(super) const fn may_end_plain(byte: u8) -> bool {
    is(byte, BLANK | BREAK | END | MAYBE | FLOW | COLON)
}

/// Whether a byte may end a run of characters in a quoted scalar.
pub(super) const fn may_end_quoted(byte: u8) -> bool {
    is(byte, BREAK | END | MAYBE | QUOTE)
}

/// Whether a byte may end a line.
pub(super) const fn may_end_line(byte: u8) -> bool {
    is(byte, BREAK | END | MAYBE)
}

/// One of `,?[]{}`.
pub(super) const fn is_flow(byte: u8) -> bool {
    is(byte, FLOW)
}

/// A letter, digit, `_` or `-`: what names of anchors, handles and directives are made of.
pub(super) const fn is_word(byte: u8) -> bool {
    is(byte, WORD)
}

/// A space or a tab.
pub(super) const fn is_blank(byte: u8) -> bool {
    is(byte, BLANK)
}

/// The byte at an offset; NUL behind the end.
pub(super) fn at(bytes: &[u8], offset: usize) -> u8 {
    bytes.get(offset).copied().unwrap_or(0)
}

/// The length of the line break at an offset: 0 if there is none; CR LF is one break of two bytes.
pub(super) fn break_len(bytes: &[u8], offset: usize) -> usize {
    match at(bytes, offset) {
        b'\n' => 1,
        b'\r' if at(bytes, offset + 1) == b'\n' => 2,
        b'\r' => 1,
        0xc2 if at(bytes, offset + 1) == 0x85 => 2,
        0xe2 if at(bytes, offset + 1) == 0x80 && matches!(at(bytes, offset + 2), 0xa8 | 0xa9) => 3,
        _ => 0,
    }
}

/// Whether a line break, or the end of the text, is at an offset.
pub(super) fn is_break_or_end(bytes: &[u8], offset: usize) -> bool {
    offset >= bytes.len() || break_len(bytes, offset) > 0
}

/// Whether a blank, a line break, or the end of the text, is at an offset.
pub(super) fn is_blank_or_end(bytes: &[u8], offset: usize) -> bool {
    is_blank(at(bytes, offset)) || is_break_or_end(bytes, offset)
}

/// Bytes that are looked at together.
const BLOCK: usize = 32;

/// Whether a byte is a character that stands for itself.
const fn is_plain(byte: u8) -> bool {
    (byte >= 0x20 && byte <= 0x7e) || byte == b'\t' || byte == b'\n' || byte == b'\r'
}

/// The offset of the first character that YAML does not allow: control characters but tab and line breaks.
pub(super) fn first_forbidden(text: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    let mut offset = 0;
    while offset < bytes.len() {
        // Nearly all texts are plain, and whole blocks of them are looked at together.
        if let Some(block) = bytes.get(offset..offset + BLOCK)
            && block.iter().fold(true, |all, byte| all & is_plain(*byte))
        {
            offset += BLOCK;
            continue;
        }
        let byte = bytes[offset];
        let forbidden = match byte {
            0x20..=0x7e => false,
            b'\t' | b'\n' | b'\r' => false,
            0..=0x1f | 0x7f => true,
            0xc2 => at(bytes, offset + 1) < 0xa0 && at(bytes, offset + 1) != 0x85,
            0xef => at(bytes, offset + 1) == 0xbf && at(bytes, offset + 2) >= 0xbe,
            _ => false,
        };
        if forbidden {
            return Some(offset);
        }
        offset += 1;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::{BLOCK, first_forbidden};

    #[test]
    fn a_forbidden_character_is_found_wherever_it_stands() {
        for forbidden in ['\u{1}', '\u{7f}', '\u{80}', '\u{fffe}'] {
            for before in 0..3 * BLOCK {
                let text = format!("{}{forbidden}{}", "x".repeat(before), "y\n".repeat(BLOCK));
                assert_eq!(first_forbidden(&text), Some(before), "{forbidden:?}");
            }
        }
        let fine = "a\tb\r\n\u{85}\u{a0}\u{2028}\u{fffd}".repeat(BLOCK);
        assert_eq!(first_forbidden(&fine), None);
    }
}
