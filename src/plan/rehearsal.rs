//! A plan that a server was asked about: what each change would come to, by the server's own word.
//!
//! Only a server knows all that it makes of an object: how it writes quantities, what its webhooks do, which fields cannot
//! change and who else claims them. So what a plan means to write is tried there without touching anything, and the plan is
//! set right by the answers.

use std::collections::HashSet;
use std::sync::Arc;

use crate::diff;
use crate::model::Key;
use crate::state::ClusterRecord;
use crate::target::{Contested, Expected, Manner, Observed, Operation, Rehearsal};
use crate::yaml::{self, Value};

use super::cluster::same_but_seen;
use super::desired::{Desired, Rendering};
use super::live::{held, in_version_of, masked_part};
use super::sight::{Place, Sight};
use super::why::note;
use super::{
    Action, ClusterAction, ClusterPlan, LayerPlan, ObjectAction, ObjectChange, PlannedBlob, Reason,
    ServerSays, edges,
};

/// Something that a server is asked about a plan.
#[derive(Clone, Debug, PartialEq)]
pub struct Question {
    /// The layer, as a position in the plan.
    layer: usize,
    /// The object, as a position in the layer's plan.
    object: usize,
    /// What would be done.
    pub operation: Operation,
}

/// What a server is asked: every object that is there and would be written, but for those whose sensitive values are not at
/// hand, since their layers were not rendered. With `new` also those that are not there yet, but for what goes into namespaces
/// that are not there either: whether the server would take them as things are now.
pub fn questions(
    plan: &ClusterPlan,
    desired: Option<&Desired>,
    new: bool,
    key: &Key,
) -> Vec<Question> {
    let mut questions = Vec::new();
    let changes = plan.layers.iter().flat_map(|layer| &layer.objects);
    let namespaces = changes.filter(|change| &*change.key.kind == "Namespace" && is_new(change));
    let coming: HashSet<&str> = namespaces.map(|change| &*change.key.name).collect();
    for (layer_at, layer) in plan.layers.iter().enumerate() {
        for (object_at, change) in layer.objects.iter().enumerate() {
            let asked = !is_new(change) || (new && !coming.contains(&*change.key.namespace));
            if change.hook || !change.action.touches() || !asked {
                continue;
            }
            let Some(text) = text_of(layer, change, desired, key) else {
                continue;
            };
            questions.push(Question {
                layer: layer_at,
                object: object_at,
                operation: Operation::Put {
                    layer: layer.layer.clone(),
                    key: change.key.clone(),
                    hook: change.hook,
                    text,
                    expected: change.observed.map_or(Expected::Absent, Expected::Content),
                    manner: change.manner,
                    adopted: change.adopted,
                },
            });
        }
    }
    questions
}

/// Whether nothing of an object is there yet.
pub(super) fn is_new(change: &ObjectChange) -> bool {
    change.observed.is_none() && change.moved.is_none()
}

/// What a server would refuse as things are now, of what is not there yet: it may take it once the objects before it are
/// there.
pub fn doubts(plan: &ClusterPlan) -> Vec<String> {
    let mut doubts = Vec::new();
    for layer in &plan.layers {
        for change in layer.objects.iter().filter(|change| is_new(change)) {
            let says = change.server.as_ref();
            if let Some(words) = says.and_then(|says| says.refused.as_ref()) {
                let (cluster, layer, key) = (&plan.cluster, &layer.layer, &change.key);
                doubts.push(format!(
                    "{cluster}/{layer}: as things are now, the server would refuse {key}: {words}"
                ));
            }
        }
    }
    doubts
}

/// The text that would be written, with sensitive values in clear.
fn text_of(
    layer: &LayerPlan,
    change: &ObjectChange,
    desired: Option<&Desired>,
    key: &Key,
) -> Option<Arc<str>> {
    let after = change.after.as_ref()?;
    if !change.masked {
        return Some(Arc::clone(&after.text));
    }
    let mut layers = desired?.layers.iter();
    let Rendering::Rendered { objects, .. } =
        &layers.find(|known| known.layer == layer.layer)?.rendering
    else {
        return None;
    };
    let real = &objects.iter().find(|object| object.key == change.key)?.real;
    let masked = parse(&after.text)?;
    let text = yaml::write_ordered(&diff::unmask(&masked, real)?);
    (Some(key.hash(text.as_bytes())) == change.content).then(|| text.into())
}

fn parse(text: &str) -> Option<Value> {
    yaml::parse(text).ok()?.pop()
}

