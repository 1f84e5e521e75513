//! git's own server, behind nginx.

use std::fs;
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixListener;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use tempfile::TempDir;

use super::nginx::Nginx;
use super::process::Process;
use super::{Access, programs};
use crate::support::skip::skipped;

/// A running git server.
pub struct GitServer {
    nginx: Nginx,
    // Ends before its folder goes.
    _cgi: Vec<Process>,
    _folder: TempDir,
}

/// Where Debian, Fedora and Homebrew have it; `git --exec-path` says where this machine does.
fn backend() -> Option<PathBuf> {
    let output = Command::new("git").arg("--exec-path").output().ok()?;
    let folder = String::from_utf8(output.stdout).ok()?;
    let program = Path::new(folder.trim()).join("git-http-backend");
    program.is_file().then_some(program)
}

impl GitServer {
    /// Serves all repositories in a folder, bare ones and others, to be read only. Clients may ask for parts of them and for
    /// single commits, as the large hosts allow.
    #[track_caller]
    pub fn start(folder: &Path) -> Option<Self> {
        let [fcgiwrap, _] = programs(["fcgiwrap", "git"])?;
        let Some(backend) = backend() else {
            skipped("git has no http-backend here; `tests/registries/install` brings Debian's");
            return None;
        };
        let own = TempDir::with_prefix("stratiform-git-").expect("a temporary folder");
        let socket = own.path().join("cgi.sock");
        let listener = UnixListener::bind(&socket).expect("a socket can be made");
        // Each answers one request at a time.
        let cgi = (0..2).map(|_| {
            let listener = listener.try_clone().expect("there are descriptors left");
            let input = OwnedFd::from(listener).into();
            Process::start(&fcgiwrap, &[], &[], (input, Stdio::null()))
        });
        let cgi = cgi.collect();
        let nginx = Nginx::start(
            Access::default(),
            &locations(&socket, &backend, folder, own.path()),
        )?;
        Some(Self {
            nginx,
            _cgi: cgi,
            _folder: own,
        })
    }

    /// The address of the folder, without a slash at its end.
    pub fn url(&self) -> &str {
        &self.nginx.url
    }

    /// The requests that it has answered, in order: `POST /packs.git/git-upload-pack 200`.
    #[track_caller]
    pub fn requests(&self) -> Vec<String> {
        self.nginx.requests()
    }
}

fn locations(socket: &Path, backend: &Path, folder: &Path, home: &Path) -> String {
    let settings = [
        ("uploadpack.allowFilter", "true"),
        ("uploadpack.allowAnySHA1InWant", "true"),
        ("safe.directory", "*"),
    ];
    let mut parameters: Vec<(String, String)> = [
        ("SCRIPT_FILENAME", backend.display().to_string().as_str()),
        ("GIT_PROJECT_ROOT", &folder.display().to_string()),
        ("GIT_HTTP_EXPORT_ALL", "1"),
        ("GIT_PROTOCOL", "$http_git_protocol"),
        ("GIT_CONFIG_NOSYSTEM", "1"),
        ("GIT_CONFIG_COUNT", &settings.len().to_string()),
        ("HOME", &home.display().to_string()),
        ("PATH", "/usr/bin:/bin"),
        ("PATH_INFO", "$fastcgi_script_name"),
        ("QUERY_STRING", "$query_string"),
        ("REQUEST_METHOD", "$request_method"),
        ("CONTENT_TYPE", "$content_type"),
        ("CONTENT_LENGTH", "$content_length"),
        ("REMOTE_ADDR", "$remote_addr"),
    ]
    .map(|(name, value)| (name.to_owned(), value.to_owned()))
    .into();
    for (at, (name, value)) in settings.iter().enumerate() {
        parameters.push((format!("GIT_CONFIG_KEY_{at}"), (*name).to_owned()));
        parameters.push((format!("GIT_CONFIG_VALUE_{at}"), (*value).to_owned()));
    }
    let parameters: String = parameters
        .iter()
        .map(|(name, value)| format!("fastcgi_param {name} \"{value}\";\n"))
        .collect();
    format!(
        "location / {{\nfastcgi_pass unix:{};\n{parameters}}}",
        socket.display()
    )
}

/// Runs git in a folder, away from the settings of whoever runs the test. Commits are always by the same person at the same
/// time, so that their numbers are the same. Gives what it prints.
#[track_caller]
pub fn git(folder: &Path, arguments: &[&str]) -> String {
    fs::create_dir_all(folder).expect("folders can be made");
    let output = Command::new("git")
        .args(arguments)
        .current_dir(folder)
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .env("HOME", folder)
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .env("GIT_TERMINAL_PROMPT", "0")
        .envs(["AUTHOR", "COMMITTER"].into_iter().flat_map(|who| {
            [
                ("NAME", "tester"),
                ("EMAIL", "tester@example.com"),
                ("DATE", "2026-01-02T03:04:05Z"),
            ]
            .map(|(what, value)| (format!("GIT_{who}_{what}"), value))
        }))
        .stdin(Stdio::null())
        .output()
        .expect("git can be started");
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "git {arguments:?}: {told}");
    String::from_utf8(output.stdout).expect("git writes UTF-8")
}
