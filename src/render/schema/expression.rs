//! One rule: `{{ required | format "${number:[1-9]}" | hints "a" "b" }}`.

/// What a rule says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Expression {
    /// Whether a value must be there if its parent is.
    pub required: bool,
    /// Whether the pack's own value must stay.
    pub readonly: bool,
    /// What the value must look like.
    pub format: Option<String>,
    /// What to tell who gets it wrong.
    pub hints: Vec<String>,
}

impl Expression {
    /// Reads the text of a rule.
    ///
    /// # Errors
    /// What is wrong with it, in a few words.
    pub fn parse(text: &str) -> Result<Self, String> {
        let inner = text
            .trim()
            .strip_prefix("{{")
            .and_then(|rest| rest.strip_suffix("}}"))
            .ok_or("it must stand in `{{ }}`")?;
        let mut rule = Self::default();
        let mut words = words(inner)?.into_iter().peekable();
        while let Some(word) = words.next() {
            match word {
                Word::Bar => {}
                Word::Name("required") => rule.required = true,
                Word::Name("readonly") => rule.readonly = true,
                Word::Name("format") => match words.next() {
                    Some(Word::Text(format)) => rule.format = Some(format),
                    _ => return Err("`format` wants one text in quotes".to_owned()),
                },
                Word::Name("hints") => {
                    while let Some(Word::Text(hint)) =
                        words.next_if(|word| matches!(word, Word::Text(_)))
                    {
                        rule.hints.push(hint);
                    }
                }
                Word::Name(other) => {
                    return Err(format!(
                        "`{other}` is none of `required`, `readonly`, `format` and `hints`"
                    ));
                }
                Word::Text(text) => {
                    return Err(format!(
                        "the text \"{text}\" belongs to no `format` or `hints`"
                    ));
                }
            }
        }
        Ok(rule)
    }
}

#[derive(Debug, PartialEq, Eq)]
enum Word<'a> {
    Bar,
    Name(&'a str),
    Text(String),
}

fn words(text: &str) -> Result<Vec<Word<'_>>, String> {
    let mut words = Vec::new();
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        let used = match first {
            '|' => {
                words.push(Word::Bar);
                1
            }
            '"' | '`' => {
                let (text, used) = quoted(rest, first)?;
                words.push(Word::Text(text));
                used
            }
            _ => {
                let end = rest
                    .find(|c: char| c.is_whitespace() || matches!(c, '|' | '"' | '`'))
                    .unwrap_or(rest.len());
                words.push(Word::Name(&rest[..end]));
                end
            }
        };
        rest = rest[used..].trim_start();
    }
    Ok(words)
}

/// The text in quotes and how many bytes it takes. A backslash that escapes neither a quote nor a backslash stays, since
/// people write regular expressions as they are.
fn quoted(text: &str, quote: char) -> Result<(String, usize), String> {
    let mut out = String::new();
    let mut chars = text.char_indices().skip(1);
    while let Some((at, c)) = chars.next() {
        if c == quote {
            return Ok((out, at + 1));
        }
        if c != '\\' || quote == '`' {
            out.push(c);
            continue;
        }
        match chars.next() {
            Some((_, escaped @ ('"' | '\\'))) => out.push(escaped),
            Some((_, other)) => out.extend(['\\', other]),
            None => break,
        }
    }
    Err("a quote is never closed".to_owned())
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use super::*;

    #[test]
    fn reads_rules_in_any_combination() {
        let rule = Expression::parse(
            r#"{{ required | format "${string:/^\d+\"$/}" | hints "one" "two"}}"#,
        );
        assert_eq!(
            rule,
            Ok(Expression {
                required: true,
                readonly: false,
                format: Some(r#"${string:/^\d+"$/}"#.to_owned()),
                hints: vec!["one".to_owned(), "two".to_owned()],
            })
        );
        assert!(Expression::parse("{{readonly}}").unwrap().readonly);
        assert_eq!(Expression::parse("{{ }}"), Ok(Expression::default()));
    }

    #[test]
    fn says_what_is_wrong() {
        for (text, why) in [
            ("required", "must stand in"),
            ("{{ requird }}", "`requird` is none of"),
            ("{{ format }}", "wants one text"),
            ("{{ format \"a }}", "never closed"),
            ("{{ \"a\" }}", "belongs to no"),
        ] {
            let error = Expression::parse(text).unwrap_err();
            assert!(error.contains(why), "{text}: {error}");
        }
    }
}
