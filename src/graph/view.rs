//! Graphs as text for other programs to draw.

use std::fmt::Write;

use super::reduce;

/// A labelled graph to look at.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct View {
    /// The nodes. Those of one group are drawn together, groups in the order of their first nodes.
    pub nodes: Vec<ViewNode>,
    /// The edges.
    pub edges: Vec<ViewEdge>,
}

/// A node to look at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ViewNode {
    /// What tells it from all others: `prod-eu-1/ingress`.
    pub id: String,
    /// What people read; may have several lines.
    pub label: String,
    /// What it is, `k8s`: nodes of one class have one colour.
    pub class: String,
    /// The cluster or profile that it is drawn in.
    pub group: Option<String>,
}

/// An edge to look at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ViewEdge {
    /// The position of the node that comes first.
    pub from: usize,
    /// The position of the node that comes after it.
    pub to: usize,
    /// What people read beside it.
    pub label: Option<String>,
}

impl View {
    /// Drops the edges that follow from others.
    pub fn reduce(&mut self) {
        let edges: Vec<(usize, usize)> =
            self.edges.iter().map(|edge| (edge.from, edge.to)).collect();
        let kept = reduce(self.nodes.len(), &edges);
        self.edges
            .retain(|edge| kept.binary_search(&(edge.from, edge.to)).is_ok());
    }

    /// The groups in the order of their first nodes, each with the positions of its nodes; those without a group first.
    fn groups(&self) -> Vec<(Option<&str>, Vec<usize>)> {
        let mut groups: indexmap::IndexMap<Option<&str>, Vec<usize>> = indexmap::IndexMap::new();
        groups.insert(None, Vec::new());
        for (at, node) in self.nodes.iter().enumerate() {
            groups.entry(node.group.as_deref()).or_default().push(at);
        }
        groups.into_iter().collect()
    }
}

/// A fill colour for a class. The core layers have their own; all others share some by their names, so that a class has
/// the same colour in every picture.
fn colour(class: &str) -> &'static str {
    const OTHERS: [&str; 8] = [
        "#fde68a", "#fbcfe8", "#ddd6fe", "#bfdbfe", "#bbf7d0", "#fed7aa", "#e2e8f0", "#a7f3d0",
    ];
    match class {
        "os" => "#cbd5e1",
        "k8s" => "#93c5fd",
        "cni" => "#86efac",
        "csi" => "#fcd34d",
        _ => OTHERS[class.bytes().map(usize::from).sum::<usize>() % OTHERS.len()],
    }
}

/// The graph for Graphviz.
pub fn dot(view: &View) -> String {
    let mut text = String::from(
        "digraph {\n  rankdir=LR\n  node [shape=box, style=\"rounded,filled\", fontname=\"sans-serif\"]\n",
    );
    for (number, (group, nodes)) in view.groups().into_iter().enumerate() {
        let indent = if let Some(name) = group {
            line(&mut text, format_args!("  subgraph cluster_{number} {{"));
            line(&mut text, format_args!("    label={}", quoted(name)));
            "    "
        } else {
            "  "
        };
        for at in nodes {
            let node = &view.nodes[at];
            line(
                &mut text,
                format_args!(
                    "{indent}{} [label={}, fillcolor=\"{}\"]",
                    quoted(&node.id),
                    quoted(&node.label),
                    colour(&node.class)
                ),
            );
        }
        if group.is_some() {
            text.push_str("  }\n");
        }
    }
    for edge in &view.edges {
        let label = edge
            .label
            .as_ref()
            .map_or_else(String::new, |label| format!(" [label={}]", quoted(label)));
        line(
            &mut text,
            format_args!(
                "  {} -> {}{label}",
                quoted(&view.nodes[edge.from].id),
                quoted(&view.nodes[edge.to].id)
            ),
        );
    }
    text.push_str("}\n");
    text
}

