//! Diagnostics as text, with a snippet of the source, the way rustc and cargo show theirs.

use std::sync::Arc;

use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};

use super::{Diagnostic, Severity, Source, SourceId, Sources, Span};

/// How diagnostics are drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// With colours, for a terminal.
    Coloured,
    /// Plain text, for pipes, files and tests.
    Plain,
}

/// Draws diagnostics one below the other, each ended by a newline.
pub fn render(diagnostics: &[Diagnostic], sources: &Sources, style: Style) -> String {
    let renderer = match style {
        Style::Coloured => Renderer::styled(),
        Style::Plain => Renderer::plain(),
    };
    diagnostics
        .iter()
        .map(|diagnostic| render_one(diagnostic, sources, &renderer))
        .collect()
}

fn render_one(diagnostic: &Diagnostic, sources: &Sources, renderer: &Renderer) -> String {
    let level = match diagnostic.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
    };
    // The texts have to outlive the report that borrows from them.
    let places: Vec<(Span, AnnotationKind, Option<&str>)> = diagnostic
        .span
        .iter()
        .map(|span| (*span, AnnotationKind::Primary, diagnostic.label.as_deref()))
        .chain(diagnostic.others.iter().map(|label| {
            (
                label.span,
                AnnotationKind::Context,
                Some(label.text.as_str()),
            )
        }))
        .collect();
    let mut texts: Vec<(SourceId, Arc<Source>, String)> = Vec::new();
    for (span, _, _) in &places {
        if texts.iter().all(|(id, ..)| *id != span.source) {
            let shown = sources.shown(span.source);
            texts.push((span.source, sources.get(span.source), shown));
        }
    }
    let title = level.primary_title(diagnostic.summary.as_str());
    let mut group = Group::with_title(title);
    for (id, source, shown) in &texts {
        let mut snippet = Snippet::source(shown.as_str()).path(source.name.as_str());
        for (span, kind, label) in places.iter().filter(|(span, _, _)| span.source == *id) {
            snippet = snippet.annotation(
                kind.span(span.start as usize..span.end as usize)
                    .label(*label),
            );
        }
        group = group.element(snippet);
    }
    if let Some(detail) = &diagnostic.detail {
        group = group.element(Level::NOTE.message(detail.as_str()));
    }
    if let Some(help) = &diagnostic.help {
        group = group.element(Level::HELP.message(help.as_str()));
    }
    let mut text = renderer.render(&[group]);
    if places.is_empty() {
        // Without a snippet there is nothing that the gutter could lead to.
        text = text
            .lines()
            .filter(|line| !is_gutter(line))
            .collect::<Vec<_>>()
            .join("\n");
    }
    text.push('\n');
    text
}

/// Whether a line holds nothing but the line beside snippets, coloured or not.
fn is_gutter(line: &str) -> bool {
    anstream::adapter::strip_str(line).to_string().trim() == "|"
}
