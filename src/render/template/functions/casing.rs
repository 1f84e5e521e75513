//! Strings: upper and lower case, words, and how they are wrapped.

use super::super::function::Param::{Int, Str as Text};
use super::super::function::{Args, Function, Outcome};
use super::super::value::{Str, Value};
use super::go::sized;
use super::strings::{is_space, room};

pub(super) const FUNCTIONS: &[Function] = &[
    Function::pure("upper", &[Text], |args| {
        Ok(Value::from(
            args.text(0).chars().map(upper).collect::<String>(),
        ))
    }),
    Function::pure("lower", &[Text], |args| {
        Ok(Value::from(
            args.text(0).chars().map(lower).collect::<String>(),
        ))
    }),
    Function::pure("title", &[Text], |args| {
        Ok(Value::from(title(&args.text(0))))
    }),
    Function::pure("untitle", &[Text], |args| {
        Ok(Value::from(untitle(&args.text(0))))
    }),
    Function::pure("swapcase", &[Text], |args| {
        Ok(Value::from(swap_case(&args.text(0))))
    }),
    Function::pure("nospace", &[Text], |args| Ok(no_space(args))),
    Function::pure("initials", &[Text], |args| {
        Ok(Value::from(initials(args.bytes(0))))
    }),
    Function::pure("snakecase", &[Text], |args| {
        Ok(Value::from(separated(&args.text(0), '_')))
    }),
    Function::pure("kebabcase", &[Text], |args| {
        Ok(Value::from(separated(&args.text(0), '-')))
    }),
    Function::pure("camelcase", &[Text], |args| {
        Ok(Value::from(pascal(&args.text(0))))
    }),
    Function::pure("wrap", &[Int, Text], |args| {
        wrap(args.bytes(1), args.int(0), b"\n", false)
    }),
    Function::pure("wrapWith", &[Int, Text, Text], |args| {
        wrap(args.bytes(2), args.int(0), args.bytes(1), true)
    }),
    Function::pure("abbrev", &[Int, Text], |args| {
        let width = args.int(0);
        if width < 4 {
            return Ok(args.any(1).clone());
        }
        Ok(Value::from(abbreviate(args.bytes(1), 0, size(width))))
    }),
    Function::pure("abbrevboth", &[Int, Int, Text], |args| {
        let (left, right) = (args.int(0), args.int(1));
        if right < 4 || (left > 0 && right < 7) {
            return Ok(args.any(2).clone());
        }
        Ok(Value::from(abbreviate(args.bytes(2), left, size(right))))
    }),
];

fn size(number: i64) -> usize {
    usize::try_from(number).unwrap_or(0)
}

/// Go maps a character to one character, also where Unicode has several.
fn upper(c: char) -> char {
    let mut all = c.to_uppercase();
    match (all.next(), all.next()) {
        (Some(one), None) => one,
        _ => c,
    }
}

fn lower(c: char) -> char {
    match c {
        // The one character whose lower case is two characters; Go drops the dot.
        '\u{130}' => 'i',
        c => c.to_lowercase().next().unwrap_or(c),
    }
}

fn title(text: &str) -> String {
    let mut before = ' ';
    let convert = |c: char| {
        let is_word = before.is_alphanumeric() || before == '_';
        let separates = if before.is_ascii() {
            !is_word
        } else {
            !is_word && is_space(before)
        };
        before = c;
        if separates { upper(c) } else { c }
    };
    text.chars().map(convert).collect()
}

fn untitle(text: &str) -> String {
    let mut next = true;
    let convert = |c: char| {
        if is_space(c) {
            next = true;
            c
        } else if std::mem::take(&mut next) {
            lower(c)
        } else {
            c
        }
    };
    text.chars().map(convert).collect()
}

fn swap_case(text: &str) -> String {
    let convert = |c: char| {
        if c.is_uppercase() {
            lower(c)
        } else if c.is_lowercase() {
            upper(c)
        } else {
            c
        }
    };
    text.chars().map(convert).collect()
}

/// Go's library looks at bytes here, and writes each as a character when it writes anew.
fn no_space(args: Args<'_>) -> Value {
    let text = args.bytes(0);
    let chars = text.iter().map(|byte| char::from(*byte));
    let kept: String = chars.clone().filter(|c| !is_space(*c)).collect();
    if chars.clone().all(|c| !is_space(c)) {
        args.any(0).clone()
    } else {
        Value::from(kept)
    }
}

fn initials(text: &[u8]) -> String {
    let mut gap = true;
    let mut out = String::new();
    for c in text.iter().map(|byte| char::from(*byte)) {
        if is_space(c) {
            gap = true;
        } else if std::mem::take(&mut gap) {
            out.push(c);
        }
    }
    out
}

fn connects(c: char) -> bool {
    c == '-' || c == '_' || is_space(c)
}

fn punctuates(c: char) -> bool {
    if c.is_ascii() {
        c.is_ascii_punctuation() && !"$+<=>^`|~".contains(c)
    } else {
        matches!(
            c,
            '\u{a1}' | '\u{a7}' | '\u{ab}' | '\u{b6}' | '\u{b7}' | '\u{bb}' | '\u{bf}'
        ) || ('\u{2010}'..='\u{2027}').contains(&c)
            || ('\u{2030}'..='\u{205e}').contains(&c)
            || ('\u{3001}'..='\u{3003}').contains(&c)
            || ('\u{3008}'..='\u{3011}').contains(&c)
    }
}

