//! From Go's syntax to that of the `regex` crate.
//!
//! Both are of the same family. Go differs in that `\d`, `\w`, `\s` and `\b` know ASCII only, that a brace that repeats
//! nothing stands for itself, that a bracket or a dash in a class does, and in what it refuses.

use super::class;

/// A pattern of the `regex` crate, and the names of the groups in it.
pub(super) struct Translated {
    pub text: String,
    pub names: Vec<Option<String>>,
}

/// More than this many repetitions, those inside of each other multiplied, are refused.
const MOST: u64 = 1000;

/// A group that is open; the pattern itself is the outermost.
struct Group {
    /// Where it begins in what is written.
    start: usize,
    /// How often what it holds is repeated within it, at most.
    weight: u64,
}

/// What a repetition can follow.
#[derive(Clone, Copy)]
struct Atom {
    start: usize,
    end: usize,
    weight: u64,
}

struct Translator<'p> {
    pattern: &'p str,
    rest: &'p str,
    out: String,
    names: Vec<Option<String>>,
    groups: Vec<Group>,
    atom: Option<Atom>,
    /// What is left of the pattern at the repetition that was just read.
    repeated: Option<&'p str>,
}

/// Translates a pattern.
///
/// # Errors
/// Go's words for what is wrong, and the part of the pattern that is.
pub(super) fn translate(pattern: &str) -> Result<Translated, String> {
    let mut translator = Translator {
        pattern,
        rest: pattern,
        out: String::with_capacity(pattern.len() + 8),
        names: vec![None],
        groups: vec![Group {
            start: 0,
            weight: 1,
        }],
        atom: None,
        repeated: None,
    };
    while let Some(c) = translator.rest.chars().next() {
        translator.token(c)?;
    }
    if translator.groups.len() > 1 {
        return Err(wrong("missing closing )", pattern));
    }
    Ok(Translated {
        text: translator.out,
        names: translator.names,
    })
}

fn wrong(what: &str, part: &str) -> String {
    format!("{what}: `{part}`")
}

/// The start of a text up to its rest.
fn until<'p>(text: &'p str, rest: &str) -> &'p str {
    &text[..text.len() - rest.len()]
}

impl<'p> Translator<'p> {
    fn token(&mut self, c: char) -> Result<(), String> {
        let before = self.rest;
        let repeated = self.repeated.take();
        match c {
            '*' | '+' | '?' => {
                self.rest = &before[1..];
                return self.repeat(before, None, repeated);
            }
            '{' => {
                if let Some((low, high, rest)) = repetition(before) {
                    self.rest = rest;
                    let most = high.unwrap_or(low);
                    if low > MOST || most > MOST || low > most {
                        return Err(wrong("invalid repeat count", until(before, rest)));
                    }
                    return self.repeat(before, Some((low, most)), repeated);
                }
                self.rest = &before[1..];
                self.push("\\{");
            }
            '(' => self.open()?,
            ')' => {
                self.rest = &before[1..];
                let group = self.groups.pop();
                let Some(group) = group.filter(|_| !self.groups.is_empty()) else {
                    return Err(wrong("unexpected )", self.pattern));
                };
                self.out.push(')');
                self.end(group.start, group.weight);
            }
            '|' => {
                self.rest = &before[1..];
                self.out.push('|');
                self.atom = None;
            }
            '[' => {
                let start = self.out.len();
                self.rest = class::bracketed(before, &mut self.out)?;
                self.end(start, 1);
            }
            '\\' => self.backslash()?,
            c => {
                self.rest = &before[c.len_utf8()..];
                if matches!(c, '.' | '^' | '$') {
                    let start = self.out.len();
                    self.out.push(c);
                    self.end(start, 1);
                } else {
                    self.char(c);
                }
            }
        }
        Ok(())
    }

    fn push(&mut self, text: &str) {
        let start = self.out.len();
        self.out.push_str(text);
        self.end(start, 1);
    }

    fn char(&mut self, c: char) {
        let start = self.out.len();
        class::push_char(&mut self.out, c);
        self.end(start, 1);
    }

    /// What was written since some place can be repeated.
    fn end(&mut self, start: usize, weight: u64) {
        let end = self.out.len();
        self.atom = Some(Atom { start, end, weight });
        if let Some(group) = self.groups.last_mut() {
            group.weight = group.weight.max(weight);
        }
    }

    fn repeat(
        &mut self,
        before: &'p str,
        counts: Option<(u64, u64)>,
        repeated: Option<&'p str>,
    ) -> Result<(), String> {
        let mut operator = until(before, self.rest).to_owned();
        if let Some(rest) = self.rest.strip_prefix('?') {
            self.rest = rest;
            operator.push('?');
        }
        if let Some(first) = repeated {
            let part = until(first, self.rest);
            return Err(wrong("invalid nested repetition operator", part));
        }
        let Some(atom) = self.atom else {
            let part = until(before, self.rest);
            return Err(wrong("missing argument to repetition operator", part));
        };
        let mut weight = atom.weight;
        if let Some((low, most)) = counts {
            // No upper bound reads as the lower one, twice.
            let times = if operator.contains(",}") { low } else { most };
            if times > 0 || !operator.contains(",}") {
                weight = weight.saturating_mul(times);
            }
            if most >= 2 && weight > MOST {
                let part = until(before, self.rest);
                return Err(wrong("invalid repeat count", part));
            }
        }
        // Flags may stand between what is repeated and its repetition.
        self.out.insert_str(atom.end, &operator);
        self.end(atom.start, weight);
        self.repeated = Some(before);
        Ok(())
    }