/// The plan as a server's answers to [`questions`] leave it; nothing when there is nothing left to do. `sight` is what was
/// seen when the plan was made, `prior` what the state knows of the cluster.
///
/// | the server says | what becomes of a change |
/// | --- | --- |
/// | nothing would change | repairs go, updates and adoptions are recorded only |
/// | a field cannot change | the object is replaced |
/// | others own fields | they are taken over, if that is approved |
/// | no | it is refused; what is not there yet, in doubt ([`doubts`]) |
pub fn rehearsed(
    mut plan: ClusterPlan,
    questions: &[Question],
    answers: Vec<Rehearsal>,
    (sight, prior): (&Sight, Option<&ClusterRecord>),
    key: &Key,
) -> Option<ClusterPlan> {
    let mut settled = vec![false; plan.layers.len()];
    for (question, answer) in questions.iter().zip(answers) {
        let layer = &mut plan.layers[question.layer];
        let change = &layer.objects[question.object];
        let place = Place {
            layer: layer.layer.clone(),
            hook: change.hook,
            key: change.key.clone(),
        };
        let before = match sight.get(&place) {
            Some(Observed::Live { object, .. }) => Some(&**object),
            _ => None,
        };
        settled[question.layer] |= take(layer, question.object, (before, answer), key);
    }
    let mut gone = vec![false; plan.layers.len()];
    for (at, layer) in plan.layers.iter_mut().enumerate() {
        if settled[at] {
            gone[at] = settle(layer, prior);
        }
    }
    leave_out(&mut plan, &gone);
    let facts_kept = prior.is_some_and(|prior| {
        prior.delete_when_removed == plan.delete_when_removed && prior.target == plan.target
    });
    let empty = plan.layers.is_empty()
        && facts_kept
        && plan.action == ClusterAction::Update
        && !plan.index_drifted;
    (!empty).then_some(plan)
}

/// Has what nobody could ask the server about taken over from others, wherever they own fields of it.
pub fn force_conflicts(plan: &mut ClusterPlan) {
    for change in plan.layers.iter_mut().flat_map(|layer| &mut layer.objects) {
        let put = change.action.touches() && change.after.is_some();
        if put && change.server.is_none() && change.manner == Manner::Apply {
            change.manner = Manner::TakeOver;
        }
    }
}

/// Takes in one answer; says whether the change turned out to be none.
fn take(
    layer: &mut LayerPlan,
    at: usize,
    (before, answer): (Option<&Value>, Rehearsal),
    key: &Key,
) -> bool {
    let change = &mut layer.objects[at];
    // Nothing else can be told of what is not there; should somebody have been quicker, the next plan looks at it.
    if is_new(change) && !matches!(answer, Rehearsal::Refused { .. }) {
        return false;
    }
    match answer {
        Rehearsal::Unknown => {}
        Rehearsal::Fine { after: None } => {}
        Rehearsal::Fine { after: Some(after) } => {
            if is_settled_by(change, before, &after) {
                let held = change
                    .after
                    .as_ref()
                    .and_then(|written| held(written, &after, key));
                record_only(layer, at, held);
                return true;
            }
            change.server = says(change, before, Some(&after), key);
        }
        Rehearsal::Immutable { message } => {
            note(&mut change.reasons, Reason::Immutable { message });
            change.manner = Manner::Replace;
            if !matches!(change.action, ObjectAction::Move { .. }) {
                change.action = ObjectAction::Replace;
            }
            if layer.action != Action::Repave {
                layer.action = Action::Replace;
            }
        }
        Rehearsal::Contested { fields, after } => {
            let mut said = says(change, before, after.as_deref(), key).unwrap_or_else(nothing_said);
            said.contested = fields;
            change.server = Some(said);
            change.manner = Manner::TakeOver;
        }
        Rehearsal::Refused { message } => {
            let mut said = nothing_said();
            said.refused = Some(message);
            change.server = Some(said);
        }
    }
    false
}

fn nothing_said() -> ServerSays {
    ServerSays {
        before: None,
        after: None,
        contested: Vec::<Contested>::new(),
        refused: None,
    }
}

/// Whether a change would leave the object as it is. What was taken over from us is written all the same, so that it is
/// ours again.
fn is_settled_by(change: &ObjectChange, before: Option<&Value>, after: &Value) -> bool {
    let taken = |reason: &Reason| matches!(reason, Reason::TakenOver { .. });
    let settles = matches!(
        change.action,
        ObjectAction::Update | ObjectAction::Repair | ObjectAction::Adopt
    );
    settles
        && !change.reasons.iter().any(taken)
        && before.is_some_and(|before| diff::bare(before.clone()) == diff::bare(after.clone()))
}

