//! Values that look like secrets, put into files of their own with variables in their place.

use crate::yaml::Value;

/// A value that looks like a secret.
pub(super) struct Concealed {
    /// The variable that stands in its place.
    pub variable: String,
    /// Where it stood: `auth.password`.
    pub path: String,
    /// What it is.
    pub value: String,
}

/// What keys of secrets have in their names.
const TELLING: [&str; 8] = [
    "password",
    "passwd",
    "passphrase",
    "secret",
    "token",
    "apikey",
    "privatekey",
    "credential",
];

/// What keys have at their ends that only name a secret.
const NAMING: [&str; 6] = ["name", "ref", "key", "enabled", "path", "policy"];

/// Puts macros in the place of texts under keys that look like those of secrets.
pub(super) fn conceal(layer: &str, values: &mut Value) -> Vec<Concealed> {
    let mut found = Vec::new();
    below(layer, values, &mut Vec::new(), &mut found);
    found
}

fn below(layer: &str, value: &mut Value, path: &mut Vec<String>, found: &mut Vec<Concealed>) {
    match value {
        Value::String(text) if !text.is_empty() && path.last().is_some_and(|key| tells(key)) => {
            let fine = |c: char| if c.is_ascii_alphanumeric() { c } else { '_' };
            let path = path.join(".");
            let variable: String = format!("{layer}_{path}").chars().map(fine).collect();
            let macros = format!("{{{{ .spectro.var.{variable} }}}}");
            found.push(Concealed {
                variable,
                path,
                value: std::mem::replace(text, macros),
            });
        }
        Value::Map(map) => {
            for (key, value) in map.iter_mut() {
                path.push(key.clone());
                below(layer, value, path, found);
                path.pop();
            }
        }
        Value::List(list) => {
            for (at, value) in list.iter_mut().enumerate() {
                path.push(at.to_string());
                below(layer, value, path, found);
                path.pop();
            }
        }
        _ => {}
    }
}

fn tells(key: &str) -> bool {
    let bare: String = key
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .map(|c| c.to_ascii_lowercase())
        .collect();
    let names = NAMING.iter().any(|ending| bare.ends_with(ending))
        && !bare.ends_with("apikey")
        && !bare.ends_with("privatekey");
    TELLING.iter().any(|word| bare.contains(word)) && !bare.starts_with("existing") && !names
}

#[cfg(test)]
mod tests {
    use super::tells;

    #[test]
    fn keys_tell_whether_they_hold_secrets() {
        for key in [
            "password",
            "adminPassword",
            "api_key",
            "privateKey",
            "authToken",
            "clientSecret",
        ] {
            assert!(tells(key), "{key}");
        }
        for key in [
            "secretName",
            "existingSecret",
            "replicas",
            "tokenPath",
            "secretKeyRef",
            "passwordKey",
        ] {
            assert!(!tells(key), "{key}");
        }
    }
}
