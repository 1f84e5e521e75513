//! Orders and ready sets: petgraph behind our own words.
//!
//! Nodes are positions in a list that the caller keeps. Nothing outside this room names petgraph.
