//! What a template looks up on a server.

use std::fmt;
use std::sync::Arc;

/// A question of Helm's function `lookup`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Lookup {
    /// The API version: `v1`, `apps/v1`.
    pub api_version: Arc<str>,
    /// The kind.
    pub kind: Arc<str>,
    /// The namespace; empty for kinds without one, and for a list of all namespaces.
    pub namespace: Arc<str>,
    /// The object's name; empty for a list of all.
    pub name: Arc<str>,
}

impl Lookup {
    /// A question.
    pub fn new(api_version: &str, kind: &str, namespace: &str, name: &str) -> Self {
        Self {
            api_version: api_version.into(),
            kind: kind.into(),
            namespace: namespace.into(),
            name: name.into(),
        }
    }
}

/// `Secret web/login (v1)`, `all PersistentVolume (v1)`.
impl fmt::Display for Lookup {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = &self.kind;
        match (&*self.namespace, &*self.name) {
            ("", "") => write!(out, "all {kind}"),
            (namespace, "") => write!(out, "all {kind} in {namespace}"),
            ("", name) => write!(out, "{kind} {name}"),
            (namespace, name) => write!(out, "{kind} {namespace}/{name}"),
        }?;
        write!(out, " ({})", self.api_version)
    }
}

#[cfg(test)]
mod tests {
    use super::Lookup;

    #[test]
    fn questions_are_told() {
        let told = |namespace, name| Lookup::new("v1", "Secret", namespace, name).to_string();
        assert_eq!(told("web", "login"), "Secret web/login (v1)");
        assert_eq!(told("", "login"), "Secret login (v1)");
        assert_eq!(told("web", ""), "all Secret in web (v1)");
        assert_eq!(told("", ""), "all Secret (v1)");
    }
}
