//! A state, a target that does what a test says, and plans between them.

#![expect(clippy::unwrap_used, reason = "tests")]

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use tokio::sync::{mpsc, watch};
use uuid::Uuid;

use crate::apply::{self, ApplyError, Event, Execution, Options, Reveal, Stop, Summary, Targets};
use crate::model::*;
use crate::plan::*;
use crate::state::*;
use crate::target::{
    Ask, Awaiting, Hook, IndexEntry, Observation, Observed, Operation, Outcome, Patience, Target,
    TargetError, Written,
};
use crate::yaml::{self, Value};

/// What the target does when it is told to.
#[derive(Default)]
pub struct Script {
    /// What it was told, in order: `put a`, `ready a b`, `run h`, `clear h`, `delete a`.
    pub calls: Vec<String>,
    /// What fails.
    pub fails: HashSet<String>,
    /// What never ends.
    pub hangs: HashSet<String>,
    objects: HashMap<ObjectKey, Arc<str>>,
}

#[derive(Clone, Default)]
pub struct Scripted(pub Arc<Mutex<Script>>);

impl Scripted {
    /// Does what the script says of a call.
    async fn told(&self, call: String, key: Option<&ObjectKey>) -> Result<(), TargetError> {
        let (fails, hangs) = {
            let mut script = self.0.lock().unwrap();
            script.calls.push(call.clone());
            (script.fails.contains(&call), script.hangs.contains(&call))
        };
        if hangs {
            std::future::pending::<()>().await;
        }
        if fails {
            return Err(TargetError::NotReady {
                key: Box::new(key.unwrap().clone()),
                why: "it is scripted so".to_owned(),
                details: vec!["Pod a-1: container a: CrashLoopBackOff".to_owned()],
            });
        }
        Ok(())
    }
}

#[async_trait]
impl Target for Scripted {
    fn accepts(&self, _: &ObjectKey) -> Result<bool, TargetError> {
        Ok(true)
    }

    async fn observe(&self, _: Ask) -> Result<Observation, TargetError> {
        unreachable!("the world looks by itself")
    }

    async fn apply(&self, operations: Vec<Operation>) -> Vec<Outcome> {
        let mut outcomes = Vec::new();
        for operation in operations {
            let (call, key) = match &operation {
                Operation::Put { key, .. } => (format!("put {}", key.name), key.clone()),
                Operation::Delete { key, .. } => (format!("delete {}", key.name), key.clone()),
            };
            if let Err(error) = self.told(call, Some(&key)).await {
                outcomes.push(Outcome::Failed(error));
                continue;
            }
            let mut script = self.0.lock().unwrap();
            match operation {
                Operation::Put { text, .. } => script.objects.insert(key, text),
                Operation::Delete { .. } => script.objects.remove(&key),
            };
            outcomes.push(Outcome::Done(Written::default()));
        }
        outcomes
    }

    async fn ready(&self, awaited: Vec<ObjectKey>, patience: Patience) -> Result<(), TargetError> {
        let names: Vec<&str> = awaited.iter().map(|key| &*key.name).collect();
        (patience.told)(Awaiting {
            ready: 0,
            total: awaited.len(),
            object: awaited.first().cloned(),
            why: format!("0 of 1 replica is ready, for {:?}", patience.timeout),
        });
        self.told(format!("ready {}", names.join(" ")), awaited.first())
            .await
    }

    async fn run_hook(&self, hook: Hook, _: Patience) -> Result<(), TargetError> {
        self.told(format!("run {}", hook.key.name), Some(&hook.key))
            .await
    }

    async fn clear_hook(&self, hook: Hook) -> Result<(), TargetError> {
        self.told(format!("clear {}", hook.key.name), Some(&hook.key))
            .await
    }

    async fn seal(&self, _: Vec<IndexEntry>) -> Result<Option<Seen>, TargetError> {
        Ok(None)
    }
}

