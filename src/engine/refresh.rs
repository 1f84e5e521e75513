//! Which servers are looked at before a plan.

use jiff::Timestamp;

use crate::model::RefreshPolicy;
use crate::state::ClusterRecord;

use super::planner::Refresh;
use super::subjects::Candidate;

/// How fresh a plan's knowledge of servers has to be.
#[derive(Clone, Copy, Debug)]
pub(super) struct Freshness {
    /// What was asked for.
    pub refresh: Refresh,
    /// How many of the clusters are servers.
    pub servers: usize,
    /// What the project says.
    pub policy: RefreshPolicy,
    /// When it is.
    pub now: Timestamp,
}

impl Freshness {
    /// How a cluster is looked at. `quiet` says that nothing but its target could make a difference.
    ///
    /// In a large fleet a server is left alone when there is nothing to do there: neither the documents nor what was found
    /// the last time want anything, and that was not long ago.
    pub(super) fn of(
        &self,
        cluster: &Candidate,
        prior: Option<&ClusterRecord>,
        quiet: bool,
    ) -> Refresh {
        let few = self.servers <= self.policy.clusters;
        if self.refresh != Refresh::Auto || !cluster.target.is_server() || few || !quiet {
            return self.refresh;
        }
        let fresh = prior
            .and_then(|prior| prior.sighting.as_ref())
            .is_some_and(|sighting| {
                sighting.drifted == 0 && self.now.duration_since(sighting.at) < self.policy.after
            });
        if fresh { Refresh::None } else { Refresh::Auto }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use jiff::SignedDuration;
    use uuid::Uuid;

    use super::*;
    use crate::model::{ClusterName, KubernetesSpec, TargetSpec};
    use crate::state::Sighting;

    #[test]
    fn large_fleets_are_looked_at_where_it_matters() {
        let now: Timestamp = "2026-01-01T12:00:00Z".parse().expect("a time");
        let server = TargetSpec::Kubernetes(KubernetesSpec {
            kubeconfig: crate::model::Kubeconfig::Usual,
            context: None,
        });
        let record = |sighting: Option<(i64, u32)>| ClusterRecord {
            uid: Uuid::nil(),
            target: server.clone(),
            delete_when_removed: false,
            layers: BTreeMap::new(),
            seeds: BTreeMap::new(),
            index: None,
            in_flight: Vec::new(),
            hooks_ran: Vec::new(),
            sighting: sighting.map(|(minutes, drifted)| Sighting {
                at: now - SignedDuration::from_mins(minutes),
                drifted,
                capabilities: None,
                applied_for: None,
            }),
        };
        let name = ClusterName::new("a").expect("a name");
        let table = [
            // servers, refresh, last sighting (minutes ago, drifted), quiet, what is done
            (100, Refresh::Auto, Some((1, 0)), true, Refresh::Auto),
            (101, Refresh::Auto, Some((1, 0)), true, Refresh::None),
            (101, Refresh::Auto, Some((1, 0)), false, Refresh::Auto),
            (101, Refresh::Auto, Some((1, 2)), true, Refresh::Auto),
            (101, Refresh::Auto, Some((60, 0)), true, Refresh::Auto),
            (101, Refresh::Auto, None, true, Refresh::Auto),
            (101, Refresh::All, Some((1, 0)), true, Refresh::All),
            (1, Refresh::None, None, false, Refresh::None),
        ];
        for (servers, refresh, sighting, quiet, expected) in table {
            let freshness = Freshness {
                refresh,
                servers,
                policy: RefreshPolicy::default(),
                now,
            };
            let record = record(sighting);
            let candidate = Candidate::known(&name, &record);
            assert_eq!(
                freshness.of(&candidate, Some(&record), quiet),
                expected,
                "{servers} {refresh:?} {sighting:?} {quiet}"
            );
        }
    }
}
