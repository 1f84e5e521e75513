//! `stratiform registry remove`

use std::fs;
use std::ops::Range;
use std::path::PathBuf;

use clap::Args;

use crate::cli::common::Invocation;
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::registry::builtin_names;

use super::project;

#[derive(Args, Debug)]
pub struct Arguments {
    /// The registry's name
    name: String,
}

pub(super) fn run(arguments: &Arguments, invocation: &Invocation) -> Result<Exit, Failure> {
    let loaded = invocation.project()?;
    let name = &arguments.name;
    let mut registries = loaded.documents.registries.iter();
    let Some(registry) = registries.find(|known| known.name.as_str() == name) else {
        let failure = Failure::new(format!("the project has no registry `{name}`"));
        return Err(if builtin_names().contains(&name.as_str()) {
            failure.help("it is built in; nothing is asked of it unless a layer names it")
        } else {
            failure.help("`stratiform registry list` shows which there are")
        });
    };
    let source = invocation.sources.get(registry.span.source);
    let path = PathBuf::from(&source.name);
    let text = fs::read_to_string(&path)?;
    let cut = cut(&text, registry.span.start as usize).ok_or_else(|| {
        Failure::new(format!(
            "the registry `{name}` cannot be cut out of {}",
            path.display()
        ))
        .help("remove its document by hand")
    })?;
    let rest = format!("{}{}", &text[..cut.start], &text[cut.end..]);
    let is_empty = rest.trim().is_empty();
    project::change(&path, (!is_empty).then_some(rest.as_str()), invocation)?;
    let what = if invocation.json {
        let json = serde_json::json!({ "name": name, "file": path, "fileIsRemoved": is_empty });
        format!("{json:#}\n")
    } else if is_empty {
        format!("Removed {}.\n", path.display())
    } else {
        format!("Removed the registry `{name}` from {}.\n", path.display())
    };
    invocation.output.result(&what)?;
    Ok(Exit::Done)
}

/// The bytes of the document around a place: with the `---` before it, or without one when it is the first. Nothing for a
/// text with directives or ends of documents, where more than that would have to change.
fn cut(text: &str, place: usize) -> Option<Range<usize>> {
    let is = |line: &str, mark: &str| {
        let rest = line.strip_prefix(mark);
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(char::is_whitespace))
    };
    let mut marks = Vec::new();
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        if is(line, "...") || line.starts_with('%') {
            return None;
        }
        if is(line, "---") {
            marks.push(at);
        }
        at += line.len();
    }
    let behind = marks.iter().copied().find(|mark| *mark > place);
    let before = marks.iter().copied().rfind(|mark| *mark <= place);
    // A `---` at the top only begins the first document, as its comments may do.
    let is_first = before.is_none_or(|mark| text[..mark].trim().is_empty());
    let start = if is_first { 0 } else { before? };
    Some(start..behind.unwrap_or(text.len()))
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use super::cut;

    #[test]
    fn a_document_is_cut_out_and_the_rest_is_as_it_was() {
        let left = |text: &str| {
            let range = cut(text, text.find("HERE").unwrap());
            range.map(|range| format!("{}{}", &text[..range.start], &text[range.end..]))
        };
        let cases = [
            ("HERE\n", Some("")),
            ("---\n# mine\nHERE: 1\n", Some("")),
            ("a: 1\n---\nHERE\n", Some("a: 1\n")),
            (
                "a: 1 # one\n--- # two\nHERE\n---\nb: 2",
                Some("a: 1 # one\n---\nb: 2"),
            ),
            (
                "HERE\n---\n# about b\nb: 2\n",
                Some("---\n# about b\nb: 2\n"),
            ),
            ("---\nHERE\n---\nb: 2\n", Some("---\nb: 2\n")),
            ("a: |\n  text\n  ---\nc: HERE\n", Some("")),
            ("%YAML 1.2\n---\nHERE\n", None),
            ("HERE\n...\n---\na: 1\n", None),
        ];
        for (text, expected) in cases {
            assert_eq!(left(text).as_deref(), expected, "{text}");
        }
    }
}
