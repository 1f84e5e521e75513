//! One file per command. Each has its arguments and a `run`, and leaves the work to the engine and the looks to `ui`.

pub(super) mod apply;
pub(super) mod completions;
pub(super) mod destroy;
pub(super) mod drift;
pub(super) mod graph;
pub(super) mod history;
pub(super) mod import;
pub(super) mod init;
pub(super) mod lock;
pub(super) mod pack;
pub(super) mod plan;
pub(super) mod profile;
pub(super) mod registry;
pub(super) mod render;
pub(super) mod rollback;
pub(super) mod run;
pub(super) mod schema;
pub(super) mod show;
pub(super) mod state;
pub(super) mod update;
pub(super) mod validate;
pub(super) mod vendor;
