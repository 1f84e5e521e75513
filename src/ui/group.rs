//! Clusters whose change is the same.
//!
//! Each layer of each cluster is described in one canonical way, in which the cluster's own name and uid do not stand,
//! and the description is hashed. Layers with equal digests go together; layers that go together on the very same
//! clusters make one group. So a fleet of 10,000 clusters is grouped in one pass.

use std::collections::{BTreeMap, HashMap};
use std::fmt::{Display, Write};
use std::sync::Mutex;

use indexmap::IndexMap;
use rayon::prelude::*;

use crate::diff::{self, FieldChange};
use crate::model::Digest;
use crate::plan::{ClusterAction, ClusterPlan, LayerPlan, ObjectAction, ObjectChange, Reason};
use crate::state::Content;
use crate::target::Owner;
use crate::yaml::{self, Value};

use super::words::split_name;

/// Layers that change in the same way on some clusters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Group {
    /// The clusters, as positions in the plan; never empty.
    pub members: Vec<usize>,
    /// The layers, as positions in the plan of the first member. The others have layers of the same names.
    pub layers: Vec<usize>,
}

/// Each cluster by itself, with all its layers.
pub(super) fn apart(clusters: &[ClusterPlan]) -> Vec<Group> {
    clusters
        .iter()
        .enumerate()
        .map(|(at, cluster)| Group {
            members: vec![at],
            layers: (0..cluster.layers.len()).collect(),
        })
        .collect()
}

/// Clusters whose change is the same, in the order in which they first stand in the plan. Each layer of each cluster is
/// in one group; a cluster without layers that change is in a group without layers.
pub(super) fn group(clusters: &[ClusterPlan]) -> Vec<Group> {
    let known = Known::default();
    let described: Vec<Vec<Digest>> = clusters
        .par_iter()
        .map(|cluster| describe(cluster, &known))
        .collect();
    let mut same: IndexMap<Digest, (usize, Vec<usize>)> = IndexMap::new();
    for (cluster, digests) in described.iter().enumerate() {
        for (layer, digest) in digests.iter().enumerate() {
            let mut digest = *digest;
            let taken = |digest: &Digest, same: &IndexMap<Digest, (usize, Vec<usize>)>| {
                same.get(digest)
                    .is_some_and(|(_, members)| members.last() == Some(&cluster))
            };
            while taken(&digest, &same) {
                digest = Digest::of(digest.as_bytes());
            }
            same.entry(digest)
                .or_insert_with(|| (layer, Vec::new()))
                .1
                .push(cluster);
        }
    }
    let mut groups: IndexMap<Vec<usize>, Vec<usize>> = IndexMap::new();
    for (layer, members) in same.into_values() {
        let has_layers = !clusters[members[0]].layers.is_empty();
        let layers = groups.entry(members).or_default();
        if has_layers {
            layers.push(layer);
        }
    }
    groups
        .into_iter()
        .map(|(members, layers)| Group { members, layers })
        .collect()
}

/// Differences that were described already, by the digest of both texts: a fleet has few different ones.
type Known = Mutex<HashMap<Digest, Digest>>;

/// One digest for each layer; one for the cluster when it has none.
fn describe(cluster: &ClusterPlan, known: &Known) -> Vec<Digest> {
    let mut scribe = Scribe {
        hasher: blake3::Hasher::new(),
        name: cluster.cluster.as_str(),
        uid: cluster.uid.to_string(),
        buffer: String::new(),
        known,
    };
    if cluster.layers.is_empty() {
        scribe.cluster(cluster);
        return vec![scribe.digest()];
    }
    let layer = |layer: &LayerPlan| {
        scribe.cluster(cluster);
        scribe.layer(cluster, layer);
        scribe.digest()
    };
    cluster.layers.iter().map(layer).collect()
}

struct Scribe<'a> {
    hasher: blake3::Hasher,
    name: &'a str,
    uid: String,
    buffer: String,
    known: &'a Known,
}

/// Ends a text in the description; never a byte of one.
const END: [u8; 1] = [0xff];

/// Stand for the cluster's own name and uid: characters for private use, which YAML can be read with.
const NAME: &str = "\u{e000}";
const UID: &str = "\u{e001}";

