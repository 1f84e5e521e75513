//! Masked values in the values of a layer: each becomes a sensitive variable.

use crate::config::palette::secret::MASK;
use crate::diag::Span;
use crate::yaml::{Map, Node, NodeKind, Value};

use super::{Draft, put};

impl Draft<'_> {
    /// The text of values with a macro in place of each masked value, all else as it was.
    pub(super) fn unmask(&mut self, layer: &str, text: &str, values: &Node) -> String {
        let mut found = Vec::new();
        masks(values, &mut Vec::new(), &mut found);
        if holds_mask(values) {
            self.notes.push(format!(
                "the values of the layer `{layer}` have `{MASK}` inside of a longer text; put back there what was masked"
            ));
        }
        let mut out = text.to_owned();
        let mut replaced = Vec::with_capacity(found.len());
        for (path, span) in found {
            let variable = self.variable_name(layer, path.last().map_or("value", String::as_str));
            let about = format!("`{}` of the layer `{layer}`", path.join("."));
            let mut map = Map::default();
            put(&mut map, "name", variable.as_str());
            put(&mut map, "description", about.as_str());
            put(&mut map, "format", "string");
            put(&mut map, "required", true);
            put(&mut map, "sensitive", true);
            self.variables.push(Value::Map(map));
            self.want(&variable, about, None);
            replaced.push((span, variable));
        }
        // From the end, so that places before it stay good.
        for (span, variable) in replaced.into_iter().rev() {
            let range = span.start as usize..span.end as usize;
            out.replace_range(range, &format!("\"{{{{ .spectro.var.{variable} }}}}\""));
        }
        out
    }

    /// A name for a variable that no other variable has.
    fn variable_name(&mut self, layer: &str, key: &str) -> String {
        let fine = |c: char| if c.is_ascii_alphanumeric() { c } else { '_' };
        let name: String = format!("{layer}_{key}").chars().map(fine).collect();
        let numbered = (2..).map(|number| format!("{name}_{number}"));
        let free = std::iter::once(name.clone())
            .chain(numbered)
            .find(|name| !self.variable_names.contains(name))
            .unwrap_or(name);
        self.variable_names.insert(free.clone());
        free
    }
}

/// The text with quotes around masks that have none: those are no YAML, since a star begins an alias.
pub(super) fn quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for line in text.split_inclusive('\n') {
        let bare = line.trim_end();
        match bare.strip_suffix(MASK) {
            Some(before) if before.ends_with(' ') && !before.contains('#') => {
                out.push_str(before);
                out.push('"');
                out.push_str(MASK);
                out.push('"');
                out.push_str(&line[bare.len()..]);
            }
            _ => out.push_str(line),
        }
    }
    out
}

/// Whether a mask is a part of a longer text somewhere, so that it cannot be replaced.
fn holds_mask(node: &Node) -> bool {
    match &node.kind {
        NodeKind::String(text, _) => text != MASK && text.contains(MASK),
        NodeKind::List(list) => list.iter().any(holds_mask),
        NodeKind::Map(entries) => entries.iter().any(|entry| holds_mask(&entry.value)),
        _ => false,
    }
}

/// The masked values below a node with their paths, from top to bottom.
fn masks(node: &Node, path: &mut Vec<String>, found: &mut Vec<(Vec<String>, Span)>) {
    match &node.kind {
        // An alias stands where its anchor does.
        NodeKind::String(text, _)
            if text == MASK && found.iter().all(|(_, span)| *span != node.span) =>
        {
            found.push((path.clone(), node.span));
        }
        NodeKind::List(list) => {
            for (at, node) in list.iter().enumerate() {
                path.push(at.to_string());
                masks(node, path, found);
                path.pop();
            }
        }
        NodeKind::Map(entries) => {
            for entry in entries {
                path.push(entry.key.clone());
                masks(&entry.value, path, found);
                path.pop();
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::quoted;

    #[test]
    fn masks_get_quotes_where_they_have_none() {
        for (text, expected) in [
            ("a: ********\nb: 1\n", "a: \"********\"\nb: 1\n"),
            ("- ********", "- \"********\""),
            ("a: '********'\n", "a: '********'\n"),
            ("# a ********\n", "# a ********\n"),
            ("a: **********\n", "a: **********\n"),
        ] {
            assert_eq!(quoted(text), expected);
        }
    }
}
