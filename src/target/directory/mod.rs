//! A folder of files as a target: one file an object, as GitOps tools watch it.
//!
//! Below the target's folder stand `<layer>/<object>.yaml` and, for Helm hooks, `<layer>/hooks/<object>.yaml` ([`name`]
//! says how an object's file is called), and [`index`] keeps the order of all of them in `.stratiform-index`.
//!
//! - **Nothing leaves the folder.** Every folder below the project's root is opened by itself and never through a link
//!   ([`folder`]), and files are reached only from their open folder.
//! - **Nothing of others is touched.** A file is written beside its place and renamed over it ([`write`]): where nothing
//!   is expected by a rename that never replaces, elsewhere after reading what is there. Only files are deleted that
//!   still have the expected content, and only folders that are empty.
//! - **A killed apply leaves nothing in the way.** What it was writing has a hidden name that is known beforehand; it is
//!   replaced by the next write of the same object and swept by the next [`index`].
//! - **What is reported as done is on the disk.** All writes of a file system that end together share one `syncfs`
//!   ([`durable`]).
//! - **Looking is cheap.** A file that has the size, the times and the inode that we remember is not read ([`look`]
//!   says why that can be trusted).

mod durable;
mod folder;
mod index;
mod listing;
mod look;
mod name;
mod observe;
mod target;
mod write;

#[cfg(test)]
mod tests;

pub use name::file_path;
pub use target::DirectoryTarget;