impl Scribe<'_> {
    fn digest(&mut self) -> Digest {
        let digest = Digest::from_bytes(self.hasher.finalize().into());
        self.hasher.reset();
        digest
    }

    /// A text that is the same word on every cluster.
    fn word(&mut self, word: &str) {
        self.hasher.update(word.as_bytes());
        self.hasher.update(&END);
    }

    /// A text in which the cluster's own name may stand.
    fn put(&mut self, text: &str) {
        own(text, self.name, &self.uid, |part| {
            self.hasher.update(part.as_bytes());
        });
        self.hasher.update(&END);
    }

    fn show(&mut self, what: &dyn Display) {
        let mut buffer = std::mem::take(&mut self.buffer);
        buffer.clear();
        // Writing to a text does not fail.
        let _ = write!(buffer, "{what}");
        self.put(&buffer);
        self.buffer = buffer;
    }

    fn cluster(&mut self, cluster: &ClusterPlan) {
        self.word(match &cluster.action {
            ClusterAction::Create => "create",
            ClusterAction::Update => "update",
            ClusterAction::Rename { .. } => "rename",
            ClusterAction::Retarget { .. } => "retarget",
            ClusterAction::Delete => "delete",
            ClusterAction::Forget => "forget",
        });
        match &cluster.action {
            ClusterAction::Rename { from } => self.word(from.as_str()),
            ClusterAction::Retarget { from, .. } => {
                self.show(from);
                self.show(&cluster.target);
            }
            _ => {}
        }
        self.word(if cluster.index_drifted { "index" } else { "" });
        self.word(if cluster.unverified.is_some() {
            "unverified"
        } else {
            ""
        });
    }

    fn reasons(&mut self, reasons: &[Reason]) {
        for reason in reasons {
            self.word(&reason.to_string());
        }
        self.hasher.update(&END);
    }

    fn content(&mut self, content: Option<&Content>) {
        if let Some(content) = content {
            self.word(&content.name);
            if let Some(version) = &content.version {
                self.word(version.as_str());
            }
        }
        self.hasher.update(&END);
    }

    fn layer(&mut self, cluster: &ClusterPlan, layer: &LayerPlan) {
        self.word(layer.layer.as_str());
        self.word(layer.category.as_str());
        self.hasher.update(&[layer.action as u8]);
        self.reasons(&layer.reasons);
        self.content(layer.before.as_ref());
        self.content(layer.after.as_ref());
        if let Some(values) = &layer.values {
            self.change(&values.before, &values.after);
        }
        self.hasher.update(&END);
        for hook in &layer.hooks {
            self.word(hook.event.as_str());
            self.show(&hook.key);
            self.hasher.update(&[u8::from(hook.ran)]);
        }
        self.hasher.update(&END);
        if is_new(cluster, layer) {
            for (kind, many) in kinds(&layer.objects) {
                self.word(&kind);
                self.hasher.update(&many.to_le_bytes());
            }
        } else {
            for object in &layer.objects {
                self.object(object);
            }
        }
    }

    fn object(&mut self, object: &ObjectChange) {
        self.show(&object.key);
        self.word(word(&object.action));
        if let ObjectAction::Move { from, .. } = &object.action {
            self.word(from.as_str());
        }
        if let ObjectAction::Keep { because } = &object.action {
            self.word(&because.to_string());
        }
        self.hasher.update(&[u8::from(object.hook)]);
        self.reasons(&object.reasons);
        if let Some(owner) = &object.owner {
            self.word(&whose(owner));
        }
        self.hasher.update(&[object.manner as u8]);
        if shows_difference(&object.action)
            && let Some((before, after)) = both_texts(object)
        {
            self.change(before, after);
        }
        self.hasher.update(&END);
    }

    /// What differs between two texts, not what they have in common.
    fn change(&mut self, before: &str, after: &str) {
        let plain = |text: &str| {
            let mut out = String::with_capacity(text.len());
            own(text, self.name, &self.uid, |part| out.push_str(part));
            out
        };
        let (before, after) = (plain(before), plain(after));
        let mut both = blake3::Hasher::new();
        both.update(before.as_bytes());
        both.update(&END);
        both.update(after.as_bytes());
        let both = Digest::from_bytes(both.finalize().into());
        let described = self
            .known
            .lock()
            .ok()
            .and_then(|known| known.get(&both).copied());
        let described = described.unwrap_or_else(|| {
            let described = fields(&before, &after).map_or(both, |fields| description(&fields));
            if let Ok(mut known) = self.known.lock() {
                known.insert(both, described);
            }
            described
        });
        self.hasher.update(described.as_bytes());
    }
}

/// The parts of a text, with marks where a cluster's own name and uid stand.
fn own<'t>(text: &'t str, name: &str, uid: &str, mut put: impl FnMut(&'t str)) {
    for (at, piece) in text.split(uid).enumerate() {
        if at > 0 {
            put(UID);
        }
        split_name(piece, name, |part| put(part.unwrap_or(NAME)));
    }
}