/// The graph for Mermaid, as GitHub and GitLab draw it in markdown.
pub fn mermaid(view: &View) -> String {
    let mut text = String::from("flowchart LR\n");
    let mut classes: Vec<&str> = view.nodes.iter().map(|node| node.class.as_str()).collect();
    classes.sort_unstable();
    classes.dedup();
    for (number, (group, nodes)) in view.groups().into_iter().enumerate() {
        let indent = if let Some(name) = group {
            line(
                &mut text,
                format_args!("  subgraph g{number}[\"{}\"]", entities(name)),
            );
            "    "
        } else {
            "  "
        };
        for at in nodes {
            let node = &view.nodes[at];
            let class = classes.binary_search(&node.class.as_str()).unwrap_or(0);
            line(
                &mut text,
                format_args!("{indent}n{at}[\"{}\"]:::c{class}", entities(&node.label)),
            );
        }
        if group.is_some() {
            text.push_str("  end\n");
        }
    }
    for edge in &view.edges {
        let label = edge
            .label
            .as_ref()
            .map_or_else(String::new, |label| format!("|\"{}\"|", entities(label)));
        line(
            &mut text,
            format_args!("  n{} -->{label} n{}", edge.from, edge.to),
        );
    }
    for (number, class) in classes.iter().enumerate() {
        line(
            &mut text,
            format_args!("  classDef c{number} fill:{},color:#111", colour(class)),
        );
    }
    text
}

fn line(text: &mut String, content: std::fmt::Arguments<'_>) {
    writeln!(text, "{content}").expect("writing to a String cannot fail");
}

/// A DOT string: in quotes, with backslashes doubled, since DOT reads `\N` and the like as its own escapes.
fn quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => {}
            _ => out.push(c),
        }
    }
    out.push('"');
    out
}

/// Mermaid's text between quotes, which has entities with `#` and reads HTML and markdown.
fn entities(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '"' | '#' | '<' | '>' | '&' | '`' | '\\' | '*' | '_' => {
                write!(out, "#{};", u32::from(c)).expect("writing to a String cannot fail");
            }
            '\n' => out.push_str("<br/>"),
            '\r' => {}
            _ => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn node(id: &str, label: &str, class: &str, group: Option<&str>) -> ViewNode {
        ViewNode {
            id: id.into(),
            label: label.into(),
            class: class.into(),
            group: group.map(Into::into),
        }
    }

    fn view() -> View {
        let edge = |from, to, label: Option<&str>| ViewEdge {
            from,
            to,
            label: label.map(Into::into),
        };
        View {
            nodes: vec![
                node("eu/k8s", "kubernetes\n1.31", "k8s", Some("eu")),
                node("eu/a", "say \"hi\" \\N", "ingress", Some("eu")),
                node("alone", "#1 <b>", "logging", None),
            ],
            edges: vec![
                edge(0, 1, None),
                edge(1, 2, Some("needs \"it\"")),
                edge(0, 2, None),
            ],
        }
    }

    #[test]
    fn dot_is_escaped_and_grouped() {
        insta::assert_snapshot!(dot(&view()), @r##"
        digraph {
          rankdir=LR
          node [shape=box, style="rounded,filled", fontname="sans-serif"]
          "alone" [label="#1 <b>", fillcolor="#a7f3d0"]
          subgraph cluster_1 {
            label="eu"
            "eu/k8s" [label="kubernetes\n1.31", fillcolor="#93c5fd"]
            "eu/a" [label="say \"hi\" \\N", fillcolor="#bfdbfe"]
          }
          "eu/k8s" -> "eu/a"
          "eu/a" -> "alone" [label="needs \"it\""]
          "eu/k8s" -> "alone"
        }
        "##);
    }

    #[test]
    fn mermaid_is_escaped_and_grouped() {
        insta::assert_snapshot!(mermaid(&view()), @r##"
        flowchart LR
          n2["#35;1 #60;b#62;"]:::c2
          subgraph g1["eu"]
            n0["kubernetes<br/>1.31"]:::c1
            n1["say #34;hi#34; #92;N"]:::c0
          end
          n0 --> n1
          n1 -->|"needs #34;it#34;"| n2
          n0 --> n2
          classDef c0 fill:#bfdbfe,color:#111
          classDef c1 fill:#93c5fd,color:#111
          classDef c2 fill:#a7f3d0,color:#111
        "##);
    }

    #[test]
    fn a_reduced_view_keeps_its_labels() {
        let mut reduced = view();
        reduced.reduce();
        let edges: Vec<_> = reduced
            .edges
            .iter()
            .map(|edge| (edge.from, edge.to, edge.label.as_deref()))
            .collect();
        assert_eq!(edges, [(0, 1, None), (1, 2, Some("needs \"it\""))]);
    }
}