impl Targets for Scripted {
    fn open(
        &self,
        _: &TargetSpec,
        _: &ClusterName,
        _: Uuid,
    ) -> Result<Arc<dyn Target>, TargetError> {
        Ok(Arc::new(self.clone()))
    }
}

/// A state that several runs share.
#[derive(Clone, Default)]
struct Shared(Arc<Mutex<MemoryStore>>);

impl Store for Shared {
    fn snapshot(&mut self) -> Result<Snapshot, StateError> {
        self.0.lock().unwrap().snapshot()
    }

    fn blob(&mut self, digest: &Digest) -> Result<Arc<str>, StateError> {
        self.0.lock().unwrap().blob(digest)
    }

    fn begin(&mut self, start: &RevisionStart) -> Result<RevisionId, StateError> {
        self.0.lock().unwrap().begin(start)
    }

    fn record(&mut self, revision: RevisionId, batch: &[Record]) -> Result<(), StateError> {
        self.0.lock().unwrap().record(revision, batch)
    }

    fn remember(&mut self, sightings: &[(ClusterName, Sighting)]) -> Result<(), StateError> {
        self.0.lock().unwrap().remember(sightings)
    }

    fn finish(
        &mut self,
        revision: RevisionId,
        outcome: crate::state::Outcome,
    ) -> Result<(), StateError> {
        self.0.lock().unwrap().finish(revision, outcome)
    }

    fn revisions(&mut self) -> Result<Vec<Revision>, StateError> {
        self.0.lock().unwrap().revisions()
    }

    fn cluster_at(
        &mut self,
        cluster: &ClusterName,
        revision: RevisionId,
    ) -> Result<Option<ClusterRecord>, StateError> {
        self.0.lock().unwrap().cluster_at(cluster, revision)
    }
}

impl Texts for Shared {
    fn text(&self, digest: &Digest) -> Result<Arc<str>, StateError> {
        self.0.lock().unwrap().blob(digest)
    }
}

struct NothingToReveal;

impl Reveal for NothingToReveal {
    fn reveal(
        &self,
        _: &ClusterName,
        _: &LayerName,
    ) -> Result<HashMap<ObjectKey, Arc<Value>>, Box<dyn std::error::Error + Send + Sync>> {
        Err("the layer is not in the documents".into())
    }
}

/// What a run came to.
pub struct Run {
    pub summary: Result<Summary, ApplyError>,
    pub events: Vec<Event>,
    /// What the target was told.
    pub calls: Vec<String>,
}

impl Run {
    /// The errors of its layers, with their causes.
    pub fn errors(&self) -> Vec<String> {
        let failed = self.events.iter().filter_map(|event| match event {
            Event::Failed { error, .. } => Some(crate::diag::causes(&**error).join(": ")),
            _ => None,
        });
        failed.collect()
    }
}

/// A cluster on a server, its state, and its target.
pub struct World {
    store: Shared,
    pub target: Scripted,
    pub stop: watch::Sender<Stop>,
    key: Key,
    name: ClusterName,
    spec: TargetSpec,
}

pub fn world() -> World {
    World {
        store: Shared::default(),
        target: Scripted::default(),
        stop: watch::Sender::new(Stop::Go),
        key: Key::from_bytes([7; 32]),
        name: ClusterName::new("prod").unwrap(),
        spec: TargetSpec::Kubernetes(KubernetesSpec {
            kubeconfig: Kubeconfig::Usual,
            context: None,
        }),
    }
}

/// An object of a layer.
pub fn object(name: &str, value: &str) -> String {
    format!(
        "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: {name}\n  namespace: web\nspec:\n  paused: {value}\n"
    )
}

/// A hook; `annotations` stand in flow style behind its events.
pub fn hook(name: &str, events: &str, annotations: &str) -> String {
    format!(
        "apiVersion: batch/v1\nkind: Job\nmetadata:\n  name: {name}\n  namespace: web\n  annotations: {{helm.sh/hook: '{events}'{annotations}}}\n"
    )
}

