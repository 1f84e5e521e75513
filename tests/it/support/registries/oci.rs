//! Debian's docker-registry.

use std::path::{Path, PathBuf};
use std::process::Stdio;

use tempfile::TempDir;

use super::super::authority::{Authority, Identity};
use super::process::Process;
use super::{Access, Tls, programs, write_login};

/// A running OCI registry, empty at its start.
pub struct OciRegistry {
    // Ends before its folder goes.
    _process: Process,
    folder: TempDir,
    host: String,
    client: Option<Identity>,
}

impl OciRegistry {
    /// Starts one that speaks plain http.
    #[track_caller]
    pub fn start(login: Option<(&str, &str)>) -> Option<Self> {
        Self::start_with(Access { login, tls: None })
    }

    /// Starts one.
    #[track_caller]
    pub fn start_with(access: Access<'_>) -> Option<Self> {
        let [program] = programs(["docker-registry"])?;
        let folder = TempDir::with_prefix("stratiform-oci-").expect("a temporary folder");
        let (config, client) = config(folder.path(), access);
        let file = folder.path().join("config.yml");
        std::fs::write(&file, config).expect("files can be written");
        let file = file.to_str().expect("temporary folders are UTF-8");
        let process = Process::start(
            &program,
            &["serve", file],
            &[],
            (Stdio::null(), Stdio::null()),
        );
        let port = process.waits_for(port);
        Some(Self {
            _process: process,
            folder,
            host: format!("localhost:{port}"),
            client,
        })
    }

    /// `localhost:PORT`, as it stands in references.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// The certificate of the authority that signed the server's: a PEM file.
    pub fn ca(&self) -> PathBuf {
        self.folder.path().join("ca.pem")
    }

    /// What a client shows to a server with [`Tls::Mutual`].
    #[track_caller]
    pub fn client(&self) -> &Identity {
        self.client.as_ref().expect("the server speaks TLS")
    }

    /// Where it keeps blobs: to damage them, or to see that they are there.
    pub fn storage(&self) -> PathBuf {
        self.folder.path().join("storage")
    }
}

/// The port in the line of the log that says where the server listens. Port 0 in the settings lets the kernel choose.
fn port(line: &str) -> Option<u16> {
    let (_, rest) = line.split_once("listening on 127.0.0.1:")?;
    let digits = rest.split(|next: char| !next.is_ascii_digit()).next()?;
    digits.parse().ok()
}

fn config(folder: &Path, access: Access<'_>) -> (String, Option<Identity>) {
    let shown = folder.display();
    let mut text = format!(
        "version: 0.1\nlog: {{level: info, accesslog: {{disabled: true}}}}\n\
         storage: {{filesystem: {{rootdirectory: {shown}/storage}}, delete: {{enabled: true}}}}\n"
    );
    if let Some(login) = access.login {
        write_login(&folder.join("passwords"), login);
        text += &format!("auth: {{htpasswd: {{realm: test, path: {shown}/passwords}}}}\n");
    }
    text += "http:\n  addr: 127.0.0.1:0\n";
    let client = access.tls.map(|tls| {
        let authority = Authority::new(folder);
        let server = authority.server(tls == Tls::Expired);
        text += &format!(
            "  tls:\n    certificate: {}\n    key: {}\n",
            server.certificate.display(),
            server.key.display()
        );
        if tls.wants_clients() {
            text += &format!("    clientcas: [{}]\n", authority.certificate().display());
        }
        authority.client()
    });
    (text, client)
}
