//! Real packs on real servers: what we leave on the one, and Helm on the other.
//!
//! The packs are those of the folder that `STRATIFORM_PACKS` names; none is known by heart, but for what is special of some.

mod capabilities;
mod server;
mod shelf;
mod site;
mod trial;

use stratiform::model::Category;

use crate::support::skip::told;
use shelf::{RealPack, Shelf};
use site::Layer;
use trial::{Planes, Trial};

/// So many packs are tried at once: a namespace takes seconds to go.
const AT_ONCE: usize = 6;

/// Packs that Helm cannot install either, and what we and Helm say of it: a template that lacks a brace, an API version that
/// is no longer served, a pack for Kubernetes of old, a webhook that refuses what comes after it.
const REFUSED: [(&str, [&str; 2]); 4] = [
    ("external-snapshotter", ["unexpected EOF"; 2]),
    ("lb-citrix-adc", ["apiextensions.k8s.io/v1beta1"; 2]),
    (
        "permission-manager",
        ["needs Kubernetes up to 1.21.49", "nil pointer evaluating"],
    ),
    ("piraeus-operator", ["failed calling webhook"; 2]),
];

/// Packs that do not get ready here: what serves their APIs does not really run, or no node has the label that they want.
const NEVER_READY: [&str; 3] = ["antrea", "karpenter", "ovn-kubernetes"];

fn layer<'a>(pack: &'a RealPack, presets: &'a [&'a str]) -> Layer<'a> {
    Layer {
        pack,
        presets,
        wait: !NEVER_READY.contains(&&*pack.pack.name),
    }
}

/// All of them as layers; presets are for the third.
fn all<'a>(packs: &'a [RealPack; 4], presets: &'a [&'a str]) -> [Layer<'a>; 4] {
    let [crossplane, fluentbit, hello, spegel] = packs;
    [
        layer(crossplane, &[]),
        layer(fluentbit, &[]),
        layer(hello, presets),
        layer(spegel, &[]),
    ]
}

#[track_caller]
fn nothing_is_wrong(problems: &[String]) {
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}

#[test]
fn packs_are_upgraded_and_removed_as_helm_does_it() {
    let Some(shelf) = Shelf::find() else { return };
    let Some(planes) = Planes::start() else {
        return;
    };
    let old = [
        "crossplane-2.1.0",
        "fluentbit-4.2.3",
        "hello-universe-1.3.0",
        "spegel-0.7.2",
    ];
    let new = [
        "crossplane-2.3.0",
        "fluentbit-5.0.5",
        "hello-universe-1.3.1",
        "spegel-0.7.2",
    ];
    let [old, new] = [old, new].map(|names| names.map(|name| shelf.pack(name)));
    let mut trial = Trial::new(&planes, &shelf);
    trial.brings(&all(&old, &["Backend:disable-api"]));
    let layers = all(&new, &["Backend:enable-api"]);
    trial.brings(&layers);
    let (first, others) = layers.split_at(1);
    trial.removes(first, others);
    trial.removes(others, &[]);
    nothing_is_wrong(&trial.ends());
}

/// All packs that are there, some at a time.
#[test]
#[ignore = "takes minutes"]
fn all_packs_leave_behind_what_helm_leaves_behind() {
    let Some(shelf) = Shelf::find() else { return };
    let Some(planes) = Planes::start() else {
        return;
    };
    let packs = shelf.packs();
    let mut problems = Vec::new();
    let (mut tried, mut refused) = (0, 0);
    for some in groups(&packs) {
        let layers: Vec<Layer<'_>> = some.iter().map(|pack| layer(pack, &[])).collect();
        let names: Vec<&str> = some.iter().map(|pack| &*pack.name).collect();
        let mut trial = Trial::new(&planes, &shelf);
        let why = REFUSED.iter().find(|(name, _)| {
            let last = some.last().expect("no group is empty");
            *last.pack.name == **name
        });
        match why {
            None => {
                trial.brings(&layers);
                trial.removes(&layers, &[]);
                tried += names.len();
            }
            Some((_, why)) => {
                trial.must_fail(&layers, *why);
                refused += 1;
            }
        }
        let found = trial.ends();
        told(&format!("{}: {found:#?}", names.join(", ")));
        problems.extend(found);
    }
    told(&format!(
        "{tried} packs are as Helm's; {refused} are refused"
    ));
    assert!(tried > 0, "no pack in {}", shelf.folder.display());
    nothing_is_wrong(&problems);
}

/// Packs that are tried at the same time: of one name only one, together with what they need. Those that fail are alone with
/// what they need, and come last in their group. What needs packs that nobody has is left out.
fn groups(packs: &[RealPack]) -> Vec<Vec<&RealPack>> {
    let named = |name: &str| packs.iter().find(|pack| *pack.pack.name == *name);
    let mut groups: Vec<Vec<&RealPack>> = Vec::new();
    for pack in packs {
        let needs: Option<Vec<&RealPack>> = pack.needs().map(named).collect();
        let Some(mut all) = needs else {
            told(&format!("{} needs packs that are not here", pack.name));
            continue;
        };
        all.push(pack);
        let is_apart = |pack: &RealPack| REFUSED.iter().any(|(name, _)| *pack.pack.name == **name);
        let fits = |group: &&mut Vec<&RealPack>| {
            let category = |pack: &RealPack| pack.pack.category.clone();
            let collide = |one: &RealPack, other: &RealPack| {
                // Storage that becomes the default one is for those who come later, and nobody knows who that is.
                let csi = |one, other| category(one) == Category::Csi && !category(other).is_core();
                one.pack.name == other.pack.name
                    || csi(one, other)
                    || csi(other, one)
                    || (category(one).is_core() && category(one) == category(other))
            };
            !is_apart(pack)
                && group.len() + all.len() <= AT_ONCE
                && !group
                    .iter()
                    .any(|there| is_apart(there) || all.iter().any(|pack| collide(there, pack)))
        };
        match groups.iter_mut().find(fits) {
            Some(group) => group.extend(all),
            None => groups.push(all),
        }
    }
    groups
}
