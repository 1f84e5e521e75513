//! A lost state made anew: from the documents, and from what bears our marks on the targets.
//!
//! A plan for an empty state already knows what on the targets is as the documents want it: there it would write nothing,
//! only record it. That much is recorded here. What is ours and is otherwise, or is wanted by nobody, is put down as being
//! in flight: the next plan looks at it and says what it makes of it. Nothing is touched.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use uuid::Uuid;

use crate::apply::Targets as _;
use crate::model::{ClusterName, Digest, LayerName, ObjectKey, TargetSpec};
use crate::plan::{ClusterPlan, LayerPlan, ObjectAction, ObjectChange};
use crate::state::{
    ClusterRecord, ContentKind, Intent, IntentAction, LayerRecord, Mode, ObjectRecord, Origin,
    Outcome, Record, RevisionStart, Snapshot, Store,
};
use crate::target::{IndexEntry, Owner, Survey};

use super::applier::Session;
use super::error::EngineError;
use super::planner::{LeftOut, PlanRequest, Refresh, plan};
use super::selection::Selection;
use super::subjects::{Candidate, candidates};
use super::workspace::Workspace;

/// What is made anew, and how.
#[derive(Clone, Debug)]
pub struct RebuildRequest {
    /// Which clusters.
    pub selection: Selection,
    /// Whether what Helm installed is taken as ours; what it holds is not changed, and it gets no marks.
    pub adopt: bool,
    /// What was asked for, for the history.
    pub command: String,
}

/// What a lost state was made to.
#[derive(Debug, Default)]
pub struct Rebuilt {
    /// The clusters of which something was found.
    pub clusters: Vec<RebuiltCluster>,
    /// Clusters whose targets could not be looked at.
    pub left_out: Vec<LeftOut>,
}

/// What was found of a cluster.
#[derive(Debug)]
pub struct RebuiltCluster {
    /// Its name.
    pub cluster: ClusterName,
    /// Layers of which everything is as the documents want it.
    pub whole: usize,
    /// Objects that are as the documents want them.
    pub recorded: usize,
    /// Objects of ours that are not, or that the documents do not want: the next plan looks at them.
    pub in_doubt: Vec<ObjectKey>,
    /// How many kinds of objects we were not allowed to list.
    pub hidden: usize,
}

/// Makes the state of clusters anew.
///
/// # Errors
/// When the state knows layers of one of them, when the documents are wrong, or when the state cannot be written.
pub async fn rebuild(
    workspace: &Arc<Workspace>,
    session: &Session,
    request: &RebuildRequest,
) -> Result<Rebuilt, EngineError> {
    let mut store = workspace.project.store(Mode::Write, &workspace.key)?;
    let snapshot = store.snapshot()?;
    let clusters = unknown(workspace, &snapshot, &request.selection)?;
    let mut rebuilt = Rebuilt::default();
    let surveys = surveys(workspace, &clusters, &mut rebuilt).await;
    let revision = store.begin(&RevisionStart {
        serial: snapshot.serial,
        command: request.command.clone(),
        who: session.who(),
    })?;
    let known: Vec<Record> = clusters
        .iter()
        .filter_map(|cluster| Some(empty(cluster, surveys.get(&cluster.name)?)))
        .collect();
    store.record(revision, &known)?;
    let found = plan(
        workspace,
        PlanRequest {
            selection: request.selection.clone(),
            refresh: Refresh::All,
            adopt: true,
            unmarked: request.adopt,
            ..PlanRequest::default()
        },
    )
    .await;
    let planned = match found {
        Ok(planned) => planned,
        Err(error) => {
            let gone = surveys.keys().map(|cluster| Record::ClusterRemoved {
                cluster: cluster.clone(),
            });
            store.record(revision, &gone.collect::<Vec<_>>())?;
            store.finish(revision, Outcome::Failed)?;
            return Err(error);
        }
    };
    for (name, survey) in &surveys {
        let plan = planned
            .plan
            .clusters
            .iter()
            .find(|one| one.cluster == *name);
        let unverified = planned.unverified.iter().any(|one| one.cluster == *name);
        let found = plan
            .filter(|_| !unverified)
            .map(|plan| Found::of(plan, survey, request.adopt));
        let Some(found) = found.filter(|found| !found.is_empty()) else {
            let gone = Record::ClusterRemoved {
                cluster: name.clone(),
            };
            store.record(revision, &[gone])?;
            continue;
        };
        store.record(revision, &found.records(name))?;
        if let Some(plan) = plan.filter(|_| found.doubts.is_empty()) {
            let index = sealed(workspace, plan, &found).await;
            store.record(revision, index.as_slice())?;
        }
        rebuilt.clusters.push(found.told(name, survey.hidden));
    }
    rebuilt.left_out.extend(planned.left_out);
    rebuilt.left_out.extend(planned.unverified);
    store.finish(revision, Outcome::Done)?;
    Ok(rebuilt)
}

