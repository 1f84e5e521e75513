//! What people are told of one layer or object: symbol, content, reasons.

use crate::plan::{
    Action, ClusterAction, ClusterPlan, HookRun, LayerPlan, ObjectAction, ObjectChange, Reason,
};
use crate::state::{Content, ContentKind};
use crate::target::{Manner, Owner};

use super::super::group::whose;
use super::super::page::Ink;

/// How an action on a cluster is shown.
pub(super) fn of_cluster(action: &ClusterAction) -> (&'static str, Ink) {
    match action {
        ClusterAction::Create => ("+", Ink::Create),
        ClusterAction::Update => ("~", Ink::Update),
        ClusterAction::Rename { .. } | ClusterAction::Retarget { .. } => ("→", Ink::Move),
        ClusterAction::Delete => ("-", Ink::Delete),
        ClusterAction::Forget => (".", Ink::Faint),
    }
}

/// How an action on a layer is shown.
pub(super) fn of_layer(layer: &LayerPlan) -> (&'static str, Ink) {
    let renamed = |reason: &Reason| matches!(reason, Reason::Renamed { .. });
    match layer.action {
        Action::Create => ("+", Ink::Create),
        Action::Record if layer.reasons.iter().any(renamed) => ("→", Ink::Move),
        Action::Update => ("~", Ink::Update),
        Action::Repave => ("↻", Ink::Repave),
        Action::Replace => ("±", Ink::Update),
        Action::Delete => ("-", Ink::Delete),
        Action::Record => (".", Ink::Faint),
    }
}

/// How an action on an object is shown.
pub(super) fn of_object(action: &ObjectAction) -> (&'static str, Ink) {
    match action {
        ObjectAction::Create | ObjectAction::Recreate => ("+", Ink::Create),
        ObjectAction::Update | ObjectAction::Repair | ObjectAction::Adopt => ("~", Ink::Update),
        ObjectAction::Replace => ("±", Ink::Update),
        ObjectAction::Move { .. } => ("→", Ink::Move),
        ObjectAction::Delete => ("-", Ink::Delete),
        ObjectAction::Record | ObjectAction::Forget | ObjectAction::Keep { .. } => {
            (".", Ink::Faint)
        }
        ObjectAction::Conflict => ("!", Ink::Delete),
    }
}

/// Stands before hooks that run.
pub(super) const RUNS: &str = ">";

/// A hook that runs: `pre-install hook Job.batch shop/migrate`.
pub(super) fn of_hook(hook: &HookRun) -> String {
    format!("{} hook {}", hook.event, hook.key)
}

/// What is said of a hook behind its name.
pub(super) fn hook_note(hook: &HookRun) -> &'static str {
    if hook.ran { "(has run already)" } else { "" }
}

/// The layer with what it is made of: `ingress kubernetes-ingress 1.49.0 -> 1.50.0`.
pub(super) fn title(layer: &LayerPlan) -> String {
    let name = layer.layer.as_str();
    match content(name, layer.before.as_ref(), layer.after.as_ref()) {
        text if text.is_empty() => name.to_owned(),
        text => format!("{name} {text}"),
    }
}

/// What a layer was and is made of, as short as it can be told.
pub(super) fn content(layer: &str, before: Option<&Content>, after: Option<&Content>) -> String {
    let one = |content: &Content| {
        let name = match content.kind {
            ContentKind::Pack | ContentKind::Chart if &*content.name != layer => &content.name,
            ContentKind::Pack | ContentKind::Chart | ContentKind::Namespaces => "",
            ContentKind::Manifests => "manifests",
        };
        let version = content
            .version
            .as_ref()
            .map_or("", |version| version.as_str());
        format!("{name} {version}").trim().to_owned()
    };
    match (before, after) {
        (Some(before), Some(after)) => {
            let (old, new) = (one(before), one(after));
            match (&before.version, &after.version) {
                _ if old == new => new,
                (Some(_), Some(version)) if before.name == after.name => {
                    format!("{old} -> {version}")
                }
                _ => format!("{old} -> {new}"),
            }
        }
        (Some(only), None) | (None, Some(only)) => one(only),
        (None, None) => String::new(),
    }
}

/// Why a layer changes, but for what its symbol, its title and its cluster's line say already.
pub(super) fn reasons(cluster: &ClusterPlan, layer: &LayerPlan) -> String {
    let told = |reason: &Reason| match reason {
        Reason::NewCluster | Reason::ClusterRemoved | Reason::Destroyed | Reason::Retargeted => {
            cluster.action != ClusterAction::Update
        }
        Reason::NewLayer => layer.action == Action::Create,
        Reason::Version { .. } | Reason::Source { .. } => {
            layer.before.is_some() && layer.after.is_some()
        }
        Reason::Formatting => layer.reasons.contains(&Reason::Drifted),
        _ => false,
    };
    let nodes = (layer.action == Action::Repave).then(|| "replaces nodes".to_owned());
    let reasons = layer.reasons.iter().filter(|reason| !told(reason));
    let all: Vec<String> = nodes
        .into_iter()
        .chain(reasons.map(ToString::to_string))
        .collect();
    brackets(&all.join(", "))
}

/// Why an object changes, but for what its layer says already.
pub(super) fn object_reasons(layer: &LayerPlan, object: &ObjectChange) -> String {
    let of_its_own = |reason: &&Reason| {
        matches!(
            reason,
            Reason::Drifted | Reason::TakenOver { .. } | Reason::Formatting | Reason::Interrupted
        ) || !layer.reasons.contains(reason)
    };
    let words = match &object.action {
        ObjectAction::Recreate => Some("was deleted behind our back".to_owned()),
        ObjectAction::Adopt => Some("taken over".to_owned()),
        ObjectAction::Conflict => Some(match &object.owner {
            Some(owner) if *owner != Owner::Ours => format!("there already, and {}", whose(owner)),
            _ => "there already, and not ours".to_owned(),
        }),
        ObjectAction::Replace => Some("deleted and made anew".to_owned()),
        ObjectAction::Keep { because } => Some(format!("stays, and is forgotten: {because}")),
        ObjectAction::Move { from, .. } if *from != layer.layer => Some(format!("from {from}")),
        ObjectAction::Move { .. } => Some(if object.hook {
            "becomes a hook".to_owned()
        } else {
            "is no hook any more".to_owned()
        }),
        _ => None,
    };
    let fields = (object.manner == Manner::TakeOver && object.action.touches())
        .then(|| "takes fields over from others".to_owned());
    let hook = (object.hook && !matches!(object.action, ObjectAction::Move { .. }))
        .then(|| "hook".to_owned());
    let told =
        |reason: &&Reason| object.action == ObjectAction::Recreate && **reason == Reason::Drifted;
    let reasons = object
        .reasons
        .iter()
        .filter(of_its_own)
        .filter(|reason| !told(reason));
    let all: Vec<String> = hook
        .into_iter()
        .chain(words)
        .chain(fields)
        .chain(reasons.map(ToString::to_string))
        .collect();
    brackets(&all.join(", "))
}

fn brackets(text: &str) -> String {
    if text.is_empty() {
        String::new()
    } else {
        format!("({text})")
    }
}
