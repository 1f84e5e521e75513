//! What went wrong, where, and what to do about it.
//!
//! A [`Diagnostic`] is a value: a summary, perhaps a detail and a fix, and the [`Span`] of the source that it is about.
//! Rooms collect as many as they find instead of stopping at the first. A span names its source by number; the texts
//! stand in [`Sources`], which only the rooms that read files and the one that prints need. Nothing here prints.

mod causes;
mod diagnostic;
mod render;
mod source;
mod words;

pub use causes::causes;
pub use diagnostic::{Diagnostic, Label, Severity, has_errors};
pub use render::{Style, render};
pub use source::{Position, Source, SourceId, Sources, Span, Spanned};
pub use words::{count, join, nearest};
