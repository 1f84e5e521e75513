//! A plan for programs.

use serde_json::{Map, Value, json};

use crate::plan::{
    Approval, ClusterPlan, HookRun, LayerPlan, ObjectChange, Plan, Reason, Refusal, ServerSays,
};
use crate::state::Content;
use crate::yaml;

use super::totals::{Totals, summary};

/// The format that this program writes.
const FORMAT: u32 = 1;

const SCHEMA: &str = include_str!("../schemas/plan.schema.json");

/// A plan for programs; [`plan_schema`] describes it. Fields may be added; none changes its meaning while
/// `format_version` stays. Sensitive values are placeholders.
pub fn plan_json(plan: &Plan) -> Value {
    let totals = Totals::of(plan);
    json!({
        "format_version": FORMAT,
        "purpose": plan.purpose,
        "base": plan.base,
        "summary": {
            "text": summary(plan),
            "clusters": {
                "total": plan.clusters_total,
                "changed": plan.clusters.len(),
                "forgotten": totals.forgotten,
            },
            "layers": {
                "total": plan.layers_total,
                "create": totals.create,
                "update": totals.update,
                "repave": totals.repave,
                "replace": totals.replace,
                "delete": totals.delete,
                "record": totals.record,
            },
            "objects": {
                "create": totals.objects.created,
                "update": totals.objects.updated,
                "replace": totals.objects.replaced,
                "delete": totals.objects.deleted,
            },
        },
        "clusters": plan.clusters.iter().map(cluster).collect::<Vec<_>>(),
        "approvals": plan.approvals.iter().map(approval).collect::<Vec<_>>(),
        "refusals": plan.refusals.iter().map(refusal).collect::<Vec<_>>(),
        "warnings": plan.warnings,
    })
}

/// The JSON Schema (2020-12) of [`plan_json`].
pub fn plan_schema() -> Value {
    serde_json::from_str(SCHEMA).expect("the schema that is compiled in is JSON")
}

fn cluster(plan: &ClusterPlan) -> Value {
    json!({
        "cluster": plan.cluster,
        "uid": plan.uid,
        "action": plan.action,
        "target": plan.target.to_string(),
        "indexDrifted": plan.index_drifted,
        "unverified": plan.unverified,
        "layers": plan.layers.iter().map(layer).collect::<Vec<_>>(),
        "edges": plan.edges,
    })
}

fn layer(plan: &LayerPlan) -> Value {
    let values = plan.values.as_ref().map(
        |values| json!({"before": document(&values.before), "after": document(&values.after)}),
    );
    json!({
        "layer": plan.layer,
        "category": plan.category,
        "action": plan.action,
        "reasons": reasons(&plan.reasons),
        "before": plan.before.as_ref().map(content),
        "after": plan.after.as_ref().map(content),
        "values": values,
        "objects": plan.objects.iter().map(object).collect::<Vec<_>>(),
        "hooks": plan.hooks.iter().map(hook).collect::<Vec<_>>(),
    })
}

fn content(content: &Content) -> Value {
    json!({
        "kind": content.kind,
        "name": content.name,
        "version": content.version,
        "digest": content.digest,
    })
}

fn object(change: &ObjectChange) -> Value {
    json!({
        "group": change.key.group,
        "kind": change.key.kind,
        "namespace": change.key.namespace,
        "name": change.key.name,
        "action": change.action,
        "reasons": reasons(&change.reasons),
        "hook": change.hook,
        "keep": change.keep,
        "masked": change.masked,
        "before": change.before.as_ref().map(|text| document(text)),
        "after": change.after.as_ref().map(|blob| document(&blob.text)),
        "owner": change.owner,
        "manner": change.manner,
        "server": change.server.as_ref().map(server),
    })
}

fn hook(run: &HookRun) -> Value {
    json!({
        "event": run.event,
        "group": run.key.group,
        "kind": run.key.kind,
        "namespace": run.key.namespace,
        "name": run.key.name,
        "weight": run.weight,
        "deletions": run.deletions,
        "ran": run.ran,
    })
}

fn server(says: &ServerSays) -> Value {
    json!({
        "before": says.before.as_ref().map(|text| document(text)),
        "after": says.after.as_ref().map(|text| document(text)),
        "contested": says.contested,
        "refused": says.refused,
    })
}

/// The document that a YAML text holds; the text itself if it cannot be read.
fn document(text: &str) -> Value {
    yaml::parse(text).map_or_else(
        |_| Value::from(text),
        |all| all.into_iter().next().map_or(Value::Null, Value::from),
    )
}

/// Reasons with a text for people beside what programs read.
fn reasons(reasons: &[Reason]) -> Vec<Value> {
    reasons
        .iter()
        .map(|reason| with(json!(reason), [("text", reason.to_string())]))
        .collect()
}

fn approval(approval: &Approval) -> Value {
    let more = [
        ("flag", approval.kind.flag().to_owned()),
        ("text", approval.kind.to_string()),
    ];
    json!({
        "cluster": approval.cluster,
        "layer": approval.layer,
        "kind": with(json!(approval.kind), more),
    })
}

fn refusal(refusal: &Refusal) -> Value {
    json!(refusal)
}

fn with<const N: usize>(value: Value, more: [(&str, String); N]) -> Value {
    let mut map = match value {
        Value::Object(map) => map,
        other => Map::from_iter([("value".to_owned(), other)]),
    };
    map.extend(more.map(|(key, text)| (key.to_owned(), Value::from(text))));
    Value::Object(map)
}
