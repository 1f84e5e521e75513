//! Documents, and what they come to.
//!
//! Two steps, and a room beside them. [`documents`] reads the files of a project and decodes all five kinds, with every problem at its place.
//! [`stacks`] joins them with the packs that they ask for (read by `registry`, one floor up, and handed in as values)
//! and gives one [`crate::model::Stack`] for each cluster. [`palette`] turns profiles that Palette exported into documents, and
//! back; [`releases`] turns what Helm installed on a cluster into documents.

pub mod documents;
pub mod palette;
pub mod releases;
pub mod stacks;