    fn open(&mut self) -> Result<(), String> {
        let before = self.rest;
        let start = self.out.len();
        let named = before
            .strip_prefix("(?P<")
            .or_else(|| before.strip_prefix("(?<"))
            .filter(|name| !name.is_empty());
        if let Some(name) = named {
            let Some(end) = name.find('>') else {
                return Err(wrong("invalid named capture", before));
            };
            let valid = |c: char| c.is_ascii_alphanumeric() || c == '_';
            self.rest = &name[end + 1..];
            if end == 0 || !name[..end].chars().all(valid) {
                return Err(wrong("invalid named capture", until(before, self.rest)));
            }
            self.names.push(Some(name[..end].to_owned()));
            self.out.push('(');
        } else if before.starts_with("(?") {
            if !self.flags()? {
                return Ok(());
            }
        } else {
            self.rest = &before[1..];
            self.names.push(None);
            self.out.push('(');
        }
        self.groups.push(Group { start, weight: 1 });
        self.atom = None;
        Ok(())
    }

    /// `(?i)` or `(?i:`; says whether it opens a group.
    fn flags(&mut self) -> Result<bool, String> {
        let before = self.rest;
        let mut chars = before[2..].chars();
        let (mut negated, mut any) = (false, false);
        for c in chars.by_ref() {
            match c {
                'i' | 'm' | 's' | 'U' => any = true,
                '-' if !negated => (negated, any) = (true, false),
                ':' | ')' if any || !negated => {
                    self.rest = chars.as_str();
                    let flags = until(before, self.rest);
                    if flags != "(?)" {
                        self.out.push_str(&unique(flags));
                    }
                    return Ok(c == ':');
                }
                _ => break,
            }
        }
        let part = until(before, chars.as_str());
        Err(wrong("invalid or unsupported Perl syntax", part))
    }

    fn backslash(&mut self) -> Result<(), String> {
        let before = self.rest;
        match before[1..].chars().next() {
            Some(c @ ('A' | 'z')) => {
                self.rest = &before[2..];
                self.push(if c == 'A' { "\\A" } else { "\\z" });
            }
            Some(c @ ('b' | 'B')) => {
                self.rest = &before[2..];
                self.push(if c == 'b' { "(?-u:\\b)" } else { "(?-u:\\B)" });
            }
            Some('C') => return Err(wrong("invalid escape sequence", &before[..2])),
            // Text between `\Q` and `\E` stands for itself.
            Some('Q') => {
                let text = &before[2..];
                let (text, rest) = text.split_once("\\E").unwrap_or((text, ""));
                for c in text.chars() {
                    self.char(c);
                }
                self.rest = rest;
            }
            _ => {
                let start = self.out.len();
                if let Some(rest) = class::set(before, &mut self.out)? {
                    self.rest = rest;
                } else {
                    let (code, rest) = class::escape(before)?;
                    class::push(&mut self.out, code);
                    self.rest = rest;
                }
                self.end(start, 1);
            }
        }
        Ok(())
    }
}

/// Flags without repetitions, which the crate refuses. Where one is set and taken away, the last word counts.
fn unique(flags: &str) -> String {
    let (set, taken) = flags.split_once('-').unwrap_or((flags, ""));
    let mut out = String::from("(?");
    let letters = ['i', 'm', 's', 'U'];
    out.extend(
        letters
            .iter()
            .filter(|c| set.contains(**c) && !taken.contains(**c)),
    );
    if !taken.is_empty() {
        out.push('-');
        out.extend(letters.iter().filter(|c| taken.contains(**c)));
    }
    out.extend(flags.chars().last());
    out
}

/// `{2}`, `{2,}` or `{2,3}` at the start of a text: both numbers, and what follows.
fn repetition(text: &str) -> Option<(u64, Option<u64>, &str)> {
    let end = text.find('}')?;
    let number = |text: &str| {
        let plain = text.bytes().all(|byte| byte.is_ascii_digit());
        let zeros = text.len() > 1 && text.starts_with('0');
        (plain && !zeros && !text.is_empty()).then(|| text.parse().unwrap_or(u64::MAX))
    };
    let rest = &text[end + 1..];
    Some(match text[1..end].split_once(',') {
        None => (number(&text[1..end])?, None, rest),
        Some((low, "")) => (number(low)?, None, rest),
        Some((low, high)) => (number(low)?, Some(number(high)?), rest),
    })
}