impl World {
    fn rendered(&self, text: &str) -> DesiredObject {
        let value = yaml::parse(text).unwrap().pop().unwrap();
        let at = |path: &[&str]| {
            let value = value.at(path.iter().copied()).and_then(Value::as_str);
            value.unwrap_or_default().to_owned()
        };
        let group = at(&["apiVersion"]);
        let text = yaml::write_ordered(&value);
        DesiredObject {
            key: ObjectKey::new(
                group.split_once('/').map_or("", |(group, _)| group),
                &at(&["kind"]),
                &at(&["metadata", "namespace"]),
                &at(&["metadata", "name"]),
            ),
            hook: !at(&["metadata", "annotations", "helm.sh/hook"]).is_empty(),
            keep: None,
            masked: text.contains("masked"),
            content: self.key.hash(text.as_bytes()),
            blob: PlannedBlob {
                digest: Digest::of(text.as_bytes()),
                text: text.into(),
            },
            real: Arc::new(value),
        }
    }

    /// A layer of these objects.
    pub fn layer(&self, name: &str, texts: &[String]) -> DesiredLayer {
        let values = PlannedBlob {
            digest: Digest::of(b"{}\n"),
            text: "{}\n".into(),
        };
        DesiredLayer {
            layer: LayerName::new(name).unwrap(),
            category: "ingress".parse().unwrap(),
            content: Content {
                kind: ContentKind::Chart,
                name: name.into(),
                version: None,
                digest: Digest::of(b"chart"),
            },
            profile: ProfileStamp {
                name: "base".into(),
                version: semver::Version::new(1, 0, 0),
                digest: Digest::of(b"profile"),
            },
            fingerprint: Digest::of(texts.concat().as_bytes()),
            depends_on: Vec::new(),
            waiting: Waiting::default(),
            ignore_fields: Arc::default(),
            renamed_from: None,
            seed: None,
            rotated: false,
            rendering: Rendering::Rendered {
                values,
                objects: texts.iter().map(|text| self.rendered(text)).collect(),
            },
        }
    }

    pub fn record(&self) -> Option<ClusterRecord> {
        let mut snapshot = self.store.clone().snapshot().unwrap();
        snapshot.clusters.remove(&self.name)
    }

    /// Plans; a layer depends on the one before it. Nothing wanted means that the cluster goes.
    pub fn plan(&self, layers: &[DesiredLayer]) -> Option<ClusterPlan> {
        let prior = self.record();
        let desired = Desired {
            layers: layers.to_vec(),
            edges: (1..layers.len()).map(|at| (at - 1, at)).collect(),
            control_plane_nodes: 1,
            nodes: 1,
            ..Desired::default()
        };
        let wanted = (!layers.is_empty()).then_some(&desired);
        let known = places(prior.as_ref(), wanted, &self.spec);
        assert!(
            known.iter().all(|known| !known.hook),
            "nobody looks for hooks"
        );
        let there = self.target.0.lock().unwrap().objects.clone();
        let held = |key: &ObjectKey| {
            let layers = prior.iter().flat_map(|prior| prior.layers.values());
            layers
                .flat_map(|layer| &layer.objects)
                .any(|object| object.key == *key)
        };
        let look = |known: &crate::target::Known| match there.get(&known.key) {
            None => Observed::Absent,
            // It is in one place, which is where the state knows it.
            Some(_) if known.content.is_none() && held(&known.key) => Observed::Absent,
            Some(text) if known.content == Some(self.key.hash(text.as_bytes())) => {
                Observed::Same { seen: None }
            }
            Some(text) => Observed::Different {
                object: Ok(yaml::parse(text).unwrap().pop().unwrap()),
                content: self.key.hash(text.as_bytes()),
                seen: None,
            },
        };
        let sight: Sight = known
            .iter()
            .map(|known| {
                let place = Place {
                    layer: known.layer.clone(),
                    hook: known.hook,
                    key: known.key.clone(),
                };
                (place, look(known))
            })
            .collect();
        let subject = Subject {
            cluster: &self.name,
            uid: Uuid::from_u128(1),
            target: &self.spec,
            delete_when_removed: false,
            action: None,
            prior: prior.as_ref(),
            desired: wanted,
            gone: Reason::Destroyed,
            sight: &sight,
            index_drifted: false,
            adopt: false,
            manager: "stratiform-00000000",
        };
        plan_cluster(&subject, &self.store, &self.key).unwrap()
    }

