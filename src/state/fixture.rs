//! Records for the tests of this room.

#![expect(clippy::unwrap_used, reason = "tests")]

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;
use uuid::Uuid;

use crate::model::{
    Capabilities, ClusterName, Digest, HookEvent, IgnoreFields, Keep, LayerName, ObjectKey,
    SecretPolicy, Seed, Seen, TargetSpec, Version,
};

use super::{
    ClusterRecord, Content, ContentKind, HookRan, Intent, IntentAction, LayerRecord, ObjectRecord,
    Origin, Outcome, ProfileStamp, Record, RevisionStart, Sighting, Store,
};

pub(super) fn cluster(name: &str) -> ClusterName {
    ClusterName::new(name).unwrap()
}

pub(super) fn layer(name: &str) -> LayerName {
    LayerName::new(name).unwrap()
}

pub(super) fn seen(number: u64) -> Seen {
    Seen {
        size: number,
        mtime: -5,
        ctime: 1_700_000_000_123_456_789,
        inode: u64::MAX - number,
    }
}

pub(super) fn cluster_record(path: &str) -> ClusterRecord {
    ClusterRecord {
        uid: Uuid::from_u128(7),
        target: TargetSpec::Directory {
            path: path.into(),
            secrets: SecretPolicy::Omit,
        },
        delete_when_removed: false,
        layers: BTreeMap::new(),
        seeds: BTreeMap::new(),
        index: None,
        hooks_ran: Vec::new(),
        sighting: None,
        in_flight: Vec::new(),
    }
}

/// A layer with an object for each of the numbers, and the texts that it speaks of.
pub(super) fn layer_record(
    position: u32,
    objects: &[u8],
) -> (LayerRecord, Vec<(Digest, Arc<str>)>) {
    let mut blobs = Vec::new();
    let mut blob = |text: String| {
        let digest = Digest::of(text.as_bytes());
        blobs.push((digest, Arc::from(text)));
        digest
    };
    let record = LayerRecord {
        position,
        category: if position == 0 { "cni" } else { "ingress" }
            .parse()
            .unwrap(),
        content: Content {
            kind: ContentKind::Pack,
            name: "nginx".into(),
            version: (position > 0).then(|| Version::new("1.2.3").unwrap()),
            digest: Digest::of(b"files"),
        },
        profile: ProfileStamp {
            name: "web".into(),
            version: semver::Version::new(1, 0, u64::from(position)),
            digest: Digest::of(b"profile"),
        },
        fingerprint: (!objects.is_empty()).then(|| Digest::of(objects)),
        values: blob(format!("replicas: {position}\n")),
        depends_on: (0..position).map(|at| layer(&format!("l{at}"))).collect(),
        ignore_fields: vec![IgnoreFields {
            kind: Some("Deployment".into()),
            name: None,
            paths: vec!["spec.replicas".parse().unwrap()],
        }],
        objects: objects
            .iter()
            .map(|number| ObjectRecord {
                key: key(*number % 4),
                blob: blob(format!("kind: X\nnumber: {number}\n").repeat(usize::from(*number) + 1)),
                content: Digest::of(&[*number]),
                masked: number % 2 == 0,
                holder: true,
                hook: number % 3 == 0,
                keep: match number % 4 {
                    1 => Some(Keep::Crds),
                    2 => Some(Keep::Policy),
                    _ => None,
                },
                origin: match number % 4 {
                    1 => Origin::Adopted,
                    2 => Origin::Unmarked,
                    _ => Origin::Made,
                },
                held: (number % 4 == 3).then(|| blob(format!("number: {number}.0\n"))),
                seen: (number % 5 != 0).then(|| seen(u64::from(*number))),
            })
            .collect(),
        revision: 0,
    };
    (record, blobs)
}

pub(super) fn key(number: u8) -> ObjectKey {
    ObjectKey::new("apps", "Deployment", "web", &format!("o{number}"))
}

pub(super) fn put(on: &str, name: &str, position: u32, objects: &[u8]) -> Record {
    let (record, blobs) = layer_record(position, objects);
    Record::Layer {
        cluster: cluster(on),
        layer: layer(name),
        record: Box::new(record),
        blobs,
        seed: None,
    }
}

pub(super) fn add(name: &str) -> Record {
    Record::Cluster {
        cluster: cluster(name),
        record: cluster_record("out"),
    }
}

pub(super) fn intent(on: &str, name: &str, number: u8) -> Record {
    Record::Intent {
        cluster: cluster(on),
        layer: layer(name),
        intents: vec![Intent {
            key: key(number),
            action: if number == 0 {
                IntentAction::Delete
            } else {
                IntentAction::Put(Digest::of(&[number]))
            },
            hook: false,
            keep: (number == 2).then_some(Keep::Crds),
        }],
    }
}

pub(super) fn hook_ran(on: &str, name: &str, number: u8) -> Record {
    Record::HookRan {
        cluster: cluster(on),
        ran: HookRan {
            layer: layer(name),
            key: key(number),
            event: if number == 0 {
                HookEvent::PreInstall
            } else {
                HookEvent::PostUpgrade
            },
            content: Digest::of(&[number]),
        },
    }
}

/// What was seen of a server, or of a target that has none.
pub(super) fn sighting(drifted: u32) -> Sighting {
    let capabilities = (drifted > 0).then(|| {
        Capabilities::assumed(
            Version::new(&format!("v1.3{drifted}.0")).unwrap(),
            ["x.example.com/v1"],
        )
    });
    Sighting {
        at: Timestamp::from_second(1_700_000_000 + i64::from(drifted)).unwrap(),
        drifted,
        capabilities,
        applied_for: (drifted > 1).then(|| Version::new("v1.29.3").unwrap()),
    }
}

pub(super) fn start(serial: u64) -> RevisionStart {
    RevisionStart {
        serial,
        command: "apply".to_owned(),
        who: "anna@host".to_owned(),
    }
}

/// Runs one whole revision.
pub(super) fn run(store: &mut dyn Store, batches: &[Vec<Record>]) -> u64 {
    let serial = store.snapshot().unwrap().serial;
    let revision = store.begin(&start(serial)).unwrap();
    for batch in batches {
        store.record(revision, batch).unwrap();
    }
    store.finish(revision, Outcome::Done).unwrap();
    revision
}

pub(super) fn seed(generation: u64, first: &str) -> Seed {
    Seed {
        generation,
        made: Timestamp::from_second(1_700_000_000 + generation.cast_signed()).unwrap(),
        layer: layer(first),
    }
}

/// A layer's record, with what its random values are derived from.
pub(super) fn with_seed(record: Record, new: Seed) -> Record {
    match record {
        Record::Layer {
            cluster,
            layer,
            record,
            blobs,
            ..
        } => Record::Layer {
            cluster,
            layer,
            record,
            blobs,
            seed: Some(new),
        },
        other => other,
    }
}
