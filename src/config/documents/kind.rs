//! The kinds of documents, and what tells that a document is one of ours.

use crate::diag::Diagnostic;
use crate::yaml::Node;

use super::check::Check;
use super::cluster::CLUSTER;
use super::common::API_VERSION;
use super::fields::Fields;
use super::group::GROUP;
use super::profile::PROFILE;
use super::project::PROJECT;
use super::registry::REGISTRY;
use super::shape::Shape;
use super::words::{join, nearest};

/// A kind of document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Project,
    Registry,
    ClusterProfile,
    Cluster,
    ClusterGroup,
}

impl Kind {
    /// All kinds.
    pub const ALL: [Self; 5] = [
        Self::Project,
        Self::Registry,
        Self::ClusterProfile,
        Self::Cluster,
        Self::ClusterGroup,
    ];

    /// The kind as documents write it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Project => "Project",
            Self::Registry => "Registry",
            Self::ClusterProfile => "ClusterProfile",
            Self::Cluster => "Cluster",
            Self::ClusterGroup => "ClusterGroup",
        }
    }

    /// What a document of this kind may hold.
    pub fn shape(self) -> &'static Shape {
        match self {
            Self::Project => &PROJECT,
            Self::Registry => &REGISTRY,
            Self::ClusterProfile => &PROFILE,
            Self::Cluster => &CLUSTER,
            Self::ClusterGroup => &GROUP,
        }
    }
}

/// Whose a document is, by its `apiVersion`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Owner {
    /// Ours, in the version that we know or in another one.
    Ours,
    /// It says none.
    Unsaid,
    /// Somebody else's.
    Foreign,
}

/// Whose a document is.
pub(super) fn owner(node: &Node) -> Owner {
    match Fields::of(node).text("apiVersion") {
        Some("stratiform") => Owner::Ours,
        Some(text) if text.starts_with("stratiform/") => Owner::Ours,
        Some(_) => Owner::Foreign,
        None => Owner::Unsaid,
    }
}

/// The kind of a document that should be ours; what is wrong is reported.
pub(super) fn kind_of(node: &Node, check: &mut Check<'_>) -> Option<Kind> {
    let top = check.first_line(node.span);
    if node.as_map().is_none() {
        check.report(
            Diagnostic::error(format!(
                "a document is a mapping, and here is {}",
                node.kind_name()
            ))
            .at(top)
            .help(format!(
                "begin with `apiVersion: {API_VERSION}` and `kind:`"
            )),
        );
        return None;
    }
    let fields = Fields::of(node);
    match fields.get("apiVersion").map(|node| (node, node.as_str())) {
        Some((_, Some(API_VERSION))) => {}
        Some((version, _)) => {
            check.report(
                Diagnostic::error(format!(
                    "`{}` is not an API version of stratiform",
                    check.written(version.span)
                ))
                .at(version.span)
                .help(format!("this program reads `{API_VERSION}`")),
            );
            return None;
        }
        None => {
            check.report(
                Diagnostic::error("the document has no `apiVersion`")
                    .at(top)
                    .help(format!("begin with `apiVersion: {API_VERSION}`")),
            );
            return None;
        }
    }
    let words = || Kind::ALL.into_iter().map(Kind::as_str);
    let Some(named) = fields.get("kind") else {
        check.report(
            Diagnostic::error("the document has no `kind`")
                .at(top)
                .help(format!("its kind is {}", join(words(), "or"))),
        );
        return None;
    };
    let word = named.as_str().unwrap_or_default();
    if let Some(kind) = Kind::ALL.into_iter().find(|kind| kind.as_str() == word) {
        return Some(kind);
    }
    let problem = Diagnostic::error(format!(
        "`{}` is not a kind of document",
        check.written(named.span)
    ))
    .at(named.span);
    check.report(match (word, nearest(word, words())) {
        ("Profile", _) => problem.help("did you mean `ClusterProfile`?"),
        ("Group" | "Fleet" | "Clusters", _) => problem.help("did you mean `ClusterGroup`?"),
        ("HelmRepository" | "PackRegistry", _) => problem.help("did you mean `Registry`?"),
        (_, Some(near)) => problem.help(format!("did you mean `{near}`?")),
        _ => problem.help(format!("the kinds are {}", join(words(), "and"))),
    });
    None
}
