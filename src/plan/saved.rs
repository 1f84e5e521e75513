//! A plan as a file.

use serde::{Deserialize, Serialize};

use crate::graph::ReadySet;

use super::{ClusterAction, ClusterPlan, Plan};

/// The format of plan files that this program writes. Older ones are read, newer ones refused.
pub const PLAN_FORMAT: u32 = 2;

/// What marks a file as a saved plan.
const KIND: &str = "stratiform-plan";

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Head {
    kind: Option<String>,
    format_version: Option<u32>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct File {
    kind: String,
    format_version: u32,
    plan: Plan,
}

/// What can be wrong with a plan file.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SavedPlanError {
    /// It is something else.
    #[error("this is not a saved plan; `stratiform plan --out FILE` makes one")]
    NotAPlan,
    /// A newer program wrote it.
    #[error(
        "the plan has format {found}, and this program reads formats up to {PLAN_FORMAT}; use the newer stratiform that wrote it"
    )]
    Newer {
        /// The file's format.
        found: u32,
    },
    /// Its execution graph makes no sense.
    #[error(
        "the plan's order of layers makes no sense; make it again with `stratiform plan --out FILE`"
    )]
    Unsound,
    /// It is damaged.
    #[error("the plan is damaged; make it again with `stratiform plan --out FILE`")]
    Damaged(#[source] serde_json::Error),
}

/// Whether the execution graph of a cluster is one.
fn is_sound(cluster: &ClusterPlan) -> bool {
    let layers = cluster.layers.len();
    let inside = |(before, after): &(usize, usize)| *before < layers && *after < layers;
    let forgotten = cluster.action == ClusterAction::Forget;
    cluster.edges.iter().all(inside)
        && ReadySet::new(layers, &cluster.edges).is_ok()
        && !(forgotten && layers > 0)
}

/// The plan as the text of a file.
///
/// # Errors
/// Never for plans that this program makes.
pub fn save(plan: &Plan) -> Result<String, SavedPlanError> {
    let file = File {
        kind: KIND.to_owned(),
        format_version: PLAN_FORMAT,
        plan: plan.clone(),
    };
    serde_json::to_string(&file)
        .map(|text| text + "\n")
        .map_err(SavedPlanError::Damaged)
}

/// The plan that a file's text holds.
///
/// # Errors
/// When the text is no plan, a newer program wrote it, or it is damaged.
pub fn load(text: &str) -> Result<Plan, SavedPlanError> {
    let head: Head = serde_json::from_str(text).map_err(|_| SavedPlanError::NotAPlan)?;
    match (head.kind.as_deref(), head.format_version) {
        (Some(KIND), Some(found)) if found > PLAN_FORMAT => Err(SavedPlanError::Newer { found }),
        (Some(KIND), Some(_)) => {
            let file: File = serde_json::from_str(text).map_err(SavedPlanError::Damaged)?;
            if file.plan.clusters.iter().all(is_sound) {
                Ok(file.plan)
            } else {
                Err(SavedPlanError::Unsound)
            }
        }
        _ => Err(SavedPlanError::NotAPlan),
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use super::*;

    /// A plan as the first program saved it: nothing in it is random, nothing kept.
    const FIRST: &str = include_str!("saved/format_1.json");

    #[test]
    fn an_older_plan_is_read() {
        let plan = load(FIRST).unwrap();
        let layer = &plan.clusters[0].layers[0];
        assert_eq!(layer.seed, None);
        assert_eq!(layer.objects[0].keep, None);
        assert_eq!(layer.record.as_ref().unwrap().objects[0].keep, None);
        let again = save(&plan).unwrap();
        assert!(again.contains("\"formatVersion\":2"));
        assert_eq!(load(&again).unwrap(), plan);
    }

    #[test]
    fn a_newer_plan_is_refused() {
        let newer = FIRST.replace("\"formatVersion\":1", "\"formatVersion\":3");
        assert!(matches!(
            load(&newer),
            Err(SavedPlanError::Newer { found: 3 })
        ));
    }
}
