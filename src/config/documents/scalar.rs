//! Single values checked: names, versions, numbers, words.

use crate::diag::{Diagnostic, Span};
use crate::model::{LayerName, duration};
use crate::yaml::{Node, NodeKind};

use super::check::{Check, Place};
use super::shape::Choice;
use super::words::{join, nearest};

impl Check<'_> {
    pub(super) fn name(&mut self, text: &str, span: Span) {
        let Err(wrong) = LayerName::new(text) else {
            return;
        };
        let mut problem = Diagnostic::error(wrong.to_string()).at(span);
        let better: String = text.to_lowercase().replace(
            |c: char| !(c.is_ascii_alphanumeric() || c == '-' || c == '.'),
            "-",
        );
        let better = better.trim_matches(['-', '.']);
        if LayerName::new(better).is_ok() {
            problem = problem.help(format!("`{better}` would do"));
        }
        self.report(problem);
    }

    pub(super) fn duration(&mut self, text: &str, span: Span) {
        let wrong = match duration(text) {
            Ok(time) if time.is_zero() => "a time that is nothing is no time to wait".to_owned(),
            Ok(_) => return,
            Err(wrong) => wrong,
        };
        self.report(
            Diagnostic::error(format!("`{text}` is not a time to wait"))
                .at(span)
                .help(wrong),
        );
    }

    pub(super) fn semver(&mut self, node: &Node) {
        let text = match &node.kind {
            NodeKind::String(text, _) => text.clone(),
            _ => self.written(node.span),
        };
        if node.as_str().is_some() && semver::Version::parse(&text).is_ok() {
            return;
        }
        let bare = text.strip_prefix(['v', 'V']).unwrap_or(&text);
        let dots = bare.matches('.').count();
        let filled = match dots {
            0 => format!("{bare}.0.0"),
            1 => format!("{bare}.0"),
            _ => bare.to_owned(),
        };
        let problem = Diagnostic::error(format!("`{text}` is not a semantic version"))
            .at(node.span)
            .label("expected three numbers, as in 1.4.0");
        self.report(if semver::Version::parse(&filled).is_ok() {
            problem.help(format!("write `{filled}`"))
        } else if bare.ends_with(['x', '*']) || bare.starts_with(['^', '~', '>', '<', '=']) {
            problem.help("a profile is named by one exact version; trains and ranges are for packs")
        } else {
            problem
        });
    }

    pub(super) fn choice(&mut self, word: &str, span: Span, choice: &Choice, place: Place<'_>) {
        if choice.words.iter().any(|(known, _)| *known == word)
            || choice.aliases.iter().any(|(known, _)| *known == word)
        {
            return;
        }
        let words = || choice.words.iter().map(|(word, _)| *word);
        let hint = choice.hints.iter().find(|(wrong, _)| *wrong == word);
        let problem =
            Diagnostic::error(format!("{place}: `{word}` is not one of its values")).at(span);
        self.report(if let Some((_, hint)) = hint {
            problem.help(*hint)
        } else if let Some(near) = nearest(word, words()) {
            problem.help(format!("did you mean `{near}`?"))
        } else if choice.words.len() == 1 {
            problem.help(format!("it can only be {}", join(words(), "or")))
        } else {
            problem.help(format!("it can be {}", join(words(), "or")))
        });
    }

    pub(super) fn count(&mut self, number: i64, span: Span, place: Place<'_>) {
        if number < 0 {
            self.report(
                Diagnostic::error(format!("{place} cannot be negative, and is {number}")).at(span),
            );
        } else if u32::try_from(number).is_err() {
            self.report(Diagnostic::error(format!("{place} is too large: {number}")).at(span));
        }
    }
}