    /// Plans and applies, until the target hangs in something that nobody stops.
    pub async fn apply(&self, layers: &[DesiredLayer]) -> Run {
        let snapshot = self.store.clone().snapshot().unwrap();
        let plan = Plan {
            base: Base {
                project: Uuid::nil(),
                lineage: snapshot.lineage,
                serial: snapshot.serial,
            },
            purpose: Purpose::Apply,
            clusters: self.plan(layers).into_iter().collect(),
            clusters_total: 1,
            layers_total: layers.len(),
            approvals: Vec::new(),
            refusals: Vec::new(),
            warnings: Vec::new(),
        };
        let execution = Execution {
            plan: Arc::new(plan),
            snapshot: Arc::new(snapshot),
            store: Box::new(self.store.clone()),
            targets: Arc::new(self.target.clone()),
            reveal: Arc::new(NothingToReveal),
            key: self.key.clone(),
        };
        let options = Options {
            parallelism: 2,
            command: "apply".to_owned(),
            who: "tests".to_owned(),
        };
        self.target.0.lock().unwrap().calls.clear();
        let (tell, mut told) = mpsc::unbounded_channel();
        let summary = apply::run(execution, &options, &tell, self.stop.subscribe()).await;
        drop(tell);
        let mut events = Vec::new();
        while let Ok(event) = told.try_recv() {
            events.push(event);
        }
        Run {
            summary,
            events,
            calls: self.target.0.lock().unwrap().calls.clone(),
        }
    }

    /// Applies, and is killed as soon as the target was told something.
    pub async fn killed_at(&self, call: &str, layers: &[DesiredLayer]) -> Vec<String> {
        self.hangs(&[call]);
        self.target.0.lock().unwrap().calls.clear();
        let reached = async {
            while !self
                .target
                .0
                .lock()
                .unwrap()
                .calls
                .iter()
                .any(|one| one == call)
            {
                tokio::task::yield_now().await;
            }
        };
        tokio::select! {
            biased;
            () = reached => {}
            _ = self.apply(layers) => panic!("it hangs at {call}"),
        }
        self.hangs(&[]);
        // The revision of a process that was killed is never ended.
        self.target.0.lock().unwrap().calls.clone()
    }

    pub fn fails(&self, calls: &[&str]) {
        let calls = calls.iter().map(ToString::to_string).collect();
        self.target.0.lock().unwrap().fails = calls;
    }

    pub fn hangs(&self, calls: &[&str]) {
        let calls = calls.iter().map(ToString::to_string).collect();
        self.target.0.lock().unwrap().hangs = calls;
    }

    /// Somebody changes an object on the target.
    pub fn meddle(&self, text: &str) {
        let object = self.rendered(text);
        let mut script = self.target.0.lock().unwrap();
        script.objects.insert(object.key, object.blob.text);
    }

    /// What the state says of a layer: its objects, and those of them that are hooks in brackets.
    pub fn known(&self) -> BTreeMap<String, Vec<String>> {
        let layers = self
            .record()
            .map(|record| record.layers)
            .unwrap_or_default();
        let objects = |layer: LayerRecord| {
            let named = layer.objects.into_iter().map(|object| match object.hook {
                true => format!("[{}]", object.key.name),
                false => object.key.name.to_string(),
            });
            named.collect()
        };
        layers
            .into_iter()
            .map(|(name, layer)| (name.to_string(), objects(layer)))
            .collect()
    }
}
