//! One object of one layer on one server, for the tests of plans and drift.

#![expect(clippy::unwrap_used, reason = "tests")]

use std::collections::BTreeMap;
use std::fmt::Write;
use std::sync::Arc;

use uuid::Uuid;

use crate::diff;
use crate::model::{
    Category, ClusterName, Digest, IgnoreFields, Key, Kubeconfig, KubernetesSpec, LayerName,
    ObjectKey, TargetSpec, Waiting,
};
use crate::state::{
    ClusterRecord, Content, ContentKind, InFlight, Intent, IntentAction, LayerRecord, ObjectRecord,
    Origin, ProfileStamp, StateError,
};
use crate::target::{Observed, Owner, Rehearsal};
use crate::yaml::{self, Value};

use super::*;

pub(super) const MANAGER: &str = "stratiform-01234567";

pub(super) const WEB: &str = "
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, labels: {app: web}}
spec:
  replicas: 2
  template: {spec: {containers: [{name: web, image: 'nginx:1', resources: {limits: {cpu: 1000m}}}]}}
";

pub(super) fn value(text: &str) -> Value {
    yaml::parse(text).unwrap().remove(0)
}

pub(super) fn key() -> Key {
    Key::from_bytes([7; 32])
}

fn layer_name() -> LayerName {
    LayerName::new("front").unwrap()
}

fn object_key(object: &Value) -> ObjectKey {
    let text = |path: &[&str]| {
        object
            .at(path.iter().copied())
            .and_then(Value::as_str)
            .unwrap()
    };
    let group = text(&["apiVersion"])
        .split_once('/')
        .map_or("", |(group, _)| group);
    ObjectKey::new(group, text(&["kind"]), "shop", text(&["metadata", "name"]))
}

/// Texts of a state that is not there.
#[derive(Default)]
pub(super) struct Known(pub(super) BTreeMap<Digest, Arc<str>>);

impl Known {
    fn put(&mut self, text: &str) -> PlannedBlob {
        let digest = Digest::of(text.as_bytes());
        self.0.insert(digest, text.into());
        PlannedBlob {
            digest,
            text: text.into(),
        }
    }

    fn lens<'a>(&'a self, key: &'a Key) -> Lens<'a> {
        Lens {
            texts: self,
            key,
            manager: MANAGER,
        }
    }
}

impl Texts for Known {
    fn text(&self, digest: &Digest) -> Result<Arc<str>, StateError> {
        Ok(Arc::clone(&self.0[digest]))
    }
}

/// One object of one layer on one server.
pub(super) struct Scene {
    pub(super) texts: Known,
    pub(super) prior: Option<ObjectRecord>,
    pub(super) in_flight: bool,
    wanted: Option<DesiredObject>,
    pub(super) rules: Vec<IgnoreFields>,
    sight: Sight,
    place: Place,
    pub(super) adopt: bool,
}

impl Scene {
    /// A server that holds nothing of an object that nobody knows.
    pub(super) fn new(object: &str) -> Self {
        let key = object_key(&value(object));
        Self {
            texts: Known::default(),
            prior: None,
            in_flight: false,
            wanted: None,
            rules: Vec::new(),
            sight: Sight::new(),
            place: Place {
                layer: layer_name(),
                hook: false,
                key,
            },
            adopt: false,
        }
    }

    /// We wrote it, and the server took it as `held`.
    pub(super) fn wrote(mut self, object: &str, held_as: Option<&str>) -> Self {
        let real = value(object);
        let masked = diff::mask(&real, None, &key());
        let blob = self.texts.put(&yaml::write_ordered(&masked));
        let held = held_as.map(|live| held(&blob, &value(live), &key()).unwrap());
        let held = held.map(|held| self.texts.put(&held.text).digest);
        self.prior = Some(ObjectRecord {
            key: self.place.key.clone(),
            blob: blob.digest,
            content: key().hash(yaml::write_ordered(&real).as_bytes()),
            masked: diff::is_masked(&masked),
            holder: true,
            hook: false,
            keep: None,
            seen: None,
            held,
            origin: Origin::Made,
        });
        self
    }

    pub(super) fn wants(mut self, object: &str) -> Self {
        let real = value(object);
        let masked = diff::mask(&real, None, &key());
        let blob = self.texts.put(&yaml::write_ordered(&masked));
        self.wanted = Some(DesiredObject {
            key: self.place.key.clone(),
            hook: false,
            keep: None,
            masked: diff::is_masked(&masked),
            blob,
            content: key().hash(yaml::write_ordered(&real).as_bytes()),
            real: Arc::new(real),
        });
        self
    }

    pub(super) fn holds(mut self, live: &str, owner: Owner) -> Self {
        let seen = Observed::Live {
            object: Arc::new(value(live)),
            content: Digest::of(b"uid"),
            owner,
        };
        self.sight.insert(self.place.clone(), seen);
        self
    }

