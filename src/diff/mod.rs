//! Values, objects and texts compared, and what is sensitive in them masked.
//!
//! Everything here is a pure function of values. [`fields()`] says where two objects differ, [`text()`] does the same for
//! lines that people read, [`sequence()`] for lists, and [`profiles()`] for whole
//! profiles. [`mask()`] and its neighbours turn sensitive values into keyed hashes, so that a plan can
//! say "changed" and nobody can read what; [`without`] and [`keep_theirs`] leave fields to others.

mod bare;
mod fields;
mod ignore;
mod managers;
mod mask;
mod profile;
mod project;
mod sequence;
mod settle;
mod text;

pub use bare::{bare, presentable};
pub use fields::{FieldChange, fields};
pub use ignore::{keep_theirs, without};
pub use managers::{Manager, Managers};
pub use mask::{is_masked, mask, mask_like, placeholder, unmask};
pub use profile::{
    Change, LayerDifference, ProfileDifference, ProfileSide, VariableDifference, profiles,
};
pub use project::{merge_shapes, project};
pub use sequence::{Step, sequence};
pub use settle::settle;
pub use text::{Hunk, Line, LineKind, Segment, TextDiff, text};
