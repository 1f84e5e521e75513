//! Orders and ready sets: petgraph behind our own words.
//!
//! Nodes are positions in a list that the caller keeps; an edge `(a, b)` says that `a` comes before `b`. [`order`] sorts
//! them, [`ReadySet`] hands them out while work goes on, [`reduce`] drops edges that say nothing new, and [`View`] is
//! what [`dot`] and [`mermaid`] draw. Nothing outside this room names petgraph, and nothing in it knows what a node is.

mod cycle;
mod digraph;
mod order;
mod ready;
mod reduce;
mod view;

pub use cycle::Cycle;
pub use order::order;
pub use ready::ReadySet;
pub use reduce::reduce;
pub use view::{View, ViewEdge, ViewNode, dot, mermaid};
