//! A project with everything that its documents come to.

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use uuid::Uuid;

use crate::config::stacks::{self, ProcessEnvironment};
use crate::diag::{Diagnostic, has_errors};
use crate::model::{ClusterName, Key, Stack, StackLayer};
use crate::registry::Supply;
use crate::render::Prepared;
use crate::render::chart::Charts;
use crate::render::template::Limits;

use super::contents;
use super::error::EngineError;
use super::masks::Masks;
use super::project::{LoadedProject, uid};
use super::renderings::Renderings;
use super::targets::OpenTargets;

/// A project with everything that its documents come to.
pub struct Workspace {
    /// The project.
    pub project: LoadedProject,
    /// The key of its state.
    pub key: Key,
    /// The stacks of its clusters, in the order of the documents.
    pub stacks: Vec<Stack>,
    /// What is odd but no error.
    pub warnings: Vec<Diagnostic>,
    positions: BTreeMap<ClusterName, usize>,
    prepared: HashMap<usize, Lazily>,
    charts: Arc<Charts>,
    /// What clusters share of what they render.
    pub(super) masks: Masks,
    /// Layers that came out the same on other clusters.
    pub(super) renderings: Renderings,
    /// The targets of its clusters. Servers stay connected for as long as the runtime lives on which they were first asked.
    pub(super) targets: OpenTargets,
}

/// A layer's preparation, made when the layer is first looked at.
type Lazily = OnceLock<Result<Arc<Prepared>, Vec<Diagnostic>>>;

/// A layer's name in `prepared`: its address, which stays good as long as `stacks` keeps the layer.
fn address(layer: &Arc<StackLayer>) -> usize {
    Arc::as_ptr(layer).addr()
}

impl Workspace {
    /// Fetches and reads packs and charts, pins versions in the lock file, and builds the stacks. What renders its layers needs
    /// threads with a stack of [`Limits::DEEP_STACK`].
    ///
    /// # Errors
    /// When anything that the user wrote is wrong, with everything that was found.
    pub fn open(project: LoadedProject, supply: Supply<'_>) -> Result<Self, EngineError> {
        let mut project = project.checked()?;
        let key = project.key()?;
        let mut problems = std::mem::take(&mut project.diagnostics);
        let sources = Arc::clone(&project.sources);
        let contents = contents::contents(&project.documents, supply, &sources, &mut problems)?;
        let environment = ProcessEnvironment::new(&project.documents.root);
        let (stacks, found) = stacks::build(&project.documents, &contents, &environment);
        problems.extend(found);
        let prepared = layers(&stacks);
        if has_errors(&problems) {
            return Err(EngineError::Documents(problems));
        }
        let positions = stacks
            .iter()
            .enumerate()
            .map(|(at, stack)| (stack.cluster.name.clone(), at))
            .collect();
        let root = project.documents.root.clone();
        Ok(Self {
            targets: OpenTargets::new(root, key.clone(), project.uid(&key)),
            project,
            key,
            stacks,
            warnings: problems,
            positions,
            prepared,
            charts: Arc::new(Charts::new(sources, Limits::deep())),
            masks: Masks::default(),
            renderings: Renderings::default(),
        })
    }

    /// The project's root.
    pub fn root(&self) -> &Path {
        &self.project.documents.root
    }

    /// The state file.
    pub fn state_path(&self) -> PathBuf {
        self.project.state_path()
    }

    /// The stack of a cluster.
    pub fn stack(&self, cluster: &ClusterName) -> Option<&Stack> {
        self.positions.get(cluster).map(|at| &self.stacks[*at])
    }

    /// The prepared layers of a stack, in its order.
    ///
    /// # Errors
    /// What is wrong with the values of a layer.
    pub fn prepared(&self, stack: &Stack) -> Result<Vec<Arc<Prepared>>, Vec<Diagnostic>> {
        let mut problems = Vec::new();
        let mut prepared = Vec::with_capacity(stack.layers.len());
        for layer in stack.layers.iter() {
            match self.prepared[&address(layer)]
                .get_or_init(|| Prepared::new(layer, &self.charts).map(Arc::new))
            {
                Ok(one) => prepared.push(Arc::clone(one)),
                Err(found) => problems.extend(found.iter().cloned()),
            }
        }
        if problems.is_empty() {
            Ok(prepared)
        } else {
            Err(problems)
        }
    }

    /// What macros read as `project.uid`: made from the key, so that it is the same before and after the first apply.
    pub fn project_uid(&self) -> Uuid {
        self.project.uid(&self.key)
    }

    /// The uid of a cluster that the state does not know yet.
    pub fn cluster_uid(&self, cluster: &ClusterName) -> Uuid {
        uid(&self.key, "cluster", cluster.as_str())
    }
}

fn layers(stacks: &[Stack]) -> HashMap<usize, Lazily> {
    stacks
        .iter()
        .flat_map(|stack| stack.layers.iter())
        .map(|layer| (address(layer), OnceLock::new()))
        .collect()
}
