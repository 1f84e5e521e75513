//! Macros in values and manifests: `{{ .spectro.system.cluster.name }}`, `{{ .stratiform.var.port | default 80 }}`.
//!
//! They are resolved in the text: a quoted scalar stays a string, a plain one is typed afterwards. What they read is
//! known before anything is resolved, so that a layer's fingerprint covers just that.

mod action;
mod manifest;
mod plain;
mod reference;
mod resolve;
mod text;

pub use action::may_have_macros;
pub use manifest::{MacroManifest, Rewritten};
pub use reference::{Reference, Use};
pub use resolve::Resolver;
pub use text::{MacroText, written};
