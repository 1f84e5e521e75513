//! Layers of charts in whole projects: from the documents to the files of the target, and back.

mod chart;
mod fleet;
mod life;
mod mistakes;
mod standing;
