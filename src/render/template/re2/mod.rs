//! Patterns in Go's syntax, made into patterns of the `regex` crate.

mod class;
mod translate;

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use regex::bytes::{Regex, RegexBuilder};

/// How many patterns are kept compiled.
const KEPT: usize = 200;

thread_local! {
    static COMPILED: RefCell<HashMap<Vec<u8>, Rc<Pattern>>> = RefCell::default();
}

/// A compiled pattern.
#[derive(Debug)]
pub(super) struct Pattern {
    /// What finds. Its groups have no names, because Go's can be the same or begin with a digit.
    pub regex: Regex,
    /// The names of the groups; the first is the whole match.
    pub names: Vec<Option<String>>,
}

/// Compiles a pattern, or takes the compiled one of before.
///
/// # Errors
/// What is wrong with the pattern, in Go's words.
pub(super) fn compile(pattern: &[u8]) -> Result<Rc<Pattern>, String> {
    COMPILED.with_borrow_mut(|compiled| {
        if let Some(known) = compiled.get(pattern) {
            return Ok(Rc::clone(known));
        }
        let translated = match std::str::from_utf8(pattern) {
            Ok(pattern) => translate::translate(pattern),
            Err(error) => {
                let rest = String::from_utf8_lossy(&pattern[error.valid_up_to()..]);
                Err(format!("invalid UTF-8: `{rest}`"))
            }
        };
        let translated = translated.map_err(|what| format!("error parsing regexp: {what}"))?;
        let regex = RegexBuilder::new(&translated.text)
            .size_limit(4 << 20)
            .build()
            .map_err(|error| message(pattern, &error))?;
        if compiled.len() >= KEPT {
            compiled.clear();
        }
        let names = translated.names;
        let found = Rc::new(Pattern { regex, names });
        compiled.insert(pattern.to_owned(), Rc::clone(&found));
        Ok(found)
    })
}

/// What Go takes and the crate does not is too large for it.
fn message(pattern: &[u8], error: &regex::Error) -> String {
    let what = match error {
        regex::Error::CompiledTooBig(_) => "expression too large",
        _ => "expression nests too deeply",
    };
    let pattern = String::from_utf8_lossy(pattern);
    format!("error parsing regexp: {what}: `{pattern}`")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns() {
        let cases = [
            (r"^\d+$", "12", true),
            (r"^\d$", "\u{663}", false),
            (r"^\w$", "\u{e9}", false),
            (r"a{,2}", "a{,2}", true),
            (r"a{01}", "a{01}", true),
            (r"{", "{", true),
            (r"x{2}", "xx", true),
            (r"^[\w-\.]+$", "a-b.c", true),
            (r"^[+--]+$", "+,-", true),
            (r"^[]a]+$", "]a", true),
            (r"^[[:alpha:]]+$", "abc", true),
            (r"^[[:^alpha:]\d]+$", "-1", true),
            (r"^[[a]+$", "[a", true),
            (r"\Qa.b\E+", "a.bb", true),
            (r"(?i)ABC", "abc", true),
            (r"^a(?i)b|c$", "C", true),
            (r"^(?i:a)b$", "AB", false),
            (r"^a(?i)*$", "aaa", true),
            (r"^\/a\-b$", "/a-b", true),
            (r"\bfoo\b", "a foo b", true),
            (r"^[a&&b]+$", "a&b", true),
            (r"^\<[<\>]$", "<>", true),
            (r"^[\x{41}-\103]+$", "ABC", true),
            (r"^\p{^Greek}\pL[\P{Lu}]$", "xyz", true),
            (r"^[^a]$", "\n", true),
            (r"(?s)^.$", "\n", true),
            (r"^#a b$", "#a b", true),
            (r"\x{D800}|[\x{D800}]|a", "a", true),
        ];
        for (pattern, text, expected) in cases {
            let matches = compile(pattern.as_bytes()).map(|it| it.regex.is_match(text.as_bytes()));
            assert_eq!(matches, Ok(expected), "{pattern} {text}");
        }
        for good in [
            "(a*)*",
            "a*?",
            "a{2}?b+",
            "a\\*\\*",
            "[*]*",
            "(?P<1>a)(?<1>b)",
            "^*",
            "()",
            "(?)a",
            "|",
            "(|)",
        ] {
            assert!(compile(good.as_bytes()).is_ok(), "{good}");
        }
    }

    #[test]
    fn what_is_wrong() {
        let cases = [
            ("(", "missing closing ): `(`"),
            ("(a|b", "missing closing ): `(a|b`"),
            ("a)b", "unexpected ): `a)b`"),
            ("*", "missing argument to repetition operator: `*`"),
            ("a|+?b", "missing argument to repetition operator: `+?`"),
            ("(?i)?", "missing argument to repetition operator: `?`"),
            (
                "({2,3})",
                "missing argument to repetition operator: `{2,3}`",
            ),
            ("a**", "invalid nested repetition operator: `**`"),
            ("a{2}{3}", "invalid nested repetition operator: `{2}{3}`"),
            ("a*??", "invalid nested repetition operator: `*??`"),
            (r"\", "trailing backslash at end of expression: ``"),
            (r"[\", "trailing backslash at end of expression: ``"),
            (r"a\qb", r"invalid escape sequence: `\q`"),
            (r"\1", r"invalid escape sequence: `\1`"),
            (r"\xg1", r"invalid escape sequence: `\xg1`"),
            (r"\x{1g}", r"invalid escape sequence: `\x{1g`"),
            (r"\Ca", r"invalid escape sequence: `\C`"),
            (r"[\b]", r"invalid escape sequence: `\b`"),
            ("x[a-z", "missing closing ]: `[a-z`"),
            ("x[", "missing closing ]: `[`"),
            ("[z-a]", "invalid character class range: `z-a`"),
            ("[[:foo:]]", "invalid character class range: `[:foo:]`"),
            (r"\p{Foo}x", r"invalid character class range: `\p{Foo}`"),
            (
                r"\p{sc=Greek}x",
                r"invalid character class range: `\p{sc=Greek}`",
            ),
            (r"\pQx", r"invalid character class range: `\pQ`"),
            (r"\p", r"invalid character class range: `\p`"),
            (r"\p{Greek", r"invalid character class range: `\p{Greek`"),
            ("a{1001}", "invalid repeat count: `{1001}`"),
            ("a{3,2}", "invalid repeat count: `{3,2}`"),
            ("(a{100}){11}", "invalid repeat count: `{11}`"),
            ("(?=a)", "invalid or unsupported Perl syntax: `(?=`"),
            ("(?", "invalid or unsupported Perl syntax: `(?`"),
            ("a(?i-)b", "invalid or unsupported Perl syntax: `(?i-)`"),
            ("(?x)b", "invalid or unsupported Perl syntax: `(?x`"),
            ("(?P=a)b", "invalid or unsupported Perl syntax: `(?P`"),
            ("(?<", "invalid or unsupported Perl syntax: `(?<`"),
            ("(?<!a)b", "invalid named capture: `(?<!a)b`"),
            ("(?P<a-b>c)", "invalid named capture: `(?P<a-b>`"),
            ("(?P<>c)", "invalid named capture: `(?P<>`"),
        ];
        for (pattern, expected) in cases {
            let told = compile(pattern.as_bytes()).map(|_| ());
            assert_eq!(
                told,
                Err(format!("error parsing regexp: {expected}")),
                "{pattern}"
            );
        }
        assert_eq!(
            compile(b"a\xffb").map(|_| ()),
            Err("error parsing regexp: invalid UTF-8: `\u{fffd}b`".to_owned())
        );
    }
}
