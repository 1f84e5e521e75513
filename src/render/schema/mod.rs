//! A pack's `schema.yaml`: rules for its values, checked after presets and macros.

mod check;
mod expression;
mod format;

pub use check::Schema;
pub use format::scalar;
