//! Real packs on real servers: what we leave on the one, and Helm on the other.
//!
//! The packs are those of the folder that `STRATIFORM_PACKS` names; none is known by heart, but for what is special of some.

mod capabilities;
mod server;
mod shelf;
mod site;
mod trial;

use std::time::Instant;

use stratiform::model::{Category, Pack};

use crate::support::skip::told;
use shelf::{RealPack, Shelf};
use site::Layer;
use trial::{Planes, Trial};

/// So many packs are tried at once: a namespace takes five seconds to go, whatever is in it.
const AT_ONCE: usize = 12;

/// Packs that Helm cannot install either, and what we and Helm say of it: a template that lacks a brace, an API version that
/// is no longer served, a pack for Kubernetes of old, a webhook that its pack brings and that nobody really serves here.
const REFUSED: [(&str, [&str; 2]); 4] = [
    ("external-snapshotter", ["unexpected EOF"; 2]),
    ("lb-citrix-adc", ["apiextensions.k8s.io/v1beta1"; 2]),
    (
        "permission-manager",
        [
            "needs the pack `kubernetes` up to 1.21.49",
            "nil pointer evaluating",
        ],
    ),
    ("piraeus-operator", ["failed calling webhook"; 2]),
];

/// Packs that do not get ready here: what serves their APIs does not really run.
const NEVER_READY: [&str; 1] = ["antrea"];

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

/// All packs that are there, some at a time. `STRATIFORM_PACK` may name those that are tried, with commas between them: the
/// quick way to look for a cause.
#[test]
#[ignore = "takes minutes"]
fn all_packs_leave_behind_what_helm_leaves_behind() {
    let Some(shelf) = Shelf::find() else { return };
    let Some(planes) = Planes::start() else {
        return;
    };
    let packs = shelf.packs();
    let chosen = std::env::var("STRATIFORM_PACK").ok();
    let mut problems = Vec::new();
    let (mut same, mut refused) = (0, 0);
    for group in groups(&packs, chosen.as_deref()) {
        let began = Instant::now();
        let layers: Vec<Layer<'_>> = group.iter().map(|pack| layer(pack, &[])).collect();
        let names: Vec<&str> = group.iter().map(|pack| &*pack.name).collect();
        let mut trial = Trial::new(&planes, &shelf);
        let why = group.iter().find_map(|pack| refusal(pack));
        match why {
            None => {
                trial.brings(&layers);
                trial.removes(&layers, &[]);
            }
            Some(why) => trial.must_fail(&layers, *why),
        }
        let found = trial.ends();
        let count = if why.is_some() {
            &mut refused
        } else {
            &mut same
        };
        if found.is_empty() {
            *count += group.len();
        }
        let seconds = began.elapsed().as_secs();
        told(&format!("{} ({seconds} s): {found:#?}", names.join(", ")));
        problems.extend(found);
    }
    told(&format!(
        "{same} packs are as Helm's; {refused} are refused by both"
    ));
    assert!(
        same + refused + problems.len() > 0,
        "no pack in {}",
        shelf.folder.display()
    );
    nothing_is_wrong(&problems);
}

fn refusal(pack: &RealPack) -> Option<&'static [&'static str; 2]> {
    let found = REFUSED.iter().find(|(name, _)| *pack.pack.name == **name);
    found.map(|(_, why)| why)
}

/// Packs that are tried at the same time: of one name only one, together with what they need. Those that fail are alone with
/// what they need. Each is tried once, and what needs packs that nobody has is left out.
fn groups<'a>(packs: &'a [RealPack], chosen: Option<&str>) -> Vec<Vec<&'a RealPack>> {
    let named = |name: &str| packs.iter().find(|pack| *pack.pack.name == *name);
    let is_chosen = |pack: &RealPack| {
        chosen.is_none_or(|names| names.split(',').any(|name| *pack.pack.name == *name))
    };
    let mut order: Vec<&RealPack> = packs.iter().filter(|pack| is_chosen(pack)).collect();
    // What others need comes with them.
    order.sort_by_key(|pack| pack.needs().next().is_none());
    let mut groups: Vec<Vec<&RealPack>> = Vec::new();
    for pack in order {
        if groups.iter().flatten().any(|there| there.name == pack.name) {
            continue;
        }
        let needs: Option<Vec<&RealPack>> = pack.needs().map(named).collect();
        let Some(mut all) = needs else {
            told(&format!("{} needs packs that are not here", pack.name));
            continue;
        };
        all.push(pack);
        match groups.iter_mut().find(|group| fits(&all, group)) {
            Some(group) => group.extend(all),
            None => groups.push(all),
        }
    }
    groups
}

/// Whether packs may be tried together with others.
fn fits(packs: &[&RealPack], group: &[&RealPack]) -> bool {
    let collide = |one: &RealPack, other: &RealPack| {
        let (one, other) = (&one.pack, &other.pack);
        // Storage that becomes the default one is for those who come later, and nobody knows who that is.
        let csi =
            |one: &Pack, other: &Pack| one.category == Category::Csi && !other.category.is_core();
        one.name == other.name
            || csi(one, other)
            || csi(other, one)
            || (one.category.is_core() && one.category == other.category)
    };
    let apart = packs
        .iter()
        .chain(group)
        .any(|pack| refusal(pack).is_some());
    !apart
        && group.len() + packs.len() <= AT_ONCE
        && !group
            .iter()
            .any(|there| packs.iter().any(|pack| collide(there, pack)))
}
