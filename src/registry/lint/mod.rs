//! All that is wrong with a pack, or doubtful, as far as it shows without rendering.
//!
//! Errors are what reading a pack refuses and what rendering is sure to refuse; everything else is a warning. Each file
//! here looks at one part of a pack.

mod layer;
mod presets;
mod release;
mod run;
mod schema;
#[cfg(test)]
mod tests;
mod values;

pub use run::lint;
