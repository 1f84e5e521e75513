//! Layers rendered in clear for the moment in which they are written.

use std::collections::HashMap;
use std::error::Error;
use std::sync::Arc;

use uuid::Uuid;

use crate::apply::{Reveal, Targets as _};
use crate::diag::{Diagnostic, causes};
use crate::model::{Capabilities, ClusterName, LayerName, ObjectKey, Seed};
use crate::plan::{ClusterPlan, LayerPlan, Plan, Reason};
use crate::render::{Chance, Context, Lookups};
use crate::state::Snapshot;
use crate::target::TargetError;
use crate::yaml::Value;

use super::capabilities::on_server;
use super::oracle::{Oracle, Question, ROUNDS};
use super::seeds::{self, Seeds, of_plan};
use super::sensitive::in_clear;
use super::targets::OpenTargets;
use super::workspace::Workspace;

/// Renders layers in clear, as they were when the plan was made.
pub(super) struct Revealer {
    workspace: Arc<Workspace>,
    uids: HashMap<ClusterName, Uuid>,
    seeds: HashMap<ClusterName, Seeds>,
    /// What the servers could do when the plan was made.
    capabilities: HashMap<ClusterName, Arc<Capabilities>>,
    /// What was found on the servers before anything was written.
    oracles: HashMap<ClusterName, Known>,
}

/// What is known of a server, or why nothing is.
type Known = Result<Oracle, String>;

impl Revealer {
    /// For a plan that is about to be carried out. What its layers look up is looked up now, since it may be otherwise as soon
    /// as something is written.
    pub async fn new(
        workspace: Arc<Workspace>,
        plan: &Plan,
        snapshot: &Snapshot,
        targets: &OpenTargets,
    ) -> Self {
        let uids = plan
            .clusters
            .iter()
            .map(|cluster| (cluster.cluster.clone(), cluster.uid))
            .collect();
        let capabilities = plan
            .clusters
            .iter()
            .filter_map(|cluster| Some((cluster.cluster.clone(), cluster.capabilities.clone()?)));
        let mut revealer = Self {
            workspace,
            capabilities: capabilities.collect(),
            uids,
            seeds: of_plan(plan, snapshot),
            oracles: HashMap::new(),
        };
        let servers = plan.clusters.iter();
        let servers = servers.filter(|cluster| cluster.target.is_server());
        let asked = servers.map(|cluster| async {
            let known = revealer.looked_up(cluster, targets).await;
            let known = known.map_err(|error| causes(&error).join(": "));
            (cluster.cluster.clone(), known)
        });
        let oracles = futures_util::future::join_all(asked).await;
        revealer.oracles = oracles.into_iter().collect();
        revealer
    }

    /// What the layers of a cluster look up that have to be rendered in clear; the others are not rendered for this.
    async fn looked_up(
        &self,
        cluster: &ClusterPlan,
        targets: &OpenTargets,
    ) -> Result<Oracle, TargetError> {
        let mut oracle = Oracle::new(false);
        let layers = cluster.layers.iter();
        let layers = layers
            .filter(|layer| is_masked(layer) && self.may_look_up(&cluster.cluster, &layer.layer));
        for layer in layers {
            for _ in 0..ROUNDS {
                let lookups = oracle.lookups(&layer.layer);
                // What is wrong with it is told when it is written.
                let _ = self.render(&cluster.cluster, &layer.layer, &lookups);
                let question = Question {
                    layer: layer.layer.clone(),
                    renamed_from: renamed_from(layer),
                    lookups: lookups.unknown(),
                };
                if question.lookups.is_empty() {
                    break;
                }
                let (target, name) = (&cluster.target, &cluster.cluster);
                let target = targets.open(target, name, cluster.uid)?;
                oracle.ask(&*target, vec![question]).await?;
            }
        }
        Ok(oracle)
    }

    /// Whether the templates of a layer may look something up on a server.
    fn may_look_up(&self, cluster: &ClusterName, name: &LayerName) -> bool {
        let stack = self.workspace.stack(cluster);
        let prepared = stack.and_then(|stack| self.workspace.prepared(stack).ok());
        let mut layers = prepared.iter().flatten();
        layers.any(|one| one.layer().name == *name && one.may_look_up().unwrap_or_default())
    }

    fn render(
        &self,
        cluster: &ClusterName,
        name: &LayerName,
        lookups: &Arc<Lookups>,
    ) -> Result<HashMap<ObjectKey, Arc<Value>>, Vec<Diagnostic>> {
        let gone = || {
            vec![Diagnostic::error(format!(
                "layer `{name}` of cluster `{cluster}` is not in the documents"
            ))]
        };
        let workspace = &*self.workspace;
        let stack = workspace.stack(cluster).ok_or_else(gone)?;
        let stack = &*on_server(stack, self.capabilities.get(cluster));
        let prepared = workspace.prepared(stack)?;
        let project = &workspace.project.documents.project;
        let uid = self.uids.get(cluster).copied().unwrap_or_default();
        let cx = Context::new(stack, &prepared, project, workspace.project_uid(), uid);
        let cx = cx.with_lookups(lookups);
        let mut layers = prepared.iter();
        let layer = layers
            .find(|prepared| prepared.layer().name == *name)
            .ok_or_else(gone)?;
        let none = Seeds::new();
        let known = self.seeds.get(cluster).unwrap_or(&none);
        let seed = known.get(name).cloned();
        // Without a seed it used nothing random when it was planned.
        let seed = seed.unwrap_or_else(|| Seed::first(name, known, seeds::now()));
        in_clear(layer, &cx, &Chance::new(&seed, &workspace.key, &cx))
    }
}

impl Reveal for Revealer {
    fn reveal(
        &self,
        cluster: &ClusterName,
        layer: &LayerName,
    ) -> Result<HashMap<ObjectKey, Arc<Value>>, Box<dyn Error + Send + Sync>> {
        let lookups = match self.oracles.get(cluster) {
            Some(Ok(oracle)) => oracle.lookups(layer),
            Some(Err(why)) if self.may_look_up(cluster, layer) => return Err(why.clone().into()),
            Some(Err(_)) | None => Arc::default(),
        };
        self.render(cluster, layer, &lookups).map_err(|problems| {
            let first = problems.first();
            let first = first.map_or_else(String::new, |problem| problem.summary.clone());
            first.into()
        })
    }
}

/// Whether a layer has to be rendered in clear to be written.
fn is_masked(layer: &LayerPlan) -> bool {
    let objects = layer.objects.iter().any(|change| change.masked);
    layer.record.is_some() && (objects || layer.hooks.iter().any(|hook| hook.masked))
}

fn renamed_from(layer: &LayerPlan) -> Option<LayerName> {
    layer.reasons.iter().find_map(|reason| match reason {
        Reason::Renamed { from } => Some(from.clone()),
        _ => None,
    })
}
