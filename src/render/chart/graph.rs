//! The charts of a tree as Helm holds them while it decides which of them take part.
//!
//! Helm copies a chart for each dependency that names it, but neither the charts further down nor what their Chart.yaml
//! says. What is done to a chart that two copies share, is done to both; and which chart such a chart is in, which its path
//! says, is what was written last.

use std::sync::Arc;

use super::{Chart, Dependency, Metadata};

/// Where a chart stands in a [`Graph`].
pub(super) type Id = usize;

/// All charts of a tree.
pub(super) struct Graph {
    nodes: Vec<Node>,
    heads: Vec<Head>,
}

#[derive(Clone)]
struct Node {
    /// The chart without its subcharts.
    chart: Chart,
    head: usize,
    subcharts: Vec<Id>,
    parent: Option<Id>,
}

/// What Chart.yaml says.
#[derive(Clone)]
struct Head {
    metadata: Arc<Metadata>,
    listed: bool,
}

impl Graph {
    /// The charts of a tree; the first is the one at the top.
    pub(super) fn new(root: &Chart) -> Self {
        let mut graph = Self {
            nodes: Vec::new(),
            heads: Vec::new(),
        };
        graph.add(root, None);
        graph
    }

    fn add(&mut self, chart: &Chart, parent: Option<Id>) -> Id {
        let id = self.nodes.len();
        let head = self.heads.len();
        self.heads.push(Head {
            metadata: Arc::clone(&chart.metadata),
            listed: chart.listed,
        });
        let mut own = chart.clone();
        let subcharts = std::mem::take(&mut own.subcharts);
        self.nodes.push(Node {
            chart: own,
            head,
            subcharts: Vec::new(),
            parent,
        });
        let ids = subcharts.iter().map(|chart| self.add(chart, Some(id)));
        self.nodes[id].subcharts = ids.collect();
        id
    }

    fn head(&self, id: Id) -> &Head {
        &self.heads[self.nodes[id].head]
    }

    /// What its Chart.yaml says.
    pub(super) fn metadata(&self, id: Id) -> &Metadata {
        &self.head(id).metadata
    }

    /// Whether there is a list of dependencies.
    pub(super) fn is_listed(&self, id: Id) -> bool {
        self.head(id).listed
    }

    /// The charts that are in it.
    pub(super) fn subcharts(&self, id: Id) -> &[Id] {
        &self.nodes[id].subcharts
    }

    /// Changes what its list of dependencies says.
    pub(super) fn set_dependencies(&mut self, id: Id, dependencies: Vec<Dependency>) {
        let head = &mut self.heads[self.nodes[id].head];
        head.listed = !dependencies.is_empty();
        Arc::make_mut(&mut head.metadata).dependencies = dependencies;
    }

    /// Changes which charts are in it.
    pub(super) fn set_subcharts(&mut self, id: Id, subcharts: Vec<Id>) {
        for subchart in &subcharts {
            self.nodes[*subchart].parent = Some(id);
        }
        self.nodes[id].subcharts = subcharts;
    }

    /// A copy of a chart and of the charts right in it, under another name if one is given.
    pub(super) fn copy(&mut self, id: Id, name: &str) -> Id {
        let mut node = self.nodes[id].clone();
        let mut head = self.heads[node.head].clone();
        let mut metadata = Metadata::clone(&head.metadata);
        if !name.is_empty() {
            name.clone_into(&mut metadata.name);
        }
        // Of its own also where nothing in it differs: it tells who shares it.
        head.metadata = Arc::new(metadata);
        node.head = self.heads.len();
        self.heads.push(head);
        let copy = self.nodes.len();
        let inner = std::mem::take(&mut node.subcharts);
        self.nodes.push(node);
        let copies = inner.into_iter().map(|id| {
            self.nodes.push(self.nodes[id].clone());
            self.nodes.len() - 1
        });
        let copies = copies.collect();
        self.set_subcharts(copy, copies);
        copy
    }

    fn path(&self, id: Id) -> String {
        let name = &self.metadata(id).name;
        match self.nodes[id].parent {
            Some(parent) => format!("{}/charts/{name}", self.path(parent)),
            None => name.clone(),
        }
    }

    /// The chart as a tree.
    pub(super) fn tree(&self, id: Id) -> Chart {
        let node = &self.nodes[id];
        let head = self.head(id);
        let mut chart = node.chart.clone();
        chart.metadata = Arc::clone(&head.metadata);
        chart.listed = head.listed;
        let path = self.path(id);
        if *chart.path != *path {
            chart.path = path.into();
        }
        chart.subcharts = node.subcharts.iter().map(|id| self.tree(*id)).collect();
        chart
    }
}
