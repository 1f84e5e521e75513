//! Files that tell clients how to reach API servers, and as whom.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use super::super::authority::Identity;

/// Who asks an API server for something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum User<'a> {
    /// May do everything; shows a token.
    Admin,
    /// May do nothing but discovery until somebody binds a role to the user `limited`; shows a token.
    Limited,
    /// Shows a certificate with this name and group.
    Certificate {
        /// The user's name.
        name: &'a str,
        /// `system:masters` may do everything.
        group: Option<&'a str>,
    },
    /// The admin again, with a token that a program prints.
    Exec,
    /// Shows this token, which the server may not know.
    Token(&'a str),
}

/// One context of a kubeconfig.
#[derive(Clone, Debug, PartialEq)]
pub struct Context {
    /// Its name, which its cluster and user have too.
    pub name: String,
    /// `https://127.0.0.1:PORT`.
    pub server: String,
    /// The authority that signed the server's certificate: a PEM file.
    pub ca: PathBuf,
    /// What stands under `user`.
    pub user: Value,
}

/// The user of a kubeconfig who shows a token.
pub fn token(token: &str) -> Value {
    json!({"token": token})
}

/// The user of a kubeconfig who shows a certificate.
pub fn certificate(identity: &Identity) -> Value {
    json!({"client-certificate": identity.certificate, "client-key": identity.key})
}

/// The user of a kubeconfig whose token a program prints: here it stands in a file, as [`exec_credential`] writes it.
pub fn exec(credential: &Path) -> Value {
    json!({"exec": {
        "apiVersion": "client.authentication.k8s.io/v1",
        "command": "cat",
        "args": [credential],
        "interactiveMode": "Never",
    }})
}

/// What such a program prints.
pub fn exec_credential(token: &str) -> Value {
    json!({
        "apiVersion": "client.authentication.k8s.io/v1",
        "kind": "ExecCredential",
        "status": {"token": token},
    })
}

/// Writes a kubeconfig with some contexts, of which the first is the current one.
pub fn write_kubeconfig(path: &Path, contexts: &[Context]) {
    let each = |entry: &dyn Fn(&Context) -> (&'static str, Value)| -> Vec<Value> {
        let named = |context: &Context| {
            let (kind, value) = entry(context);
            json!({"name": context.name, kind: value})
        };
        contexts.iter().map(named).collect()
    };
    let text = json!({
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": contexts.first().map(|context| &context.name),
        "clusters": each(&|context| {
            let cluster = json!({"server": context.server, "certificate-authority": context.ca});
            ("cluster", cluster)
        }),
        "users": each(&|context| ("user", context.user.clone())),
        "contexts": each(&|context| {
            ("context", json!({"cluster": context.name, "user": context.name}))
        }),
    });
    // What is JSON is YAML too.
    std::fs::write(path, format!("{text:#}\n")).expect("files can be written");
}