/// An object is as it should be after all.
fn record_only(layer: &mut LayerPlan, at: usize, held: Option<PlannedBlob>) {
    let change = &mut layer.objects[at];
    change.action = ObjectAction::Record;
    change.reasons.retain(|reason| !reason.is_drift());
    let objects = layer
        .record
        .iter_mut()
        .flat_map(|record| &mut record.objects);
    let record = objects
        .into_iter()
        .find(|object| object.key == change.key && object.holder);
    if let (Some(record), Some(held)) = (record, held) {
        record.held = Some(held.digest);
        layer.blobs.push(held);
    }
}

/// Sets a layer right in which some changes turned out to be none; says whether nothing of it is left.
fn settle(layer: &mut LayerPlan, prior: Option<&ClusterRecord>) -> bool {
    // Of a repair no reason is left: what is wanted is what was wanted before, and there is nothing to record.
    let settled =
        |change: &ObjectChange| change.action == ObjectAction::Record && change.reasons.is_empty();
    layer.objects.retain(|change| !settled(change));
    let touched = layer.objects.iter().any(|change| change.action.touches());
    if touched || !layer.hooks.is_empty() {
        return false;
    }
    let drifted = layer.objects.iter().flat_map(|change| &change.reasons);
    if !drifted.into_iter().any(Reason::is_drift) {
        layer.reasons.retain(|reason| !reason.is_drift());
    }
    if layer.action == Action::Update && layer.before == layer.after && layer.values.is_none() {
        layer.action = Action::Record;
    }
    let before = prior.and_then(|prior| prior.layers.get(&layer.layer));
    let in_flight = prior.is_some_and(|prior| {
        prior
            .in_flight
            .iter()
            .any(|flight| flight.layer == layer.layer)
    });
    let same = match (before, &layer.record) {
        (Some(before), Some(record)) => same_but_seen(before, record),
        _ => false,
    };
    layer.objects.is_empty() && same && !in_flight
}

/// Takes layers out of a plan; what had to wait for them waits for what they waited for.
fn leave_out(plan: &mut ClusterPlan, gone: &[bool]) {
    if !gone.contains(&true) {
        return;
    }
    plan.edges = edges::without(&plan.edges, gone);
    let mut at = 0;
    plan.layers.retain(|_| {
        at += 1;
        !gone[at - 1]
    });
}

/// What the server says that the object is and becomes, masked.
fn says(
    change: &ObjectChange,
    before: Option<&Value>,
    after: Option<&Value>,
    key: &Key,
) -> Option<ServerSays> {
    // There is nothing to compare with, and people want to see what they wrote.
    let before = before?;
    let wanted = parse(&change.after.as_ref()?.text)?;
    let shown = change.before.as_ref().and_then(|text| parse(text));
    let shape = shown.map_or_else(
        || wanted.clone(),
        // What is masked in either is masked in both.
        |shown| diff::merge_shapes(&shown, &wanted),
    );
    let secretive = change.masked || change.key.is_secret() || diff::is_masked(&shape);
    let text = |value: &Value| {
        let value = if secretive {
            // Beside sensitive values others may have put copies of them.
            masked_part(value, &shape, key)
        } else {
            diff::presentable(diff::mask_like(value, &shape, key))
        };
        let value = in_version_of(value, &wanted);
        Arc::from(yaml::write_ordered(&arranged(value, Some(&wanted))))
    };
    Some(ServerSays {
        before: Some(text(before)),
        after: after.map(text),
        contested: Vec::new(),
        refused: None,
    })
}

/// A value in the order in which another one was written, and behind that by name: servers have an order of their own.
fn arranged(value: Value, like: Option<&Value>) -> Value {
    match value {
        Value::Map(mut map) => {
            let like = like.and_then(Value::as_map);
            let place = |key: &String| like.and_then(|like| like.get_index_of(key));
            map.sort_by(|one, _, other, _| {
                let (first, second) = (place(one), place(other));
                let known = first.is_none().cmp(&second.is_none());
                known.then(first.cmp(&second)).then_with(|| one.cmp(other))
            });
            for (key, value) in &mut map {
                let inner = std::mem::take(value);
                *value = arranged(inner, like.and_then(|like| like.get(key)));
            }
            Value::Map(map)
        }
        Value::List(list) => {
            let like = like.and_then(Value::as_list).unwrap_or_default();
            let one = |(at, value)| arranged(value, like.get(at));
            Value::List(list.into_iter().enumerate().map(one).collect())
        }
        scalar => scalar,
    }
}
