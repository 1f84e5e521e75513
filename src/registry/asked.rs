//! What is asked of registries.

use std::fmt;
use std::sync::Arc;

use crate::diag::{Diagnostic, Span};
use crate::model::{
    ChartFiles, ChartPlace, ChartRef, Digest, Pack, PackRef, RegistryName, Version, VersionReq,
};
use crate::remote::{Item, ItemKind};

use super::LockKey;

/// A pack or chart that is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    /// Registry, name and requirement.
    pub key: LockKey,
    /// Where it is asked for, if it is in a document.
    pub span: Option<Span>,
}

impl Asked {
    /// A pack that a document asks for.
    pub fn pack(reference: &PackRef) -> Self {
        Self {
            key: LockKey {
                kind: ItemKind::Pack,
                registry: reference.registry.clone(),
                name: Arc::clone(&reference.name),
                requirement: reference.version.clone(),
            },
            span: Some(reference.span),
        }
    }

    /// A chart that a document asks for; nothing when it names a path.
    pub fn chart(reference: &ChartRef) -> Option<Self> {
        let ChartPlace::Registry {
            registry,
            name,
            version,
        } = &reference.place
        else {
            return None;
        };
        Some(Self {
            key: LockKey {
                kind: ItemKind::Chart,
                registry: registry.clone(),
                name: Arc::clone(name),
                requirement: version.clone(),
            },
            span: Some(reference.span),
        })
    }

    /// What somebody asks for on the command line.
    pub fn by_hand(
        kind: ItemKind,
        registry: RegistryName,
        name: &str,
        requirement: VersionReq,
    ) -> Self {
        Self {
            key: LockKey {
                kind,
                registry,
                name: name.into(),
                requirement,
            },
            span: None,
        }
    }

    /// The item without a version.
    pub(super) fn item(&self) -> Item {
        Item {
            kind: self.key.kind,
            name: Arc::clone(&self.key.name),
        }
    }

    /// A problem where it is asked for.
    pub(super) fn problem(&self, summary: String) -> Diagnostic {
        let problem = Diagnostic::error(summary);
        match self.span {
            Some(span) => problem.at(span),
            None => problem,
        }
    }
}

impl fmt::Display for Asked {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{} `{}`", self.key.kind, self.key.name)
    }
}

/// What was found.
#[derive(Clone, Debug)]
pub struct Resolved {
    /// The version, as the registry writes it.
    pub version: Version,
    /// What it is.
    pub content: Found,
}

/// A pack or a chart.
#[derive(Clone, Debug)]
pub enum Found {
    /// A pack.
    Pack(Arc<Pack>),
    /// A chart.
    Chart(ChartFiles),
}

impl Found {
    /// The digest of all files that count.
    pub fn digest(&self) -> Digest {
        match self {
            Self::Pack(pack) => pack.digest,
            Self::Chart(chart) => chart.digest,
        }
    }
}
