//! What packs demand of nodes, against the node pools of a cluster.

use std::fmt::{self, Display};

use crate::diag::{Diagnostic, Span};
use crate::model::{
    Cluster, LayerName, NodePool, PoolRole, ResourceComponent, ResourceKind, ScheduleType,
    StackLayer,
};
use crate::yaml::{Node, NodeKind};

use super::lookup::{Values, path_of};
use super::quantity;

/// What one layer demands of nodes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Demand {
    kind: ResourceKind,
    layer: LayerName,
    /// Of one copy: millicores, MiB or GB.
    amount: u64,
    copies: Copies,
    /// The nodes that carry it; nothing when any will do.
    role: Option<PoolRole>,
    span: Span,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Copies {
    Some(u64),
    OnEveryNode,
}

/// What the packs of a stack demand. A request that the values do not hold demands nothing; one that macros still have to
/// make cannot be known yet, and is left out too.
pub(super) fn demands<'a>(
    layers: impl IntoIterator<Item = &'a StackLayer>,
    problems: &mut Vec<Diagnostic>,
) -> Vec<Demand> {
    let mut demands = Vec::new();
    for layer in layers {
        let Some(pack) = &layer.pack else { continue };
        let values = Values {
            pack: Some(pack),
            presets: &layer.presets,
            written: &layer.values,
            mode: layer.layer.values_mode,
        };
        for resource in &pack.resources {
            let demand = |amount, copies, role| Demand {
                kind: resource.kind,
                layer: layer.name.clone(),
                amount,
                copies,
                role,
                span: resource.span,
            };
            if resource.components.is_empty() {
                let least = resource.min.unwrap_or(0);
                demands.push(demand(least, Copies::Some(1), None));
            }
            for component in &resource.components {
                let amount = read(values, &component.request_path, layer, problems, |node| {
                    quantity::amount(resource.kind, node)
                });
                let copies = copies(values, component, layer, problems);
                let role = match component.schedule {
                    ScheduleType::All => None,
                    ScheduleType::ControlPlane => Some(PoolRole::ControlPlane),
                    ScheduleType::Worker => Some(PoolRole::Worker),
                };
                demands.push(demand(amount.unwrap_or(0), copies, role));
            }
        }
    }
    demands.retain(|demand| demand.amount > 0 && demand.copies != Copies::Some(0));
    demands
}

fn copies(
    values: Values<'_>,
    component: &ResourceComponent,
    layer: &StackLayer,
    problems: &mut Vec<Diagnostic>,
) -> Copies {
    match &component.replicas_path {
        Some(path) => {
            Copies::Some(read(values, path, layer, problems, quantity::count).unwrap_or(1))
        }
        None if component.schedule == ScheduleType::All => Copies::OnEveryNode,
        None => Copies::Some(1),
    }
}

fn read(
    values: Values<'_>,
    path: &str,
    layer: &StackLayer,
    problems: &mut Vec<Diagnostic>,
    parse: impl Fn(&Node) -> Option<u64>,
) -> Option<u64> {
    let keys: Vec<&str> = path_of(path).collect();
    let node = values.get(&keys)?;
    let parsed = parse(node);
    let has_macro = matches!(&node.kind, NodeKind::String(text, _) if text.contains("{{"));
    if parsed.is_none() && !has_macro {
        problems.push(
            Diagnostic::warning(format!(
                "layer `{}`: the value at `{path}` is no amount, so that nodes cannot be checked \
                 against it",
                layer.name
            ))
            .at(node.span),
        );
    }
    parsed
}

/// Checks demands against the node pools of a cluster. Without pools nothing is known of its nodes.
pub(super) fn check(demands: &[Demand], cluster: &Cluster, problems: &mut Vec<Diagnostic>) {
    let pools = &cluster.node_pools;
    if pools.is_empty() || demands.is_empty() {
        return;
    }
    for kind in [
        ResourceKind::Cpu,
        ResourceKind::Memory,
        ResourceKind::DiskSize,
    ] {
        for role in [Some(PoolRole::ControlPlane), Some(PoolRole::Worker), None] {
            let asked: Vec<(&Demand, u64)> = demands
                .iter()
                .filter(|demand| demand.kind == kind)
                .filter(|demand| role.is_none() || demand.role == role)
                .map(|demand| (demand, demand.total(pools)))
                .collect();
            let carrying = || {
                pools
                    .iter()
                    .filter(|p| role.is_none_or(|role| p.role == role))
            };
            // Nobody says where else a pool of that role would be: what it carries counts for the whole cluster only.
            if carrying().next().is_none() {
                continue;
            }
            let there = sum(carrying().map(|pool| size(pool, kind, u64::from(pool.count))));
            let wanted = sum(asked.iter().map(|(_, amount)| *amount));
            if wanted > there {
                problems.push(too_small(cluster, kind, role, &asked, wanted, there));
                // The whole cluster is too small then as well, or another message would say the same.
                break;
            }
        }
    }
}

