//! The words of names such as `httpServer2`.

use super::super::raw;
use super::casing::{connects, lower, punctuates};

#[derive(Clone, Copy, PartialEq, Eq)]
enum Word {
    None,
    Number,
    Upper,
    Alphabet,
    Connector,
    Punct,
    Other,
}

/// Letters, but not those of East Asia that stand for words.
fn is_letter(c: char) -> bool {
    let stands_for_word =
        matches!(c, '\u{3400}'..='\u{4d85}' | '\u{4e00}'..='\u{9fcc}' | '\u{20000}'..='\u{2b81d}');
    c.is_alphabetic() && !stands_for_word
}

/// What is no character; it goes with the character behind it, or at the end with the one before.
fn is_broken(c: char) -> bool {
    c == '\u{fffd}' || raw::is_byte(c)
}

/// The first character that is one, and how many there are up to it.
fn unit(chars: &[char], before: char) -> (char, usize) {
    match chars.iter().position(|c| !is_broken(*c)) {
        Some(at) => (chars[at], at + 1),
        None => (before, chars.len()),
    }
}

/// The first word of a text: letters, digits or signs that belong together.
fn next_word(chars: &[char]) -> (Word, &[char], &[char]) {
    let (first, size) = unit(chars, '\u{fffd}');
    // Where a run of characters ends, what follows it, and how long the last of them is.
    let run = |from: usize, before: char, test: &dyn Fn(char) -> bool| {
        let (mut at, mut last, mut c) = (from, 0, before);
        while at < chars.len() {
            let size;
            (c, size) = unit(&chars[at..], c);
            if !test(c) {
                break;
            }
            (at, last) = (at + size, size);
        }
        (at, c, last)
    };
    let small = |c: char| is_letter(c) && !c.is_uppercase();
    let (word, length) = if chars.is_empty() || is_broken(first) {
        (Word::None, chars.len())
    } else if connects(first) {
        (Word::Connector, run(size, first, &connects).0)
    } else if punctuates(first) {
        (Word::Punct, run(size, first, &punctuates).0)
    } else if first.is_uppercase() {
        let (second, more) = unit(&chars[size..], first);
        let length = if more == 0 {
            size
        } else if second.is_uppercase() {
            let (end, next, last) = run(size, first, &char::is_uppercase);
            // The last capital begins a word of its own.
            if end < chars.len() && is_letter(next) {
                end - last
            } else {
                end
            }
        } else if is_letter(second) {
            run(size + more, second, &small).0
        } else {
            size
        };
        (Word::Upper, length)
    } else if is_letter(first) {
        (Word::Alphabet, run(size, first, &small).0)
    } else if first.is_numeric() {
        (Word::Number, run(size, first, &char::is_numeric).0)
    } else {
        let other = |c: char| !(connects(c) || is_letter(c) || c.is_numeric() || punctuates(c));
        (Word::Other, run(size, first, &other).0)
    };
    (word, &chars[..length], &chars[length..])
}

fn push_word(out: &mut String, kind: Word, word: &[char], connector: char) {
    let lowers = matches!(kind, Word::Upper | Word::Connector);
    out.extend(word.iter().map(|c| match c {
        c if !lowers => *c,
        c if connects(*c) => connector,
        c if is_broken(*c) => '\u{fffd}',
        c => lower(*c),
    }));
}

/// Words in lower case with something between them; digits stay with the letters around them.
pub(super) fn separated(text: &str, connector: char) -> String {
    let chars: Vec<char> = text.chars().collect();
    let mut out = String::with_capacity(text.len() + 8);
    let (mut kind, mut word, mut rest) = next_word(&chars);
    let ends = |kind: Word| matches!(kind, Word::None | Word::Punct | Word::Connector);
    while !rest.is_empty() {
        if kind != Word::Connector {
            push_word(&mut out, kind, word, connector);
        }
        let (before, last) = (kind, word);
        (kind, word, rest) = next_word(rest);
        match before {
            Word::Number => {
                while matches!(kind, Word::Alphabet | Word::Number) {
                    push_word(&mut out, kind, word, connector);
                    (kind, word, rest) = next_word(rest);
                }
                if !ends(kind) {
                    out.push(connector);
                }
            }
            Word::Connector => push_word(&mut out, before, last, connector),
            Word::Punct => {}
            _ if kind != Word::Number => {
                if !matches!(kind, Word::Connector | Word::Punct) {
                    out.push(connector);
                }
            }
            _ if rest.is_empty() => {}
            _ => {
                let number = word;
                (kind, word, rest) = next_word(rest);
                if kind == Word::Alphabet {
                    out.push(connector);
                    push_word(&mut out, Word::Number, number, connector);
                    while matches!(kind, Word::Alphabet | Word::Number) {
                        push_word(&mut out, kind, word, connector);
                        (kind, word, rest) = next_word(rest);
                    }
                    if !ends(kind) {
                        out.push(connector);
                    }
                } else {
                    push_word(&mut out, Word::Number, number, connector);
                    if !matches!(kind, Word::Connector | Word::Punct) {
                        out.push(connector);
                    }
                }
            }
        }
    }
    push_word(&mut out, kind, word, connector);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words() {
        let cases = [
            ("HTTPServer", "http_server"),
            ("http2xx", "http_2xx"),
            ("HTTP20xOK", "http_20x_ok"),
            ("Bld4Floor3rd", "bld4_floor_3rd"),
            ("a\u{fffd}b", "a\u{fffd}b"),
            ("Foo\u{4e2d}\u{6587}Bar", "foo_\u{4e2d}\u{6587}_bar"),
            ("ab\u{fffd}", "ab\u{fffd}"),
            ("", ""),
        ];
        for (text, expected) in cases {
            assert_eq!(separated(text, '_'), expected, "{text}");
        }
    }
}
