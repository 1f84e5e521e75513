//! Problems that clusters have in common, told once.

use crate::diag::Diagnostic;
use crate::model::ClusterName;

/// So many clusters are named.
const NAMED: usize = 3;

/// Problems and the clusters that have them.
#[derive(Debug, Default)]
pub(super) struct Problems(Vec<(Diagnostic, Vec<ClusterName>)>);

impl Problems {
    /// Notes a cluster's problems.
    pub(super) fn add(&mut self, cluster: &ClusterName, problems: Vec<Diagnostic>) {
        for problem in problems {
            match self.0.iter_mut().find(|(known, _)| *known == problem) {
                Some((_, clusters)) => clusters.push(cluster.clone()),
                None => self.0.push((problem, vec![cluster.clone()])),
            }
        }
    }

    /// The problems, each with the clusters that have it.
    pub(super) fn finish(self) -> Vec<Diagnostic> {
        let told = |(problem, clusters): (Diagnostic, Vec<ClusterName>)| {
            let where_it_is = match clusters.as_slice() {
                [one] => format!("on cluster {one}"),
                all => {
                    let named: Vec<&str> =
                        all.iter().take(NAMED).map(ClusterName::as_str).collect();
                    let more = if all.len() > NAMED { ", ..." } else { "" };
                    format!("on {} clusters: {}{more}", all.len(), named.join(", "))
                }
            };
            let detail = match &problem.detail {
                Some(detail) => format!("{detail}; {where_it_is}"),
                None => where_it_is,
            };
            problem.detail(detail)
        };
        self.0.into_iter().map(told).collect()
    }
}
