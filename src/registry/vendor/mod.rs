//! What was copied into a project, so that it needs neither the network nor the cache: the folder `vendor`.
//!
//! | below the folder | what is there |
//! | --- | --- |
//! | `vendor.lock` | the index: what was copied, with the file of each |
//! | `charts/<registry>/<name>-<version>.tgz` | charts |
//! | `packs/<registry>/<name>-<version>.tar.gz` | packs; those of git repositories are plain archives, `.tar` |
//! | `images.txt` | the container images that the clusters need, sorted, one a line |
//!
//! It is written file by file, the index after what it names, and what is no longer pinned goes last. So a run that is killed
//! leaves an index whose files are all there, what is equal is not touched, and what others have put into the folder, such as
//! a `.gitattributes`, stays. A folder that were swapped in as a whole would do none of this, and could not be a mount or a
//! symbolic link. Only a version whose content was replaced is, for an instant, not what the index says: then it is refused.

mod copied;
mod copies;
mod error;
mod folder;
mod index;
mod names;

#[cfg(test)]
mod tests;

pub use copied::Copied;
pub use copies::{Copies, Difference, Written};
pub use error::VendorError;
pub(super) use folder::VendorFolder;

/// The folder's name in a project's root.
pub const VENDOR_FOLDER: &str = "vendor";
