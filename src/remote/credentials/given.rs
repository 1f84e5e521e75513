//! The credential that a registry's document gives.

use std::path::Path;

use crate::model::{Access, BindingSource, RegistryName};
use crate::yaml::Value;

use super::{Credential, CredentialsError, Secret};

/// The credential that a registry's document gives, from where it says that it stands; nothing when it says nothing.
/// Files are relative to `root`.
///
/// # Errors
/// When a variable or a file is not there, or a name has no password.
pub fn given(
    access: &Access,
    root: &Path,
    registry: &RegistryName,
) -> Result<Option<Credential>, CredentialsError> {
    let read = |field, source: &Option<crate::diag::Spanned<BindingSource>>| {
        let wrong = |why| CredentialsError::Binding {
            field,
            registry: registry.clone(),
            why,
        };
        let source = source.as_ref().map(|source| text(&source.value, root));
        source.transpose().map_err(wrong)
    };
    if let Some(token) = read("token", &access.token)? {
        return Ok(Some(Credential::Bearer(Secret::new(token))));
    }
    let username = read("username", &access.username)?;
    let password = read("password", &access.password)?;
    match (username, password) {
        (None, None) => Ok(None),
        (Some(username), Some(password)) => Ok(Some(Credential::basic(username, password))),
        (Some(_), None) => Err(missing("password", registry)),
        (None, Some(_)) => Err(missing("username", registry)),
    }
}

fn missing(field: &'static str, registry: &RegistryName) -> CredentialsError {
    CredentialsError::Binding {
        field,
        registry: registry.clone(),
        why: "the registry gives only the other half of name and password".to_owned(),
    }
}

fn text(source: &BindingSource, root: &Path) -> Result<String, String> {
    match source {
        BindingSource::Literal(Value::String(text)) => Ok(text.clone()),
        BindingSource::Literal(_) => Err("it is not a text; put it in quotes".to_owned()),
        BindingSource::Env(name) => std::env::var(&**name)
            .map_err(|_| format!("the environment variable {name} is not set")),
        BindingSource::File(path) => {
            let path = root.join(&**path);
            let text = std::fs::read_to_string(&path)
                .map_err(|error| format!("{}: {error}", path.display()))?;
            Ok(text.strip_suffix('\n').unwrap_or(&text).to_owned())
        }
    }
}
