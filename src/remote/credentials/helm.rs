//! Helm's `repositories.yaml`.

use std::path::PathBuf;

use url::Url;

use crate::model::RegistryName;
use crate::yaml::{self, Map, Value};

use super::{Credential, CredentialsError, Known, file};

/// Helm's `repositories.yaml`.
pub(super) struct HelmRepositories {
    path: PathBuf,
    content: Map,
}

impl HelmRepositories {
    /// Reads it; one that is not there is empty.
    pub fn read(path: PathBuf) -> Result<Self, CredentialsError> {
        let text = file::read(&path)?.unwrap_or_default();
        // The reader's message is left out: it may repeat a line.
        let content = match yaml::parse_first(&text) {
            Ok(Value::Map(content)) => content,
            Ok(Value::Null) => Map::default(),
            Ok(_) | Err(_) => return Err(file::broken(&path, "it is not a mapping of YAML")),
        };
        Ok(Self { path, content })
    }

    /// The credential for a repository.
    pub fn find(&self, url: &Url) -> Option<Known> {
        let entries = self.content.get("repositories")?.as_list()?;
        entries
            .iter()
            .filter(|entry| is_for(entry, url))
            .find_map(|entry| {
                let text = |name| entry.get(name)?.as_str().filter(|text| !text.is_empty());
                let everywhere = entry.get("pass_credentials_all").and_then(Value::as_bool);
                Some(Known {
                    credential: Credential::basic(text("username")?, text("password")?),
                    everywhere: everywhere.unwrap_or(false),
                })
            })
    }

    /// Keeps the credential of a repository, in its entry or in a new one. Says where.
    pub fn store(
        mut self,
        registry: &RegistryName,
        url: &Url,
        credential: &Credential,
    ) -> Result<String, CredentialsError> {
        let place = self.path.display().to_string();
        let Credential::Basic { username, password } = credential else {
            return Err(CredentialsError::Unfit {
                place,
                keeps: "names with passwords",
            });
        };
        let text = |text: &str| Value::String(text.to_owned());
        self.content
            .entry("apiVersion".to_owned())
            .or_insert_with(|| text(""));
        let entries = self
            .content
            .entry("repositories".to_owned())
            .or_insert(Value::Null);
        if entries.is_null() {
            *entries = Value::List(Vec::new());
        }
        let Value::List(entries) = entries else {
            return Err(file::broken(
                &self.path,
                "its `repositories` are not a list",
            ));
        };
        let at = entries.iter().position(|entry| is_for(entry, url));
        let at = at.unwrap_or_else(|| {
            let name = free_name(entries, registry.as_str());
            let address = text(url.as_str().trim_end_matches('/'));
            let new = [("name", text(&name)), ("url", address)];
            let new = new.map(|(key, value)| (key.to_owned(), value));
            entries.push(Value::Map(new.into_iter().collect()));
            entries.len() - 1
        });
        if let Value::Map(entry) = &mut entries[at] {
            entry.insert("username".to_owned(), text(username));
            entry.insert("password".to_owned(), text(password.reveal()));
        }
        self.write()?;
        Ok(place)
    }

    /// Forgets name and password of a repository; its entry stays. Says where they were.
    pub fn erase(mut self, url: &Url) -> Result<Option<String>, CredentialsError> {
        let mut erased = false;
        if let Some(Value::List(entries)) = self.content.get_mut("repositories") {
            for entry in entries.iter_mut().filter(|entry| is_for(entry, url)) {
                if let Value::Map(entry) = entry {
                    for field in ["username", "password"] {
                        let before = entry.shift_remove(field);
                        erased |= before
                            .as_ref()
                            .and_then(Value::as_str)
                            .is_some_and(|text| !text.is_empty());
                    }
                }
            }
        }
        if !erased {
            return Ok(None);
        }
        self.write()?;
        Ok(Some(self.path.display().to_string()))
    }

    fn write(&self) -> Result<(), CredentialsError> {
        file::write(
            &self.path,
            &yaml::write_ordered(&Value::Map(self.content.clone())),
        )
    }
}

/// Whether an entry is the repository at an address.
fn is_for(entry: &Value, url: &Url) -> bool {
    let Some(text) = entry.get("url").and_then(Value::as_str) else {
        return false;
    };
    let Ok(other) = Url::parse(text) else {
        return false;
    };
    let bare = |url: &Url| url.path().trim_end_matches('/').to_owned();
    other.origin() == url.origin() && bare(&other) == bare(url)
}

/// A name that no entry has: Helm does not take two of the same.
fn free_name(entries: &[Value], wanted: &str) -> String {
    let taken = |name: &str| {
        let named = |entry: &Value| entry.get("name").and_then(Value::as_str) == Some(name);
        entries.iter().any(named)
    };
    let mut name = wanted.to_owned();
    let mut number = 2;
    while taken(&name) {
        name = format!("{wanted}-{number}");
        number += 1;
    }
    name
}