/// The clusters of the documents, none of which the state may know more of than the name.
fn unknown(
    workspace: &Workspace,
    snapshot: &Snapshot,
    selection: &Selection,
) -> Result<Vec<Candidate>, EngineError> {
    let mut all = candidates(workspace, snapshot, selection);
    all.retain(|cluster| cluster.stack.is_some());
    let knows = |cluster: &&Candidate| {
        let known = cluster.known_as.as_ref().or(Some(&cluster.name));
        known
            .and_then(|name| snapshot.clusters.get(name))
            .is_some_and(|record| !record.layers.is_empty() || !record.in_flight.is_empty())
    };
    if let Some(known) = all.iter().find(knows) {
        return Err(EngineError::Selection {
            what: format!(
                "the state knows cluster {} already; rebuild only those that it has lost, with --cluster, or forget it first with `stratiform state rm {}`",
                known.name, known.name
            ),
        });
    }
    if all.is_empty() {
        return Err(EngineError::Selection {
            what: "there is no such cluster in the documents".to_owned(),
        });
    }
    Ok(all)
}

/// What bears the marks of each cluster; of those that cannot be asked, only that.
async fn surveys(
    workspace: &Workspace,
    clusters: &[Candidate],
    rebuilt: &mut Rebuilt,
) -> BTreeMap<ClusterName, Survey> {
    let mut surveys = BTreeMap::new();
    for cluster in clusters {
        let opened = workspace
            .targets
            .open(&cluster.target, &cluster.name, cluster.uid);
        let found = match opened {
            Ok(target) => target.marked().await,
            Err(error) => Err(error),
        };
        match found {
            Ok(survey) => {
                surveys.insert(cluster.name.clone(), survey.unwrap_or_default());
            }
            Err(why) => rebuilt.left_out.push(LeftOut {
                cluster: cluster.name.clone(),
                why,
            }),
        }
    }
    surveys
}

/// A cluster of which nothing is known yet but its uid, which is that of the marks.
fn empty(cluster: &Candidate, survey: &Survey) -> Record {
    let uids: HashSet<Uuid> = survey.marked.iter().map(|one| one.cluster).collect();
    let other = uids.iter().copied().find(|_| !uids.contains(&cluster.uid));
    Record::Cluster {
        cluster: cluster.name.clone(),
        record: ClusterRecord {
            uid: other.unwrap_or(cluster.uid),
            target: cluster.target.clone(),
            delete_when_removed: cluster.delete_when_removed,
            layers: BTreeMap::new(),
            seeds: BTreeMap::new(),
            index: None,
            in_flight: Vec::new(),
            hooks_ran: Vec::new(),
            sighting: None,
        },
    }
}

/// What a plan tells of what is there.
struct Found<'a> {
    layers: Vec<(&'a LayerPlan, LayerRecord)>,
    doubts: BTreeMap<LayerName, Vec<Intent>>,
}

impl<'a> Found<'a> {
    fn of(plan: &'a ClusterPlan, survey: &Survey, adopt: bool) -> Self {
        let mut found = Self {
            layers: Vec::new(),
            doubts: BTreeMap::new(),
        };
        let mut told: HashSet<&ObjectKey> = HashSet::new();
        for layer in &plan.layers {
            let Some(record) = &layer.record else {
                continue;
            };
            told.extend(record.objects.iter().map(|object| &object.key));
            let mut record = record.clone();
            let before = record.objects.len();
            let changes = &layer.objects;
            // What runs and is not kept is nowhere to be seen: it is as good as what stands beside it.
            let apart = |object: &ObjectRecord| object.hook && plan.target.is_server();
            let hooks_alone = record.objects.iter().all(apart);
            record.objects.retain(|object| {
                let change = changes.iter().find(|change| change.key == object.key);
                change.is_none_or(|change| is_there(change, &plan.target, adopt))
            });
            if !hooks_alone && record.objects.iter().all(apart) {
                record.objects.clear();
            }
            for object in &mut record.objects {
                let change = changes.iter().find(|change| change.key == object.key);
                if change.is_some_and(|change| matches!(change.owner, Some(Owner::Foreign(_)))) {
                    object.origin = Origin::Unmarked;
                }
            }
            if record.objects.len() < before {
                record.fingerprint = None;
            }
            let doubts = changes.iter().filter(|change| {
                change.observed.is_some()
                    && !is_there(change, &plan.target, adopt)
                    && is_ours(change, adopt)
            });
            for change in doubts {
                found.doubt(&layer.layer, &change.key, change);
            }
            // A layer without any object of its own is a fact about the cluster; where nothing else was found, neither is it.
            // What layers that are not rendered again wish in namespaces stands nowhere else.
            let wishes = record.content.kind == ContentKind::Namespaces;
            if !record.objects.is_empty() || before == 0 || wishes {
                found.layers.push((layer, record));
            }
        }
        for marked in survey.marked.iter().filter(|one| !told.contains(&one.key)) {
            let intents = found.doubts.entry(marked.layer.clone()).or_default();
            intents.push(Intent {
                key: marked.key.clone(),
                action: IntentAction::Put(Digest::of(b"")),
                hook: false,
                keep: None,
            });
        }
        found
    }

