//! Drift: what has changed behind our back. Needs neither packs nor secrets, only the state and the targets.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use crate::apply::Targets;
use crate::diag::causes;
use crate::model::{ClusterName, Key, Labels};
use crate::plan::{ClusterDrift, DriftReport, Lens, Place, Sight, drift as judge, places};
use crate::state::{ClusterRecord, Mode, Sighting, Snapshot, Store};
use crate::target::{Ask, Extent, field_manager};

use super::error::EngineError;
use super::look::place;
use super::planner::at_once;
use super::project::LoadedProject;
use super::selection::Selection;
use super::sightings::{remember, seen_now};
use super::targets::OpenTargets;
use super::texts::StoredTexts;

/// What is looked at.
#[derive(Clone, Debug, Default)]
pub struct DriftRequest {
    /// Which clusters and layers.
    pub selection: Selection,
    /// How many clusters are looked at at the same time; 0 for as many as the machine bears.
    pub parallelism: usize,
}

struct Shared {
    snapshot: Snapshot,
    texts: StoredTexts,
    targets: OpenTargets,
    key: Key,
    /// Our field manager on servers.
    manager: String,
    selection: Selection,
    /// When clusters are looked at: one moment for all.
    now: Timestamp,
}

/// Looks at the targets of all clusters that the state knows.
///
/// # Errors
/// When the state cannot be read. A target that cannot be looked at is told in the report.
pub async fn drift(
    project: &LoadedProject,
    request: DriftRequest,
) -> Result<DriftReport, EngineError> {
    let key = project.key()?;
    let mut store = project.store(Mode::Read, &key)?;
    if !store.is_there() {
        // A job that looks in the wrong place must not stay green.
        return Err(EngineError::NoState {
            path: project.state_path(),
        });
    }
    let snapshot = store.snapshot()?;
    let labels: BTreeMap<&ClusterName, &Labels> = project
        .documents
        .clusters
        .iter()
        .map(|cluster| (&cluster.name, &cluster.labels))
        .collect();
    let wanted = |name: &&ClusterName| {
        request
            .selection
            .has_cluster(name, labels.get(*name).copied())
    };
    let names: Vec<ClusterName> = snapshot.clusters.keys().filter(wanted).cloned().collect();
    if names.is_empty() && !request.selection.is_all() {
        return Err(EngineError::Selection {
            what: "no cluster in the state matches what was asked for".to_owned(),
        });
    }
    let servers = names
        .iter()
        .any(|name| snapshot.clusters[name].target.is_server());
    let permits = Arc::new(Semaphore::new(at_once(request.parallelism, servers)));
    let shared = Arc::new(Shared {
        snapshot,
        texts: StoredTexts::new(Box::new(store)),
        targets: OpenTargets::new(
            project.documents.root.clone(),
            key.clone(),
            project.uid(&key),
        ),
        manager: field_manager(project.uid(&key)),
        key: key.clone(),
        selection: request.selection,
        now: Timestamp::now(),
    });
    let mut tasks = JoinSet::new();
    for name in names {
        let permit = Arc::clone(&permits)
            .acquire_owned()
            .await
            .expect("nobody closes the semaphore");
        let shared = Arc::clone(&shared);
        tasks.spawn(async move {
            let found = look_at(&shared, name).await;
            drop(permit);
            found
        });
    }
    let mut clusters = Vec::new();
    let mut sightings = Vec::new();
    while let Some(ended) = tasks.join_next().await {
        let (cluster, sighting) = ended.expect("looking for drift does not panic")?;
        sightings.extend(sighting.map(|sighting| (cluster.cluster.clone(), sighting)));
        clusters.push(cluster);
    }
    remember(project, &key, &sightings);
    clusters.sort_by(|a, b| a.cluster.cmp(&b.cluster));
    Ok(DriftReport { clusters })
}

/// Looks at one cluster; of a server also says what is to be remembered.
async fn look_at(
    shared: &Shared,
    cluster: ClusterName,
) -> Result<(ClusterDrift, Option<Sighting>), EngineError> {
    let prior: &ClusterRecord = &shared.snapshot.clusters[&cluster];
    let known = places(Some(prior), None, &prior.target);
    let mut found = ClusterDrift {
        cluster,
        looked_at: known.len(),
        objects: Vec::new(),
        unmanaged: Vec::new(),
        index_drifted: false,
        unreachable: None,
    };
    let at: Vec<Place> = known.iter().map(place).collect();
    let target = match shared
        .targets
        .open(&prior.target, &found.cluster, prior.uid)
    {
        Ok(target) => target,
        Err(error) => {
            found.unreachable = Some(causes(&error).join(": "));
            return Ok((found, None));
        }
    };
    let seen = match target
        .observe(Ask {
            known,
            index: prior.index,
            extent: Extent::Full,
        })
        .await
    {
        Ok(seen) => seen,
        Err(error) => {
            found.unreachable = Some(causes(&error).join(": "));
            return Ok((found, None));
        }
    };
    let sight: Sight = at.into_iter().zip(seen.objects).collect();
    let lens = Lens {
        texts: &shared.texts,
        key: &shared.key,
        manager: &shared.manager,
    };
    found.objects = judge(prior, &sight, &lens)?;
    let sighting = match prior.target.is_server() {
        true => Some(seen_now(&*target, shared.now, found.objects.len()).await),
        false => None,
    };
    found
        .objects
        .retain(|object| shared.selection.has_layer(&object.layer));
    found.unmanaged = seen
        .unmanaged
        .into_iter()
        .map(|unmanaged| unmanaged.path)
        .collect();
    found.index_drifted = !seen.index_intact;
    Ok((found, sighting))
}