fn pascal(text: &str) -> String {
    let chars: Vec<char> = text.chars().collect();
    let mut out = String::with_capacity(text.len());
    let Some(first) = chars.iter().position(|c| !connects(*c)) else {
        // Go writes the last of them twice.
        let last = chars.last().copied();
        return text.chars().chain(last).collect();
    };
    out.extend(&chars[..first]);
    let mut word_is_upper = chars[first].is_uppercase();
    let mut last = upper(chars[first]);
    for c in &chars[first + 1..] {
        let before = std::mem::replace(&mut last, *c);
        if connects(last) && connects(before) {
            out.push(before);
        } else if connects(before) {
            word_is_upper = last.is_uppercase();
            last = upper(last);
        } else {
            if word_is_upper {
                if last.is_uppercase() {
                    last = lower(last);
                } else {
                    word_is_upper = false;
                }
            }
            out.push(before);
        }
    }
    out.push(last);
    out
}

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

/// The first word of a text: letters, digits or signs that belong together.
fn next_word(chars: &[char]) -> (Word, &[char], &[char]) {
    let Some(first) = chars.first().copied() else {
        return (Word::None, &[], &[]);
    };
    let run = |test: &dyn Fn(char) -> bool| 1 + chars[1..].iter().take_while(|c| test(**c)).count();
    let small = |c: char| c.is_alphabetic() && !c.is_uppercase();
    let (word, length) = if connects(first) {
        (Word::Connector, run(&connects))
    } else if punctuates(first) {
        (Word::Punct, run(&punctuates))
    } else if first.is_uppercase() {
        let length = match chars.get(1) {
            Some(second) if second.is_uppercase() => {
                let length = run(&|c: char| c.is_uppercase());
                // The last capital begins a word of its own.
                let next = chars.get(length);
                length - usize::from(next.is_some_and(|c| c.is_alphabetic()))
            }
            Some(second) if second.is_alphabetic() => run(&small),
            _ => 1,
        };
        (Word::Upper, length)
    } else if first.is_alphabetic() {
        (Word::Alphabet, run(&small))
    } else if first.is_numeric() {
        (Word::Number, run(&|c: char| c.is_numeric()))
    } else {
        let other =
            |c: char| !(connects(c) || c.is_alphabetic() || c.is_numeric() || punctuates(c));
        (Word::Other, run(&other))
    };
    (word, &chars[..length], &chars[length..])
}

fn push_word(out: &mut String, kind: Word, word: &[char], connector: char) {
    let lowers = matches!(kind, Word::Upper | Word::Connector);
    out.extend(word.iter().map(|c| match c {
        c if !lowers => *c,
        c if connects(*c) => connector,
        c => lower(*c),
    }));
}

/// Words in lower case with something between them; digits stay with the letters around them.
fn separated(text: &str, connector: char) -> String {
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

/// Breaks lines at spaces; words that are too long are cut, or stand on lines of their own.
fn wrap(text: &[u8], width: i64, between: &[u8], cut: bool) -> Outcome {
    let between = if between.is_empty() { b"\n" } else { between };
    let width = size(width).max(1);
    let mut out = Vec::with_capacity(text.len() + text.len() / width);
    let mut at = 0;
    while text.len() - at > width {
        if text[at] == b' ' {
            at += 1;
            continue;
        }
        let line = &text[at..=at + width];
        let (end, next) = match line.iter().rposition(|byte| *byte == b' ') {
            Some(space) => (at + space, at + space + 1),
            None if cut => (at + width, at + width),
            None => match text[at + width..].iter().position(|byte| *byte == b' ') {
                Some(space) => (at + width + space, at + width + space + 1),
                None => break,
            },
        };
        out.extend_from_slice(&text[at..end]);
        out.extend_from_slice(between);
        room(out.len())?;
        at = next;
    }
    out.extend_from_slice(&text[at..]);
    sized(out)
}

fn abbreviate(text: &[u8], offset: i64, width: usize) -> Str {
    let mut out = Vec::new();
    let mut text = text;
    let (mut offset, mut width) = (size(offset).min(text.len()), width);
    // Each turn abbreviates the rest behind the marker at the left.
    loop {
        if width < 4 || text.is_empty() {
            break;
        }
        if text.len() <= width {
            out.extend_from_slice(text);
            break;
        }
        if text.len() - offset < width - 3 {
            offset = text.len() - (width - 3);
        }
        if offset <= 4 {
            out.extend_from_slice(&text[..width - 3]);
            out.extend_from_slice(b"...");
            break;
        }
        if width < 7 {
            out.clear();
            break;
        }
        out.extend_from_slice(b"...");
        if offset + width - 3 >= text.len() {
            out.extend_from_slice(&text[text.len() - (width - 3)..]);
            break;
        }
        text = &text[offset..];
        (offset, width) = (0, width - 3);
    }
    Str::from(out)
}
