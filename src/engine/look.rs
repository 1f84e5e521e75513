//! Targets looked at, as closely as a plan was asked to.

use crate::model::{ClusterName, TargetSpec};
use crate::plan::{Place, Sight, places};
use crate::state::ClusterRecord;
use crate::target::{Ask, Extent, Known, Observed, Target, TargetError};

use super::planner::{LeftOut, Refresh};

/// What was seen of a target.
pub(super) struct Look {
    /// What it holds.
    pub sight: Sight,
    /// Whether its index is as we left it.
    pub index_intact: bool,
    /// Whether somebody looked; otherwise the state is believed.
    pub is_first_hand: bool,
    /// Why nobody could look.
    unverified: Option<TargetError>,
}

impl Look {
    /// Why nobody could look, if nobody could.
    pub(super) fn take_unverified(&mut self, cluster: &ClusterName) -> Option<LeftOut> {
        self.unverified.take().map(|why| LeftOut {
            cluster: cluster.clone(),
            why,
        })
    }
}

/// Whether the folder of a cluster is as we left it.
pub(super) async fn is_intact(
    refresh: Refresh,
    prior: &ClusterRecord,
    target: &dyn Target,
) -> Result<bool, TargetError> {
    let Some(extent) = extent(refresh) else {
        return Ok(true);
    };
    let known = places(Some(prior), None, &prior.target);
    let seen = target
        .observe(Ask {
            known,
            index: prior.index,
            extent,
        })
        .await?;
    Ok(seen.index_intact
        && seen
            .objects
            .iter()
            .all(|object| matches!(object, Observed::Same { .. })))
}

fn extent(refresh: Refresh) -> Option<Extent> {
    match refresh {
        Refresh::None => None,
        Refresh::Auto => Some(Extent::Quick),
        Refresh::All => Some(Extent::Full),
    }
}

/// What the target holds in the places that a plan is about, and whether its index is as we left it. When a server cannot
/// be looked at, the state is believed; but of what an interrupted apply left in flight it knows nothing to believe, so that
/// is looked at even when nobody wants to.
///
/// # Errors
/// When a folder cannot be looked at, or a server where something is in flight.
pub(super) async fn look(
    refresh: Refresh,
    target: &dyn Target,
    (spec, known, prior): (&TargetSpec, Vec<Known>, Option<&ClusterRecord>),
) -> Result<Look, TargetError> {
    let in_doubt = prior.is_some_and(|prior| !prior.in_flight.is_empty());
    let in_flight = in_doubt.then_some(Extent::Quick);
    let Some(extent) = extent(refresh).or(in_flight) else {
        return Ok(believed(&known, None));
    };
    let seen = target
        .observe(Ask {
            known: known.clone(),
            index: prior.and_then(|prior| prior.index),
            extent,
        })
        .await;
    match seen {
        Ok(seen) => Ok(Look {
            sight: known.iter().map(place).zip(seen.objects).collect(),
            index_intact: seen.index_intact,
            is_first_hand: true,
            unverified: None,
        }),
        Err(why) if spec.is_server() && !in_doubt => Ok(believed(&known, Some(why))),
        Err(why) => Err(why),
    }
}

/// The state is believed: what it knows is there, and nothing else is.
fn believed(known: &[Known], unverified: Option<TargetError>) -> Look {
    let there = known.iter().filter(|known| known.content.is_some());
    Look {
        sight: there
            .map(|known| (place(known), Observed::Same { seen: known.seen }))
            .collect(),
        index_intact: true,
        is_first_hand: false,
        unverified,
    }
}

/// Where an object may be.
pub(super) fn place(known: &Known) -> Place {
    Place {
        layer: known.layer.clone(),
        hook: known.hook,
        key: known.key.clone(),
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use std::collections::BTreeMap;
    use std::path::PathBuf;

    use async_trait::async_trait;
    use uuid::Uuid;

    use super::*;
    use crate::model::{
        Digest, Kubeconfig, KubernetesSpec, LayerName, ObjectKey, SecretPolicy, Seen,
    };
    use crate::state::{InFlight, Intent, IntentAction};
    use crate::target::{IndexEntry, Observation, Operation, Outcome};

    /// A target that nobody can look at.
    struct Away;

    #[async_trait]
    impl Target for Away {
        fn accepts(&self, _key: &ObjectKey) -> Result<bool, TargetError> {
            Ok(true)
        }

        async fn observe(&self, _ask: Ask) -> Result<Observation, TargetError> {
            Err(TargetError::Unreachable {
                server: "https://127.0.0.1:1".to_owned(),
                why: "nothing listens there".to_owned(),
            })
        }

        async fn apply(&self, _operations: Vec<Operation>) -> Vec<Outcome> {
            Vec::new()
        }

        async fn seal(&self, _order: Vec<IndexEntry>) -> Result<Option<Seen>, TargetError> {
            Ok(None)
        }
    }

    fn known(name: &str, content: Option<Digest>) -> Known {
        Known {
            layer: LayerName::new("web").unwrap(),
            key: ObjectKey::new("", "ConfigMap", "shop", name),
            hook: false,
            content,
            seen: None,
        }
    }

    #[tokio::test]
    async fn what_the_state_says_of_a_server_that_is_away_is_believed() {
        let server = TargetSpec::Kubernetes(KubernetesSpec {
            kubeconfig: Kubeconfig::Usual,
            context: None,
        });
        let both = || vec![known("ours", Some(Digest::of(b"a"))), known("new", None)];
        let mut seen = look(Refresh::Auto, &Away, (&server, both(), None))
            .await
            .unwrap();
        assert!(!seen.is_first_hand && seen.index_intact);
        let there: Vec<&Place> = seen.sight.keys().collect();
        assert_eq!(there, [&place(&both()[0])]);
        let left_out = seen.take_unverified(&ClusterName::new("prod").unwrap());
        let why = left_out.unwrap().why.to_string();
        assert_eq!(
            why,
            "https://127.0.0.1:1 cannot be reached: nothing listens there"
        );
        // Who does not want to look misses nothing.
        let mut seen = look(Refresh::None, &Away, (&server, both(), None))
            .await
            .unwrap();
        assert!(
            seen.take_unverified(&ClusterName::new("prod").unwrap())
                .is_none()
        );
        // What is in flight may be there or not, and nobody can say.
        let in_doubt = ClusterRecord {
            uid: Uuid::nil(),
            target: server.clone(),
            delete_when_removed: false,
            layers: BTreeMap::new(),
            seeds: BTreeMap::new(),
            index: None,
            in_flight: vec![InFlight {
                revision: 1,
                layer: LayerName::new("web").unwrap(),
                intent: Intent {
                    key: ObjectKey::new("", "ConfigMap", "shop", "ours"),
                    action: IntentAction::Delete,
                    hook: false,
                    keep: None,
                },
            }],
            hooks_ran: Vec::new(),
            sighting: None,
        };
        for refresh in [Refresh::Auto, Refresh::None] {
            let seen = look(refresh, &Away, (&server, both(), Some(&in_doubt))).await;
            assert!(seen.is_err());
        }
        // A folder is here, or something is wrong.
        let folder = TargetSpec::Directory {
            path: PathBuf::from("out"),
            secrets: SecretPolicy::Refuse,
        };
        let seen = look(Refresh::Auto, &Away, (&folder, both(), None)).await;
        assert!(seen.is_err());
    }
}
