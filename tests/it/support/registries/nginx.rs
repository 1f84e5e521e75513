//! nginx, as a Helm repository and in front of git.

use std::io::{Read as _, Write as _};
use std::net::{Shutdown, TcpListener};
use std::os::fd::OwnedFd;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use super::super::authority::{Authority, Identity};
use super::process::{PATIENCE, Process};
use super::{Access, Tls, programs, write_login};

/// A running nginx.
pub struct Nginx {
    // Ends before its folder goes.
    _process: Process,
    folder: TempDir,
    pub(super) url: String,
    client: Option<Identity>,
}

impl Nginx {
    /// Starts one. `locations` is what stands in its `server` block.
    #[track_caller]
    pub fn start(access: Access<'_>, locations: &str) -> Option<Self> {
        let [program] = programs(["nginx"])?;
        let folder = TempDir::with_prefix("stratiform-nginx-").expect("a temporary folder");
        // nginx takes no port 0, but sockets that are open already: those of an nginx that it replaces. It has them as its
        // standard input and output.
        let public = TcpListener::bind("127.0.0.1:0").expect("loopback has a free port");
        let port = public.local_addr().expect("it is bound").port();
        let control = UnixListener::bind(control(folder.path())).expect("a socket can be made");
        let (config, client) = config(folder.path(), port, access, locations);
        let file = folder.path().join("nginx.conf");
        std::fs::write(&file, config).expect("files can be written");
        let [file, prefix] =
            [&file, folder.path()].map(|path| path.to_str().expect("temporary folders are UTF-8"));
        let process = Process::start(
            &program,
            &["-p", prefix, "-c", file, "-e", "stderr"],
            &[("NGINX", "0;1;")],
            (OwnedFd::from(public).into(), OwnedFd::from(control).into()),
        );
        if let Err(error) = ask(folder.path()) {
            panic!("nginx did not start: {error}\n{}", process.last_words());
        }
        let scheme = access.tls.map_or("http", |_| "https");
        Some(Self {
            _process: process,
            folder,
            url: format!("{scheme}://localhost:{port}"),
            client,
        })
    }

    /// The requests that it has answered, in order: `GET /index.yaml 200`.
    #[track_caller]
    pub fn requests(&self) -> Vec<String> {
        // There is one worker with one thread, so that what came before this is in the log when this is answered.
        ask(self.folder.path()).expect("nginx answers");
        let log = std::fs::read_to_string(self.folder.path().join("access.log"));
        let log = log.expect("nginx writes a log");
        log.lines().map(str::to_owned).collect()
    }
}

/// A running Helm repository.
pub struct HelmRepository {
    nginx: Nginx,
}

impl HelmRepository {
    /// Serves the files of a folder. What changes in it changes in the repository.
    #[track_caller]
    pub fn start(folder: &Path, access: Access<'_>) -> Option<Self> {
        let root = format!("root {};", folder.display());
        let nginx = Nginx::start(access, &root)?;
        Some(Self { nginx })
    }

    /// The address of the folder, without a slash at its end.
    pub fn url(&self) -> &str {
        &self.nginx.url
    }

    /// The certificate of the authority that signed the server's: a PEM file.
    pub fn ca(&self) -> PathBuf {
        self.nginx.folder.path().join("ca.pem")
    }

    /// What a client shows to a server with [`Tls::Mutual`].
    #[track_caller]
    pub fn client(&self) -> &Identity {
        self.nginx.client.as_ref().expect("the server speaks TLS")
    }

    /// The requests that it has answered, in order: `GET /index.yaml 200`.
    #[track_caller]
    pub fn requests(&self) -> Vec<String> {
        self.nginx.requests()
    }
}

fn control(folder: &Path) -> PathBuf {
    folder.join("control.sock")
}

/// Asks through a socket that only the test knows, and whose requests are not in the log.
fn ask(folder: &Path) -> std::io::Result<()> {
    let mut stream = UnixStream::connect(control(folder))?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.write_all(b"GET / HTTP/1.0\r\n\r\n")?;
    stream.shutdown(Shutdown::Write)?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    if answer.contains(" 204 ") {
        Ok(())
    } else {
        Err(std::io::Error::other(format!("it answered {answer:?}")))
    }
}

/// The settings: one worker, which has the rights of the test, and nothing outside of its folder.
fn config(
    folder: &Path,
    port: u16,
    access: Access<'_>,
    locations: &str,
) -> (String, Option<Identity>) {
    let shown = folder.display();
    let mut server = String::new();
    if let Some(login) = access.login {
        write_login(&folder.join("passwords"), login);
        server += &format!("auth_basic test;\nauth_basic_user_file {shown}/passwords;\n");
    }
    let client = access.tls.map(|tls| {
        let authority = Authority::new(folder);
        let identity = authority.server(tls == Tls::Expired);
        server += &format!(
            "ssl_certificate {};\nssl_certificate_key {};\n",
            identity.certificate.display(),
            identity.key.display()
        );
        if tls.wants_clients() {
            let ca = authority.certificate();
            server += &format!(
                "ssl_verify_client on;\nssl_client_certificate {};\n",
                ca.display()
            );
        }
        authority.client()
    });
    // A worker of root would be nobody, who may read nothing here.
    let root = rustix::process::geteuid().is_root();
    let user = if root { "user root root;\n" } else { "" };
    let ssl = access.tls.map_or("", |_| " ssl");
    let temporary: String = ["client_body", "fastcgi", "proxy", "scgi", "uwsgi"]
        .map(|what| format!("{what}_temp_path {shown}/{what};\n"))
        .concat();
    let text = format!(
        "{user}daemon off;\nworker_processes 1;\nerror_log stderr;\npid {shown}/nginx.pid;\n\
         events {{}}\nhttp {{\n{temporary}\
         log_format short '$request_method $request_uri $status';\n\
         server {{\nlisten 127.0.0.1:{port}{ssl};\naccess_log {shown}/access.log short;\n\
         client_max_body_size 0;\n{server}{locations}\n}}\n\
         server {{\nlisten unix:{shown}/control.sock;\naccess_log off;\nreturn 204;\n}}\n}}\n"
    );
    (text, client)
}
