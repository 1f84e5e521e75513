//! Which Helm hooks run with a layer on a server, and in which order. Other targets keep hooks as files.
//!
//! The rules are Helm 4's own (`pkg/action/hooks.go`), where its documentation says something else as well: hooks of one
//! event run by weight, then by name, and only those with the same name by kind. What no annotation says about their
//! deletion is `before-hook-creation`. Hooks for tests alone never run.

use std::cmp::Ordering;
use std::sync::Arc;

use crate::model::{HookDeletion, HookEvent, HookOutput, LayerName, ObjectKey};
use crate::render::{hook_events, kind_rank};
use crate::state::{HookRan, IntentAction, LayerRecord, ObjectRecord, Origin};
use crate::yaml::Value;

use super::cluster::Work;
use super::compare::{Wanted, contents, value_of};
use super::desired::{DesiredLayer, Rendering};
use super::error::PlanError;
use super::{HookRun, PlannedBlob, Reason};

/// What happens to a layer, in Helm's words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Occasion {
    Install,
    Upgrade,
    Rollback,
    Delete,
}

impl Occasion {
    fn of(event: HookEvent) -> Option<Self> {
        Some(match event {
            HookEvent::PreInstall | HookEvent::PostInstall => Self::Install,
            HookEvent::PreUpgrade | HookEvent::PostUpgrade => Self::Upgrade,
            HookEvent::PreRollback | HookEvent::PostRollback => Self::Rollback,
            HookEvent::PreDelete | HookEvent::PostDelete => Self::Delete,
            HookEvent::Test => return None,
        })
    }

    /// Before the objects and after them.
    fn events(self) -> [HookEvent; 2] {
        match self {
            Self::Install => [HookEvent::PreInstall, HookEvent::PostInstall],
            Self::Upgrade => [HookEvent::PreUpgrade, HookEvent::PostUpgrade],
            Self::Rollback => [HookEvent::PreRollback, HookEvent::PostRollback],
            Self::Delete => [HookEvent::PreDelete, HookEvent::PostDelete],
        }
    }
}

/// What the annotations of a hook say.
#[derive(Debug)]
struct Said {
    events: Vec<HookEvent>,
    weight: i32,
    deletions: Vec<HookDeletion>,
    outputs: Vec<HookOutput>,
}

impl Said {
    fn of(object: &Value) -> Self {
        let annotation = |name: &str| {
            let value = object.at(["metadata", "annotations", name]);
            value.and_then(Value::as_str)
        };
        let events = annotation("helm.sh/hook").map(hook_events);
        Self {
            // What Helm does not know was left out when the layer was rendered.
            events: events.and_then(Result::ok).unwrap_or_default(),
            // Helm takes what is no number for 0.
            weight: annotation("helm.sh/hook-weight")
                .and_then(|weight| weight.parse().ok())
                .unwrap_or_default(),
            deletions: annotation("helm.sh/hook-delete-policy").map_or_else(
                || vec![HookDeletion::BeforeCreation],
                |said| policies(said, deletion),
            ),
            outputs: annotation("helm.sh/hook-output-log-policy")
                .map(|said| policies(said, output))
                .unwrap_or_default(),
        }
    }
}

/// The words of an annotation, each once; what Helm does not know has no effect.
fn policies<T: PartialEq>(annotation: &str, known: fn(&str) -> Option<T>) -> Vec<T> {
    let mut policies = Vec::new();
    for word in annotation.split(',') {
        if let Some(policy) = known(&word.trim().to_ascii_lowercase())
            && !policies.contains(&policy)
        {
            policies.push(policy);
        }
    }
    policies
}

fn deletion(word: &str) -> Option<HookDeletion> {
    Some(match word {
        "before-hook-creation" => HookDeletion::BeforeCreation,
        "hook-succeeded" => HookDeletion::Succeeded,
        "hook-failed" => HookDeletion::Failed,
        _ => return None,
    })
}

fn output(word: &str) -> Option<HookOutput> {
    Some(match word {
        "hook-succeeded" => HookOutput::Succeeded,
        "hook-failed" => HookOutput::Failed,
        _ => return None,
    })
}

/// The order in which hooks of one event run.
fn by_weight(one: &HookRun, other: &HookRun) -> Ordering {
    let place = |hook: &HookRun| (hook.weight, Arc::clone(&hook.key.name));
    place(one)
        .cmp(&place(other))
        .then_with(|| kind_rank(&one.key.kind).cmp(&kind_rank(&other.key.kind)))
        .then_with(|| one.key.cmp(&other.key))
}

