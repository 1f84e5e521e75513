//! Strings: upper and lower case, words, and how they are wrapped.

use super::super::function::Param::{Int, Str as Text};
use super::super::function::{Args, Function, Outcome};
use super::super::raw;
use super::super::value::{Str, Value};
use super::go::sized;
use super::strings::{is_space, room};
use super::words;

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
        let words = |text: &str| words::separated(text, '_');
        Ok(Value::Str(raw::through(args.bytes(0), words)))
    }),
    Function::pure("kebabcase", &[Text], |args| {
        let words = |text: &str| words::separated(text, '-');
        Ok(Value::Str(raw::through(args.bytes(0), words)))
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

pub(super) fn lower(c: char) -> char {
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

pub(super) fn connects(c: char) -> bool {
    c == '-' || c == '_' || is_space(c)
}

pub(super) fn punctuates(c: char) -> bool {
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
