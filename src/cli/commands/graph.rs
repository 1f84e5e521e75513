//! `stratiform graph`

use clap::{Args, ValueEnum};

use crate::cli::common::{Invocation, Selecting};
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::graph::{View, ViewEdge, ViewNode, dot, mermaid};
use crate::model::Stack;

#[derive(Args, Debug)]
pub struct Arguments {
    #[command(flatten)]
    selecting: Selecting,
    /// The language of the drawing
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

#[derive(Clone, Copy, Debug, Default, ValueEnum)]
enum Format {
    #[default]
    Dot,
    Mermaid,
}

pub fn run(arguments: &Arguments, invocation: &Invocation) -> Result<Exit, Failure> {
    let selection = arguments.selecting.selection(invocation)?;
    let workspace = invocation.workspace(invocation.project()?)?;
    let mut view = View::default();
    for stack in &workspace.stacks {
        if selection.has_cluster(&stack.cluster.name, Some(&stack.cluster.labels)) {
            draw(stack, &mut view);
        }
    }
    if view.nodes.is_empty() {
        return Err(Failure::new("no cluster matches what was asked for"));
    }
    view.reduce();
    let text = match arguments.format {
        Format::Dot => dot(&view),
        Format::Mermaid => mermaid(&view),
    };
    invocation.output.result(&text)?;
    Ok(Exit::Done)
}

fn draw(stack: &Stack, view: &mut View) {
    let first = view.nodes.len();
    for layer in stack.layers.iter() {
        let version = layer
            .pack
            .as_ref()
            .map(|pack| format!("{} {}", pack.name, pack.version));
        let label = version.map_or_else(
            || layer.name.to_string(),
            |version| format!("{}\n{version}", layer.name),
        );
        view.nodes.push(ViewNode {
            id: format!("{}/{}", stack.cluster.name, layer.name),
            label,
            class: layer.category.to_string(),
            group: Some(stack.cluster.name.to_string()),
        });
    }
    let edge = |(before, after): &(usize, usize)| ViewEdge {
        from: first + before,
        to: first + after,
        label: None,
    };
    view.edges.extend(stack.edges.iter().map(edge));
}