    fn record(&self) -> ClusterRecord {
        let layer = LayerRecord {
            position: 0,
            category: Category::Addon("web".into()),
            content: content(),
            profile: stamp(),
            fingerprint: Some(Digest::of(b"before")),
            values: Digest::of(b"{}\n"),
            depends_on: Vec::new(),
            ignore_fields: self.rules.clone(),
            objects: self.prior.iter().cloned().collect(),
            revision: 1,
        };
        let flight = InFlight {
            revision: 2,
            layer: layer_name(),
            intent: Intent {
                key: self.place.key.clone(),
                action: IntentAction::Put(Digest::of(b"text")),
                hook: false,
                keep: None,
            },
        };
        ClusterRecord {
            uid: Uuid::from_u128(7),
            target: target(),
            delete_when_removed: false,
            layers: [(layer_name(), layer)].into(),
            seeds: BTreeMap::new(),
            index: None,
            in_flight: self.in_flight.then_some(flight).into_iter().collect(),
            hooks_ran: Vec::new(),
            sighting: None,
        }
    }

    pub(super) fn desired(&self) -> Desired {
        let layer = DesiredLayer {
            layer: layer_name(),
            category: Category::Addon("web".into()),
            content: content(),
            profile: stamp(),
            fingerprint: Digest::of(match (&self.prior, &self.wanted) {
                (Some(prior), Some(wanted)) if prior.blob == wanted.blob.digest => b"before",
                _ => b"beyond",
            }),
            depends_on: Vec::new(),
            waiting: Waiting::default(),
            ignore_fields: self.rules.clone().into(),
            renamed_from: None,
            seed: None,
            rotated: false,
            rendering: Rendering::Rendered {
                values: PlannedBlob {
                    digest: Digest::of(b"{}\n"),
                    text: "{}\n".into(),
                },
                objects: self.wanted.iter().cloned().collect(),
            },
        };
        Desired {
            layers: vec![layer],
            ..Desired::default()
        }
    }

    pub(super) fn planned(&self) -> Option<ClusterPlan> {
        let (cluster, target) = (ClusterName::new("prod").unwrap(), target());
        let (record, desired) = (self.record(), self.desired());
        let subject = Subject {
            cluster: &cluster,
            uid: Uuid::from_u128(7),
            target: &target,
            delete_when_removed: false,
            action: None,
            prior: Some(&record),
            desired: Some(&desired),
            gone: Reason::ClusterRemoved,
            sight: &self.sight,
            index_drifted: false,
            adopt: self.adopt,
            manager: MANAGER,
        };
        plan_cluster(&subject, &self.texts, &key()).unwrap()
    }

    /// The plan after the server was asked.
    pub(super) fn rehearsed(&self, answer: Rehearsal) -> Option<ClusterPlan> {
        let plan = self.planned()?;
        let questions = questions(&plan, Some(&self.desired()), true, &key());
        assert_eq!(questions.len(), 1, "{questions:?}");
        let record = self.record();
        rehearsed(
            plan,
            &questions,
            vec![answer],
            (&self.sight, Some(&record)),
            &key(),
        )
    }

    pub(super) fn drift(&self) -> Vec<ObjectDrift> {
        let key = key();
        drift(&self.record(), &self.sight, &self.texts.lens(&key)).unwrap()
    }
}

fn target() -> TargetSpec {
    TargetSpec::Kubernetes(KubernetesSpec {
        kubeconfig: Kubeconfig::Usual,
        context: None,
    })
}

fn content() -> Content {
    Content {
        kind: ContentKind::Manifests,
        name: "front".into(),
        version: None,
        digest: Digest::of(b"files"),
    }
}

fn stamp() -> ProfileStamp {
    ProfileStamp {
        name: "web".into(),
        version: semver::Version::new(1, 0, 0),
        digest: Digest::of(b"profile"),
    }
}

/// A plan in a few words.
pub(super) fn told(plan: Option<&ClusterPlan>) -> String {
    let Some(plan) = plan else {
        return "nothing".to_owned();
    };
    let mut plan = plan.clone();
    let verdict = judge(&mut plan, None, None);
    let mut out = String::new();
    for layer in &plan.layers {
        write!(out, "{:?}:", layer.action).unwrap();
        for change in &layer.objects {
            let reasons: Vec<String> = change.reasons.iter().map(ToString::to_string).collect();
            write!(out, " {:?} ({})", change.action, reasons.join(", ")).unwrap();
        }
    }
    for approval in verdict.approvals {
        write!(out, "; {} {}", approval.kind.flag(), approval.kind).unwrap();
    }
    for refusal in verdict.refusals {
        write!(out, "; refused: {}; {}", refusal.what, refusal.instead).unwrap();
    }
    out
}

/// What a server makes of the deployment: defaults, a status, other people's fields.
pub(super) fn live() -> String {
    let live = WEB
        .replace("1000m", "'1'")
        .replace("{app: web}", "{app: web, stratiform/project: x}")
        .replace(
            "image: 'nginx:1'",
            "image: 'nginx:1', imagePullPolicy: Always",
        );
    live + "  paused: false\nstatus: {replicas: 2}\n"
}
