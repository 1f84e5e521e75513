//! stratiform: plan and apply for Kubernetes cluster profiles.
//!
//! The rooms stand on floors; a room imports only rooms on lower floors, never a neighbour. `tests/layering.rs` keeps
//! it so.
//!
//! | floor | rooms |
//! | --- | --- |
//! | 9 | `cli` |
//! | 8 | `ui`, `engine` |
//! | 7 | `apply` |
//! | 6 | `plan` |
//! | 5 | `state`, `registry`, `render`, `target` |
//! | 4 | `config`, `diff`, `remote` |
//! | 3 | `graph`, `model` |
//! | 2 | `archive`, `yaml` |
//! | 1 | `diag` |

pub mod apply;
pub mod archive;
pub mod cli;
pub mod config;
pub mod diag;
pub mod diff;
pub mod engine;
pub mod graph;
pub mod model;
pub mod plan;
pub mod registry;
pub mod remote;
pub mod render;
pub mod state;
pub mod target;
pub mod ui;
pub mod yaml;
