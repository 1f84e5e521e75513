//! The environment that says where credentials are.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::fmt;
use std::path::PathBuf;

/// Environment variables.
#[derive(Clone, Default)]
pub struct Environment(BTreeMap<OsString, OsString>);

impl Environment {
    /// Those of the process.
    pub fn of_process() -> Self {
        std::env::vars_os().collect()
    }

    /// The same without those whose names begin so.
    pub(super) fn without(&self, start: &str) -> Self {
        let ours = |name: &OsStr| name.as_encoded_bytes().starts_with(start.as_bytes());
        let others = self.0.iter().filter(|(name, _)| !ours(name));
        others.collect()
    }

    /// All of them, for programs that are started.
    pub(super) fn all(&self) -> &BTreeMap<OsString, OsString> {
        &self.0
    }

    /// The text of a variable; nothing when it is not set or empty.
    pub(super) fn text(&self, name: &str) -> Option<String> {
        let text = self.get(name)?.to_str()?;
        Some(text.to_owned())
    }

    /// Docker's `config.json`.
    pub(super) fn docker_config(&self) -> Option<PathBuf> {
        let folder = self.path("DOCKER_CONFIG");
        let folder = folder.or_else(|| Some(self.path("HOME")?.join(".docker")));
        Some(folder?.join("config.json"))
    }

    /// Helm's `registry/config.json`, where `helm registry login` keeps credentials.
    pub(super) fn helm_registries(&self) -> Option<PathBuf> {
        let file = self.path("HELM_REGISTRY_CONFIG");
        file.or_else(|| Some(self.helm()?.join("registry/config.json")))
    }

    /// Helm's `repositories.yaml`, where `helm repo add` keeps credentials.
    pub(super) fn helm_repositories(&self) -> Option<PathBuf> {
        let file = self.path("HELM_REPOSITORY_CONFIG");
        file.or_else(|| Some(self.helm()?.join("repositories.yaml")))
    }

    fn helm(&self) -> Option<PathBuf> {
        if let Some(folder) = self.path("HELM_CONFIG_HOME") {
            return Some(folder);
        }
        let config = self.path("XDG_CONFIG_HOME");
        let config = config.or_else(|| Some(self.path("HOME")?.join(".config")));
        Some(config?.join("helm"))
    }

    fn path(&self, name: &str) -> Option<PathBuf> {
        self.get(name).map(PathBuf::from)
    }

    fn get(&self, name: &str) -> Option<&OsString> {
        self.0.get(OsStr::new(name)).filter(|text| !text.is_empty())
    }
}

impl<N: Into<OsString>, T: Into<OsString>> FromIterator<(N, T)> for Environment {
    fn from_iter<I: IntoIterator<Item = (N, T)>>(pairs: I) -> Self {
        let pairs = pairs.into_iter();
        Self(
            pairs
                .map(|(name, text)| (name.into(), text.into()))
                .collect(),
        )
    }
}

impl fmt::Debug for Environment {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The values may be passwords.
        out.debug_set().entries(self.0.keys()).finish()
    }
}
