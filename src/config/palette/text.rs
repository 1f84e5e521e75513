//! Texts of values: cut out of larger ones with their comments, or written anew.

use crate::yaml::{self, Node, NodeKind, ScalarStyle, Value};

/// The text of a mapping that stands in a larger text, with its comments, moved to the left margin. Nothing when it cannot
/// be cut out: it is written in braces, or refers to an anchor outside of it.
pub fn cut(source: &str, node: &Node) -> Option<String> {
    let first = node.as_map()?.first()?;
    let (start, end) = (first.key_span.start as usize, node.span.end as usize);
    let line = source[..start].rfind('\n').map_or(0, |at| at + 1);
    let indent = start - line;
    if !source[line..start].bytes().all(|byte| byte == b' ') {
        return None;
    }
    let end = source[..end].trim_end().len();
    let end = source[end..]
        .find('\n')
        .map_or(source.len(), |at| end + at + 1);
    let from = comments_above(&source[..line], indent);
    let to = end + comments_below(&source[end..], indent);
    let mut text = String::new();
    for line in source[from..to].lines() {
        let blanks = line.len() - line.trim_start_matches(' ').len();
        text.push_str(&line[blanks.min(indent)..]);
        text.push('\n');
    }
    let same = yaml::parse(&text).is_ok_and(|read| read == [node.to_value()]);
    same.then_some(text)
}

fn is_comment(line: &str, indent: usize) -> bool {
    let bare = line.trim_start_matches(' ');
    bare.starts_with('#') && line.len() - bare.len() >= indent
}

/// Where the comments begin that stand directly above.
fn comments_above(before: &str, indent: usize) -> usize {
    let above = before.split_inclusive('\n').rev();
    let lines = above.take_while(|line| is_comment(line, indent));
    before.len() - lines.map(str::len).sum::<usize>()
}

/// How long the comments are that stand below, with blank lines between them.
fn comments_below(after: &str, indent: usize) -> usize {
    let mut length = 0;
    let mut taken = 0;
    for line in after.split_inclusive('\n') {
        length += line.len();
        if is_comment(line, indent) {
            taken = length;
        } else if !line.trim().is_empty() {
            break;
        }
    }
    taken
}

/// A value as text. A quoted text with macros in it stays quoted, and a plain one plain, since that decides what type
/// it has once the macros are resolved.
pub fn written(node: &Node) -> String {
    let mut quoted = Vec::new();
    let value = marked(node, &mut quoted);
    let mut text = yaml::write_ordered(&value);
    for (at, original) in quoted.iter().enumerate() {
        let json = serde_json::Value::from(original.as_str()).to_string();
        text = text.replacen(&mark(at), &json, 1);
    }
    text
}

/// What stands in place of a quoted text until everything else is written: a word that needs no quotes.
fn mark(at: usize) -> String {
    format!("stratiform_quoted_text_{at}_")
}

fn marked(node: &Node, quoted: &mut Vec<String>) -> Value {
    match &node.kind {
        NodeKind::String(text, style)
            if *style != ScalarStyle::Plain && text.contains("{{") && !text.contains('\n') =>
        {
            quoted.push(text.clone());
            Value::String(mark(quoted.len() - 1))
        }
        NodeKind::List(list) => Value::List(list.iter().map(|node| marked(node, quoted)).collect()),
        NodeKind::Map(entries) => {
            let mut map = yaml::Map::default();
            for entry in entries {
                map.insert(entry.key.clone(), marked(&entry.value, quoted));
            }
            Value::Map(map)
        }
        _ => node.to_value(),
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use crate::diag::Sources;
    use crate::yaml::{Limits, Node, read};

    use super::{cut, written};

    fn node(text: &str) -> Node {
        let source = Sources::default().add("values", text);
        let mut read = read(source, text, Limits::default()).unwrap();
        read.remove(0)
    }

    #[test]
    fn a_part_is_cut_out_with_its_comments() {
        let text = "\
# of all
charts:
  # of the key
  web:
    # of the first
    replicas: 1 # beside
    text: |
      a

        b
    list:
    - x
    # below

    # further below

  # of the next
  other: {a: 1}
";
        let charts = node(text);
        let web = charts.get("charts").unwrap().get("web").unwrap();
        insta::assert_snapshot!(cut(text, web).unwrap(), @r"
        # of the first
        replicas: 1 # beside
        text: |
          a

            b
        list:
        - x
        # below

        # further below
        ");
        let other = charts.get("charts").unwrap().get("other").unwrap();
        assert_eq!(cut(text, other), None, "it stands in braces");
        let whole = cut(text, &charts).unwrap();
        assert_eq!(whole, text);
        let anchored = "x: &x {a: 1}\nuser:\n  z: *x\n";
        assert_eq!(cut(anchored, node(anchored).get("user").unwrap()), None);
    }

    #[test]
    fn quotes_around_macros_stay() {
        let text = "\
a: \"10.{{ .spectro.var.n }}\"
b: 10.{{ .spectro.var.n }}
c: '{{ .spectro.var.n | quote }} \"x\"'
d: [\"{{ .a }}\", plain, '7']
e: |-
  one {{ .line }}
f: |
  two
  {{ .lines }}
\"{{ .key }}\": 1
";
        let out = written(&node(text));
        insta::assert_snapshot!(out, @r#"
        a: "10.{{ .spectro.var.n }}"
        b: 10.{{ .spectro.var.n }}
        c: "{{ .spectro.var.n | quote }} \"x\""
        d:
        - "{{ .a }}"
        - plain
        - "7"
        e: "one {{ .line }}"
        f: |
          two
          {{ .lines }}
        '{{ .key }}': 1
        "#);
        assert_eq!(node(&out).to_value(), node(text).to_value());
    }
}