fn fields(before: &str, after: &str) -> Option<Vec<FieldChange>> {
    let value = |text: &str| {
        Some(
            yaml::parse(text)
                .ok()?
                .into_iter()
                .next()
                .unwrap_or_default(),
        )
    };
    Some(diff::fields(&value(before)?, &value(after)?))
}

fn description(fields: &[FieldChange]) -> Digest {
    let mut text = String::new();
    for field in fields {
        // Writing to a text does not fail.
        let _ = write!(text, "{}\u{3}", field.path);
        for value in [&field.before, &field.after] {
            match value {
                None => {}
                // Each cluster has secrets of its own; what people are told of them is the same.
                Some(value) if diff::is_masked(value) => {
                    text.push_str(&yaml::to_json(&hidden(value)));
                }
                Some(value) => text.push_str(&yaml::to_json(value)),
            }
            text.push('\u{3}');
        }
    }
    Digest::of(text.as_bytes())
}

fn hidden(value: &Value) -> Value {
    match value {
        Value::List(list) => Value::List(list.iter().map(hidden).collect()),
        Value::Map(map) => Value::Map(
            map.iter()
                .map(|(key, value)| (key.clone(), hidden(value)))
                .collect(),
        ),
        scalar if diff::is_masked(scalar) => Value::from(UID),
        scalar => scalar.clone(),
    }
}

/// Whether a layer is new on a cluster that is new, so that the kinds of its objects say enough.
pub(super) fn is_new(cluster: &ClusterPlan, layer: &LayerPlan) -> bool {
    cluster.action == ClusterAction::Create
        && layer
            .objects
            .iter()
            .all(|object| object.action == ObjectAction::Create)
}

/// How many objects there are of each kind.
pub(super) fn kinds(objects: &[ObjectChange]) -> BTreeMap<String, usize> {
    let mut kinds = BTreeMap::new();
    for object in objects {
        *kinds.entry(object.key.kind_and_group()).or_default() += 1;
    }
    kinds
}

/// Whether an object's difference is shown, and not its name alone.
pub(super) fn shows_difference(action: &ObjectAction) -> bool {
    match action {
        ObjectAction::Update
        | ObjectAction::Repair
        | ObjectAction::Replace
        | ObjectAction::Move { .. }
        | ObjectAction::Adopt
        | ObjectAction::Conflict => true,
        ObjectAction::Create
        | ObjectAction::Recreate
        | ObjectAction::Delete
        | ObjectAction::Record
        | ObjectAction::Forget
        | ObjectAction::Keep { .. } => false,
    }
}

/// What an object is and becomes, as YAML: by the word of the server where it was asked.
pub(super) fn both_texts(object: &ObjectChange) -> Option<(&str, &str)> {
    let server = object.server.as_ref();
    let server = server.and_then(|says| Some((says.before.as_deref()?, says.after.as_deref()?)));
    server.or_else(|| Some((object.before.as_deref()?, &*object.after.as_ref()?.text)))
}

/// Whose an object is, in words.
pub(super) fn whose(owner: &Owner) -> String {
    match owner {
        Owner::Ours => "ours".to_owned(),
        Owner::OtherCluster(cluster) => format!("of the cluster {cluster}"),
        Owner::OtherProject(project) => format!("of the project {project}"),
        Owner::Foreign(name) => format!("of {name}"),
    }
}