impl<'a> Work<'a> {
    /// Whether an object stands apart from the layer's others: hooks on servers run, and are not kept.
    pub(super) fn is_apart(&self, hook: bool) -> bool {
        hook && self.subject.target.is_server()
    }

    /// The hooks that run with a layer that is wanted.
    pub(super) fn hooks_of(
        &self,
        layer: &'a DesiredLayer,
        before: Option<&LayerRecord>,
        values_changed: bool,
    ) -> Result<Vec<HookRun>, PlanError> {
        let apart = |(_, wanted): &(&ObjectKey, Wanted<'_>)| self.is_apart(wanted.hook());
        let hooks: Vec<_> = self.wanted(layer).into_iter().filter(apart).collect();
        if hooks.is_empty() {
            return Ok(Vec::new());
        }
        let occasion = match (self.owed(&layer.layer), before) {
            // It was about to go, and comes back.
            (Some(Occasion::Delete), _) | (None, None) => Occasion::Install,
            (Some(owed), _) => owed,
            (None, Some(before)) if values_changed || self.is_new(layer, before)? => {
                match self.subject.gone {
                    Reason::RolledBack { .. } => Occasion::Rollback,
                    _ => Occasion::Upgrade,
                }
            }
            (None, Some(_)) => return Ok(Vec::new()),
        };
        let mut runs = Vec::new();
        for (key, wanted) in hooks {
            runs.push(self.run_of(key, wanted)?);
        }
        Ok(self.ordered(&layer.layer, &runs, occasion))
    }

    /// The hooks that run with a layer that goes.
    pub(super) fn hooks_of_removed(
        &self,
        name: &LayerName,
        record: Option<&'a LayerRecord>,
    ) -> Result<Vec<HookRun>, PlanError> {
        let mut runs = Vec::new();
        for object in record.iter().flat_map(|record| &record.objects) {
            if self.is_apart(object.hook) {
                runs.push(self.run_of(&object.key, Wanted::Known(object))?);
            }
        }
        Ok(self.ordered(name, &runs, Occasion::Delete))
    }

    /// Whether something else is wanted of a layer than what was wanted before: put right is no upgrade.
    fn is_new(&self, layer: &'a DesiredLayer, before: &LayerRecord) -> Result<bool, PlanError> {
        if matches!(layer.rendering, Rendering::Unchanged) {
            return Ok(false);
        }
        let wanted = self.wanted(layer);
        if before.content != layer.content || before.objects.len() != wanted.len() {
            return Ok(true);
        }
        for (key, wanted) in wanted {
            let same = |object: &&ObjectRecord| object.key == *key && object.hook == wanted.hook();
            let Some(prior) = before.objects.iter().find(same) else {
                return Ok(true);
            };
            let rules = &layer.ignore_fields;
            let contents = contents(key, Some(prior), None, Some(wanted), rules, &self.lens())?;
            if contents.desired != contents.prior {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// What an apply was about when it was interrupted or failed before all hooks of a layer had run.
    fn owed(&self, layer: &LayerName) -> Option<Occasion> {
        let flights = self.subject.prior.iter().flat_map(|prior| &prior.in_flight);
        let mut of_layer = flights.filter(|flight| flight.layer == *layer);
        of_layer.find_map(|flight| match flight.intent.action {
            IntentAction::Run(event) => Occasion::of(event),
            IntentAction::Put(_) | IntentAction::Delete => None,
        })
    }

    fn run_of(&self, key: &ObjectKey, wanted: Wanted<'_>) -> Result<(Said, HookRun), PlanError> {
        let (said, blob) = match wanted {
            Wanted::Rendered(object) => (Said::of(&object.real), object.blob.clone()),
            Wanted::Known(object) => {
                let said = Said::of(&value_of(self.texts, &object.blob)?);
                let text = self.texts.text(&object.blob)?;
                (
                    said,
                    PlannedBlob {
                        digest: object.blob,
                        text,
                    },
                )
            }
        };
        let run = HookRun {
            event: HookEvent::Test,
            key: key.clone(),
            weight: said.weight,
            deletions: said.deletions.clone(),
            outputs: said.outputs.clone(),
            masked: wanted.masked(),
            blob,
            content: *wanted.content(),
            ran: false,
        };
        Ok((said, run))
    }

    /// Those of some hooks that are for an occasion, in their order.
    fn ordered(
        &self,
        layer: &LayerName,
        hooks: &[(Said, HookRun)],
        occasion: Occasion,
    ) -> Vec<HookRun> {
        let ran = self.subject.prior.map_or(&[][..], |prior| &prior.hooks_ran);
        let mut all = Vec::new();
        for event in occasion.events() {
            let for_event = hooks
                .iter()
                .filter(|(said, _)| said.events.contains(&event));
            let mut runs: Vec<HookRun> = for_event
                .map(|(_, hook)| {
                    let is_it = |ran: &HookRan| {
                        ran.layer == *layer
                            && ran.event == event
                            && ran.key == hook.key
                            && ran.content == hook.content
                    };
                    HookRun {
                        event,
                        ran: ran.iter().any(is_it),
                        ..hook.clone()
                    }
                })
                .collect();
            runs.sort_by(by_weight);
            all.extend(runs);
        }
        all
    }
}

/// What the state says of a hook that stands apart.
pub(super) fn record_of(key: &ObjectKey, wanted: Wanted<'_>) -> ObjectRecord {
    ObjectRecord {
        key: key.clone(),
        blob: *wanted.blob(),
        content: *wanted.content(),
        masked: wanted.masked(),
        holder: false,
        hook: true,
        keep: wanted.keep(),
        held: None,
        origin: Origin::Made,
        seen: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::yaml;

    fn said(annotations: &str) -> Said {
        let text = format!("{{metadata: {{annotations: {{{annotations}}}}}}}");
        let object = yaml::parse(&text).expect("tests write YAML").pop();
        Said::of(&object.expect("tests write an object"))
    }

    #[test]
    fn annotations_are_read_as_helm_reads_them() {
        let plain = said("helm.sh/hook: 'pre-install, post-upgrade'");
        assert_eq!(
            plain.events,
            [HookEvent::PreInstall, HookEvent::PostUpgrade]
        );
        assert_eq!(plain.weight, 0);
        assert_eq!(plain.deletions, [HookDeletion::BeforeCreation]);
        assert_eq!(plain.outputs, []);

        let all = said(
            "helm.sh/hook: test, helm.sh/hook-weight: '-5', helm.sh/hook-delete-policy: 'hook-succeeded, Hook-Failed,sometime', \
             helm.sh/hook-output-log-policy: 'Hook-Failed, always,hook-succeeded,hook-failed'",
        );
        assert_eq!(all.weight, -5);
        let deletions = [HookDeletion::Succeeded, HookDeletion::Failed];
        assert_eq!(all.deletions, deletions);
        assert_eq!(all.outputs, [HookOutput::Failed, HookOutput::Succeeded]);

        let odd =
            said("helm.sh/hook: x, helm.sh/hook-weight: first, helm.sh/hook-delete-policy: ''");
        assert_eq!(
            (odd.events.len(), odd.weight, odd.deletions.len()),
            (0, 0, 0)
        );
    }

    #[test]
    fn no_hook_is_for_tests() {
        assert_eq!(Occasion::of(HookEvent::Test), None);
        for event in [
            HookEvent::PreInstall,
            HookEvent::PostUpgrade,
            HookEvent::PreRollback,
            HookEvent::PostDelete,
        ] {
            let occasion = Occasion::of(event).expect("it is for something");
            assert!(occasion.events().contains(&event));
        }
    }

    #[test]
    fn hooks_of_one_weight_run_by_name_and_only_then_by_kind() {
        let run = |kind: &str, name: &str, weight| HookRun {
            event: HookEvent::PreInstall,
            key: ObjectKey::new("", kind, "web", name),
            weight,
            deletions: Vec::new(),
            outputs: Vec::new(),
            masked: false,
            blob: PlannedBlob {
                digest: crate::model::Digest::of(b""),
                text: "".into(),
            },
            content: crate::model::Digest::of(b""),
            ran: false,
        };
        let mut runs = [
            run("ServiceAccount", "z", 0),
            run("Job", "b", 0),
            run("ConfigMap", "b", 0),
            run("Job", "a", 0),
            run("Job", "first", -1),
        ];
        runs.sort_by(by_weight);
        let order: Vec<String> = runs.iter().map(|run| run.key.to_string()).collect();
        assert_eq!(
            order,
            [
                "Job web/first",
                "Job web/a",
                "ConfigMap web/b",
                "Job web/b",
                "ServiceAccount web/z"
            ]
        );
    }
}
