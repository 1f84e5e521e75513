//! Palette's format for profiles: what Palette exports and imports as JSON or YAML, into our documents and back.
//!
//! [`read`] takes the text of an exported profile, [`import`] turns it into the files of a project, and [`export`] is the
//! way back. What Palette has no place for, such as the names and edges of layers, stands in the export under the key
//! `stratiform`, which Palette passes over; so importing what was exported gives the same stack. Sensitive values are
//! masked in an export, and an import never writes them into documents: whoever imports gives them anew.
//!
//! The fields are those of `v1ClusterProfileImportEntity` in Palette's API.

mod export;
mod format;
mod import;
mod read;
mod secret;
mod text;

pub use export::{Exporting, LayerText, export};
pub use format::{
    Choice, DISPLAY_NAME, Exported, ManifestEntry, Metadata, Own, OwnProfile, PRIORITY, PackEntry,
    RegistryEntry, Spec, Template, VariableEntry,
};
pub use import::{Given, Imported, ImportedFile, Wanted, import};
pub use read::{ReadError, read};
pub use secret::{MASK, Secret};
pub use text::{cut, written};