/// What is done with an object, in one word.
pub(super) fn word(action: &ObjectAction) -> &'static str {
    match action {
        ObjectAction::Create => "create",
        ObjectAction::Recreate => "recreate",
        ObjectAction::Update => "update",
        ObjectAction::Repair => "repair",
        ObjectAction::Replace => "replace",
        ObjectAction::Move { .. } => "move",
        ObjectAction::Adopt => "adopt",
        ObjectAction::Delete => "delete",
        ObjectAction::Record => "record",
        ObjectAction::Forget => "forget",
        ObjectAction::Keep { .. } => "keep",
        ObjectAction::Conflict => "conflict",
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::super::plan::fixture::{cluster, layer, made, new_cluster, object, upgrade, values};
    use super::*;
    use crate::plan::Action;

    fn members(clusters: &[ClusterPlan]) -> Vec<(Vec<usize>, Vec<usize>)> {
        group(clusters)
            .into_iter()
            .map(|group| (group.members, group.layers))
            .collect()
    }

    fn valued(name: &str, before: &str, after: &str) -> ClusterPlan {
        let layer = layer(
            "a",
            Action::Update,
            ("a 1.0", "a 1.0"),
            vec![Reason::Values],
            vec![],
        );
        cluster(name, vec![values(layer, before, after)])
    }

    #[test]
    fn a_cluster_s_own_name_and_uid_make_no_difference() {
        let with_uid = |name: &str| {
            let mut cluster = cluster(name, vec![]);
            let (uid, text) = (cluster.uid, format!("kind: A\nid: x/{}\n", cluster.uid));
            let object = object(
                ("A", &format!("web/{name}-{uid}")),
                ObjectAction::Update,
                vec![],
                ("kind: A\n", &text),
            );
            cluster.layers = vec![layer(
                "a",
                Action::Update,
                ("a 1.0", "a 1.0"),
                vec![],
                vec![object],
            )];
            cluster
        };
        assert_eq!(
            members(&[with_uid("one"), with_uid("two")]),
            [(vec![0, 1], vec![0])]
        );
        assert_eq!(
            members(&[
                cluster("a-1", vec![upgrade("a-1")]),
                cluster("b", vec![upgrade("b")])
            ]),
            [(vec![0, 1], vec![0])]
        );
        assert_eq!(
            members(&[new_cluster("a"), new_cluster("b")]),
            [(vec![0, 1], vec![0, 1, 2])]
        );
    }

    #[test]
    fn what_differs_counts_and_what_stays_does_not() {
        let table = [
            ("region: eu\nn: 1\n", "region: eu\nn: 2\n", true),
            ("region: eu\nn: 1\n", "region: eu\nn: 3\n", false),
            ("n: 0\n", "n: 2\n", false),
            ("m:\n  n: 1\n", "m:\n  n: 2\n", false),
        ];
        for (before, after, same) in table {
            let clusters = [
                valued("one", "region: us\nn: 1\n", "region: us\nn: 2\n"),
                valued("two", before, after),
            ];
            assert_eq!(members(&clusters).len() == 1, same, "{before} {after}");
        }
    }

    #[test]
    fn each_cluster_has_its_own_secrets() {
        let clusters = [
            valued(
                "a",
                "p: (sensitive 0000000000000000)\n",
                "p: (sensitive 1111111111111111)\n",
            ),
            valued(
                "b",
                "p: (sensitive 2222222222222222)\n",
                "p: (sensitive 3333333333333333)\n",
            ),
        ];
        assert_eq!(members(&clusters), [(vec![0, 1], vec![0])]);
    }

    #[test]
    fn layers_part_where_clusters_do() {
        let more = |name: &str, kind: &str| {
            let new = layer(
                "b",
                Action::Create,
                ("", "b 1.0"),
                vec![],
                vec![made(kind, "x")],
            );
            cluster(name, vec![upgrade(name), new])
        };
        let clusters = [
            more("a", "A"),
            cluster("b", vec![upgrade("b")]),
            more("c", "A"),
            more("d", "B"),
        ];
        assert_eq!(
            members(&clusters),
            [
                (vec![0, 1, 2, 3], vec![0]),
                (vec![0, 2], vec![1]),
                (vec![3], vec![1])
            ]
        );
    }

    proptest! {
        #[test]
        fn each_layer_of_each_cluster_is_in_one_group(
            shapes in prop::collection::vec(prop::collection::vec((0u8..3, 0u8..2), 0..4), 0..12)
        ) {
            let clusters: Vec<ClusterPlan> = shapes
                .iter()
                .enumerate()
                .map(|(at, layers)| {
                    let layers = layers.iter().enumerate().map(|(place, (kind, version))| {
                        let object = made(&format!("Kind{kind}"), &format!("cluster-{at}"));
                        let version = format!("a {version}.0");
                        layer(&format!("l{place}"), Action::Update, ("a 0.0", &version), vec![], vec![object])
                    });
                    cluster(&format!("cluster-{at}"), layers.collect())
                })
                .collect();
            let mut seen = BTreeSet::new();
            let mut told = BTreeSet::new();
            for group in group(&clusters) {
                for member in &group.members {
                    told.insert(*member);
                    for at in &group.layers {
                        let layer = &clusters[group.members[0]].layers[*at];
                        let mine = clusters[*member].layers.iter().find(|mine| mine.layer == layer.layer);
                        prop_assert_eq!(mine.map(|mine| &mine.after), Some(&layer.after));
                        prop_assert!(seen.insert((*member, layer.layer.clone())));
                    }
                }
            }
            prop_assert_eq!(told.len(), clusters.len());
            prop_assert_eq!(seen.len(), clusters.iter().map(|cluster| cluster.layers.len()).sum::<usize>());
        }
    }
}