fn too_small(
    cluster: &Cluster,
    kind: ResourceKind,
    role: Option<PoolRole>,
    asked: &[(&Demand, u64)],
    wanted: u64,
    there: u64,
) -> Diagnostic {
    let pools = match role {
        Some(PoolRole::ControlPlane) => "control-plane pools",
        Some(PoolRole::Worker) => "worker pools",
        None => "node pools",
    };
    let (what, wanted, there) = (name(kind), Amount(kind, wanted), Amount(kind, there));
    let mut parts: Vec<(&LayerName, u64)> = Vec::new();
    for (demand, amount) in asked {
        match parts.iter_mut().find(|(layer, _)| **layer == demand.layer) {
            Some((_, sum)) => *sum = sum.saturating_add(*amount),
            None => parts.push((&demand.layer, *amount)),
        }
    }
    let parts: Vec<String> = parts
        .into_iter()
        .map(|(layer, amount)| format!("{layer} {}", Amount(kind, amount)))
        .collect();
    let mut problem = Diagnostic::error(format!(
        "the layers ask for {wanted} of {what}, and the {pools} have {there}"
    ))
    .at(cluster.span)
    .detail(format!("asked for by {}", parts.join(", ")))
    .help("add nodes or larger ones, or lower the requests in the values");
    if let Some((first, _)) = asked.iter().max_by_key(|(_, amount)| *amount) {
        problem = problem.also(first.span, "the pack of the largest part says so here");
    }
    problem
}

impl Demand {
    fn total(&self, pools: &[NodePool]) -> u64 {
        let copies = match self.copies {
            Copies::Some(copies) => copies,
            Copies::OnEveryNode => sum(pools.iter().map(|pool| u64::from(pool.count))),
        };
        self.amount.saturating_mul(copies)
    }
}

fn size(pool: &NodePool, kind: ResourceKind, nodes: u64) -> u64 {
    let one = match kind {
        ResourceKind::Cpu => pool.cpu,
        ResourceKind::Memory => pool.memory,
        ResourceKind::DiskSize => pool.disk,
    };
    one.saturating_mul(nodes)
}

fn sum(amounts: impl Iterator<Item = u64>) -> u64 {
    amounts.fold(0, u64::saturating_add)
}

fn name(kind: ResourceKind) -> &'static str {
    match kind {
        ResourceKind::Cpu => "cpu",
        ResourceKind::Memory => "memory",
        ResourceKind::DiskSize => "disk",
    }
}

/// An amount with its unit.
struct Amount(ResourceKind, u64);

impl Display for Amount {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let unit = match self.0 {
            ResourceKind::Cpu => "m",
            ResourceKind::Memory => " MiB",
            ResourceKind::DiskSize => " GB",
        };
        write!(out, "{}{unit}", self.1)
    }
}

#[cfg(test)]
mod tests {
    use insta::assert_snapshot;

    use crate::config::stacks::fixture::problems;

    fn asking(demands: &str, pools: &str) -> String {
        problems(&format!(
            "
pack web 1.0.0 app
  value web:cpu 500m
  value web:memory 1Gi
  value web:replicas 3
  value agent:cpu 100m
{demands}
profile apps 1.0.0 add-on all
  layer web app web:1.0.0
cluster a aws base apps
{pools}
"
        ))
    }

    #[test]
    fn enough_is_enough() {
        for (demand, pools) in [
            ("least cpu 4000", "pool worker 1 4000 1024 10"),
            (
                "component cpu web.cpu replicas=web.replicas on=worker",
                "pool worker 1 1500 1024 10",
            ),
            (
                "component memory web.memory replicas=web.replicas",
                "pool worker 3 1 1024 10",
            ),
            ("component cpu agent.cpu", "pool worker 9 100 1 1"),
            ("component cpu web.nothing on=worker", "pool worker 1 1 1 1"),
            (
                "component cpu web.cpu on=worker",
                "pool control-plane 1 500 1 1",
            ),
            ("least cpu 4000", ""),
        ] {
            assert_eq!(asking(demand, pools), "", "{demand}");
        }
    }

    #[test]
    fn too_little_is_told() {
        assert_snapshot!(asking(
            "component cpu web.cpu replicas=web.replicas on=worker\nleast memory 4096\ncomponent cpu agent.cpu",
            "pool control-plane 1 9000 2048 10\npool worker 2 700 1024 10",
        ), @"
        error: the layers ask for 1500m of cpu, and the worker pools have 1400m
          --> test:21:9
           |
        16 | component cpu web.cpu replicas=web.replicas on=worker
           | --------- the pack of the largest part says so here
        ...
        21 | cluster a aws base apps
           |         ^
           |
           = note: asked for by web 1500m
                   on cluster a
           = help: add nodes or larger ones, or lower the requests in the values
        ");
        assert_snapshot!(asking("least disk 100", "pool control-plane 1 1 1 90"), @"
        error: the layers ask for 100 GB of disk, and the node pools have 90 GB
          --> test:19:9
           |
        16 | least disk 100
           | ----- the pack of the largest part says so here
        ...
        19 | cluster a aws base apps
           |         ^
           |
           = note: asked for by web 100 GB
                   on cluster a
           = help: add nodes or larger ones, or lower the requests in the values
        ");
    }

    #[test]
    fn values_that_are_no_amounts_are_told_unless_they_are_macros() {
        let value = |text: &str| {
            asking(
                &format!("value web:cpu {text}\ncomponent cpu web.cpu on=worker"),
                "pool worker 1 1 1 1",
            )
        };
        assert_eq!(value("{{.spectro.var.cpu}}"), "");
        assert_snapshot!(value("plenty"), @"
        warning: layer `web`: the value at `web.cpu` is no amount, so that nodes cannot be checked against it
          --> test:16:15
           |
        16 | value web:cpu plenty
           |               ^^^^^^
           |
           = note: on cluster a
        ");
    }
}