    fn doubt(&mut self, layer: &LayerName, key: &ObjectKey, change: &ObjectChange) {
        let content = change.content.unwrap_or_else(|| Digest::of(b""));
        self.doubts.entry(layer.clone()).or_default().push(Intent {
            key: key.clone(),
            action: IntentAction::Put(content),
            hook: change.hook,
            keep: change.keep,
        });
    }

    fn is_empty(&self) -> bool {
        self.doubts.is_empty()
            && self
                .layers
                .iter()
                .all(|(_, record)| record.objects.is_empty())
    }

    fn records(&self, cluster: &ClusterName) -> Vec<Record> {
        let layers = self.layers.iter().map(|(layer, record)| Record::Layer {
            cluster: cluster.clone(),
            layer: layer.layer.clone(),
            record: Box::new(record.clone()),
            blobs: layer
                .texts()
                .map(|blob| (blob.digest, Arc::clone(&blob.text)))
                .collect(),
            seed: layer.seed.clone(),
        });
        let doubts = self.doubts.iter().map(|(layer, intents)| Record::Intent {
            cluster: cluster.clone(),
            layer: layer.clone(),
            intents: intents.clone(),
        });
        layers.chain(doubts).collect()
    }

    fn told(self, cluster: &ClusterName, hidden: usize) -> RebuiltCluster {
        let records = || self.layers.iter().map(|(_, record)| record);
        RebuiltCluster {
            cluster: cluster.clone(),
            whole: records()
                .filter(|record| record.fingerprint.is_some())
                .count(),
            recorded: records().map(|record| record.objects.len()).sum(),
            in_doubt: self
                .doubts
                .into_values()
                .flatten()
                .map(|intent| intent.key)
                .collect(),
            hidden,
        }
    }
}

/// Whether an object is on its target as the documents want it.
fn is_there(change: &ObjectChange, target: &TargetSpec, adopt: bool) -> bool {
    let same = match &change.action {
        ObjectAction::Record => true,
        // A folder holds the very bytes that would be written.
        ObjectAction::Adopt => !target.is_server() && change.observed == change.content,
        _ => false,
    };
    same && is_ours(change, adopt)
}

/// Whether an object is ours, or is to be.
fn is_ours(change: &ObjectChange, adopt: bool) -> bool {
    match &change.owner {
        None | Some(Owner::Ours) => true,
        Some(Owner::Foreign(_)) => adopt,
        Some(Owner::OtherCluster(_) | Owner::OtherProject(_)) => false,
    }
}

/// The index of a folder that holds what it should, written again: it comes out as it was.
async fn sealed(workspace: &Workspace, plan: &ClusterPlan, found: &Found<'_>) -> Option<Record> {
    if plan.target.is_server() {
        return None;
    }
    let mut layers: Vec<_> = found.layers.iter().collect();
    layers.sort_by_key(|(_, record)| record.position);
    let order = layers.into_iter().flat_map(|(layer, record)| {
        let held = record.objects.iter().filter(|object| object.holder);
        held.map(|object| IndexEntry {
            layer: layer.layer.clone(),
            key: object.key.clone(),
            hook: object.hook,
        })
    });
    let target = workspace
        .targets
        .open(&plan.target, &plan.cluster, plan.uid)
        .ok()?;
    let seen = target.seal(order.collect()).await.ok()?;
    Some(Record::Index {
        cluster: plan.cluster.clone(),
        seen,
    })
}
