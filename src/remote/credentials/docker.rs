//! Docker's `config.json`, which Helm has in the same form for its own logins.

use std::path::PathBuf;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Serialize as _;
use serde_json::{Map, Value, json};

use super::helper::Helper;
use super::{Credential, CredentialsError, Environment, Secret, file};

/// Under this key Docker keeps what is for Docker Hub.
const HUB: &str = "https://index.docker.io/v1/";

/// The names of Docker Hub.
const HUB_HOSTS: [&str; 3] = ["docker.io", "index.docker.io", "registry-1.docker.io"];

/// Docker's `config.json`.
pub(super) struct DockerConfig<'a> {
    path: PathBuf,
    content: Map<String, Value>,
    environment: &'a Environment,
}

impl<'a> DockerConfig<'a> {
    /// Reads it; one that is not there is empty.
    pub fn read(path: PathBuf, environment: &'a Environment) -> Result<Self, CredentialsError> {
        let text = file::read(&path)?.unwrap_or_default();
        let content = if text.trim().is_empty() {
            Map::new()
        } else {
            // A map of anything: so no message repeats what stands there.
            serde_json::from_str(&text).map_err(|error| {
                let why = format!("it is not a JSON object, see line {}", error.line());
                file::broken(&path, &why)
            })?
        };
        Ok(Self {
            path,
            content,
            environment,
        })
    }

    /// The credential for a host and a path below it: the one of the longest path wins.
    pub fn find(&self, host: &str, path: &str) -> Result<Option<Credential>, CredentialsError> {
        let server = server(host);
        if let Some(helper) = self.helper(host)
            && let Some(found) = helper.get(server)?
        {
            return Ok(Some(found));
        }
        let Some(auths) = self.content.get("auths").and_then(Value::as_object) else {
            return Ok(None);
        };
        let mut scope = format!("{host}/{path}");
        loop {
            if let Some(found) = auths.get(&scope).and_then(credential) {
                return Ok(Some(found));
            }
            match scope.rfind('/') {
                Some(end) => scope.truncate(end),
                None => break,
            }
        }
        let named = auths
            .iter()
            .filter(|(key, _)| is_for(key, host))
            .find_map(|(_, entry)| credential(entry));
        Ok(named)
    }

    /// Keeps the credential of a host, in the program that the file names for it, or in the file. Says where.
    pub fn store(
        mut self,
        host: &str,
        credential: &Credential,
    ) -> Result<String, CredentialsError> {
        let server = server(host);
        let helper = self.helper(host);
        let entry = match &helper {
            Some(helper) => {
                helper.store(server, credential)?;
                // Docker writes down for whom its programs keep something.
                json!({})
            }
            None => match credential {
                Credential::Basic { username, password } => {
                    let pair = format!("{username}:{}", password.reveal());
                    json!({ "auth": STANDARD.encode(pair) })
                }
                Credential::Identity(token) => json!({ "identitytoken": token.reveal() }),
                Credential::Bearer(token) => json!({ "registrytoken": token.reveal() }),
            },
        };
        let place = helper.map(|helper| helper.program().to_owned());
        let auths = self.content.entry("auths").or_insert_with(|| json!({}));
        let Some(auths) = auths.as_object_mut() else {
            return Err(file::broken(&self.path, "its `auths` are not an object"));
        };
        auths.insert(server.to_owned(), entry);
        self.write()?;
        Ok(place.unwrap_or_else(|| self.path.display().to_string()))
    }

    /// Forgets the credential of a host. Says where it was.
    pub fn erase(mut self, host: &str) -> Result<Option<String>, CredentialsError> {
        let helper = self.helper(host);
        let mut from = None;
        if let Some(helper) = helper
            && helper.get(server(host))?.is_some()
        {
            helper.erase(server(host))?;
            from = Some(helper.program().to_owned());
        }
        if let Some(auths) = self.content.get_mut("auths").and_then(Value::as_object_mut) {
            let before = auths.len();
            let held = auths
                .iter()
                .any(|(key, entry)| is_for(key, host) && credential(entry).is_some());
            auths.retain(|key, _| !is_for(key, host));
            if auths.len() < before {
                self.write()?;
            }
            if held {
                from = from.or_else(|| Some(self.path.display().to_string()));
            }
        }
        Ok(from)
    }

    fn helper(&self, host: &str) -> Option<Helper<'a>> {
        let helpers = self.content.get("credHelpers").and_then(Value::as_object);
        let own = helpers.and_then(|helpers| {
            let own = helpers.iter().find(|(key, _)| is_for(key, host));
            own.map(|(_, name)| name)
        });
        let name = own.or_else(|| self.content.get("credsStore"))?.as_str()?;
        (!name.is_empty()).then(|| Helper::new(name, self.environment))
    }

    fn write(&self) -> Result<(), CredentialsError> {
        // As Docker writes it.
        let mut text = Vec::new();
        let looks = serde_json::ser::PrettyFormatter::with_indent(b"\t");
        let mut writer = serde_json::Serializer::with_formatter(&mut text, looks);
        let written = self.content.serialize(&mut writer);
        written.map_err(|error| file::broken(&self.path, &error.to_string()))?;
        text.push(b'\n');
        file::write(&self.path, &String::from_utf8_lossy(&text))
    }
}

/// Under which key a host's credential is kept.
fn server(host: &str) -> &str {
    if HUB_HOSTS.contains(&host) { HUB } else { host }
}

/// Whether a key means a host and all that is below it: `HOST`, or an address that old programs wrote.
fn is_for(key: &str, host: &str) -> bool {
    let bare = key
        .strip_prefix("https://")
        .or_else(|| key.strip_prefix("http://"))
        .unwrap_or(key);
    let (found, path) = bare.split_once('/').unwrap_or((bare, ""));
    let all = matches!(path.trim_end_matches('/'), "" | "v1" | "v2");
    let hub = |host| HUB_HOSTS.contains(&host);
    all && (found == host || (hub(found) && hub(host)))
}

/// The credential in an entry of `auths`.
fn credential(entry: &Value) -> Option<Credential> {
    let text = |name| entry.get(name)?.as_str().filter(|text| !text.is_empty());
    if let Some(token) = text("registrytoken") {
        return Some(Credential::Bearer(Secret::new(token)));
    }
    if let Some(token) = text("identitytoken") {
        return Some(Credential::Identity(Secret::new(token)));
    }
    if let Some(pair) = text("auth") {
        let pair = String::from_utf8(STANDARD.decode(pair).ok()?).ok()?;
        // Docker itself once put a zero at the end.
        let (username, password) = pair.split_once(':')?;
        return Some(Credential::basic(username, password.trim_end_matches('\0')));
    }
    Some(Credential::basic(text("username")?, text("password")?))
}
