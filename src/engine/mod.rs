//! The order of the work: the only room that knows it.
//!
//! A [`Workspace`] is a project with everything that its documents come to: packs, stacks, prepared layers, the key. On
//! it stand the verbs: [`plan`], [`apply`], [`drift`]. They read the state, look at the targets and hand values to the
//! rooms below, which decide.

mod applier;
mod capabilities;
mod chosen;
mod contents;
mod desired;
mod detached;
mod drifter;
mod editions;
mod error;
mod images;
mod importer;
mod look;
mod masks;
mod oracle;
mod past;
mod planner;
mod problems;
mod profiles;
mod project;
mod rebuild;
mod refresh;
mod renderer;
mod renderings;
mod revealer;
mod seeds;
mod selection;
mod sensitive;
mod sightings;
mod single;
mod subjects;
mod targets;
mod texts;
mod updater;
mod validator;
mod wanted;
mod wishes;
mod workspace;

pub use applier::{ApplyRequest, Session, apply};
pub use drifter::{DriftRequest, drift};
pub use error::EngineError;
pub use images::{Images, images};
pub use importer::{FoundReleases, differing_secrets, releases};
pub use planner::{LeftOut, PlanRequest, Planned, Refresh, Want, plan};
pub use profiles::{Profiles, profile_named};
pub use project::{LoadedProject, load_project};
pub use rebuild::{RebuildRequest, Rebuilt, RebuiltCluster, rebuild};
pub use renderer::{PackRequest, RenderedCluster, render_cluster, render_pack, rendering_state};
pub use selection::Selection;
pub use targets::OpenTargets;
pub use updater::{UpdateRequest, update};
pub use validator::validate;
pub use workspace::Workspace;
