//! The processes and ports of one control plane.

use std::fs::File;
use std::net::{Ipv4Addr, SocketAddrV4};
use std::os::fd::OwnedFd;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use rustix::net::{AddressFamily, SocketType, bind, getsockname, socket, sockopt};
use rustix::process::{Pid, Signal, kill_process_group};
use tempfile::TempDir;

/// A port of loopback that stays ours while its value lives, whether a server listens on it or not. Servers must be told to
/// share ports (`SO_REUSEPORT`), or else share addresses (`SO_REUSEADDR`), as those do that are written in Go; nobody is
/// connected to a socket that is only bound.
pub struct Port {
    _socket: OwnedFd,
    /// Its number.
    pub number: u16,
}

impl Port {
    /// A free one.
    pub fn reserve() -> Self {
        let reserved = || {
            let socket = socket(AddressFamily::INET, SocketType::STREAM, None)?;
            sockopt::set_socket_reuseport(&socket, true)?;
            sockopt::set_socket_reuseaddr(&socket, true)?;
            bind(&socket, &SocketAddrV4::new(Ipv4Addr::LOCALHOST, 0))?;
            let bound = SocketAddrV4::try_from(getsockname(&socket)?)?;
            Ok::<_, rustix::io::Errno>(Self {
                _socket: socket,
                number: bound.port(),
            })
        };
        reserved().expect("loopback has a free port")
    }
}

/// Ends what stands in the process group of the shell that runs it, and removes the folder of the servers. The shell waits
/// for the end of its standard input, which nobody else holds: so it comes when this process ends, however it does.
const GUARD: &str = r#"
cat >/dev/null
exec setsid --fork sh -c '
    kill -KILL "-$1" 2>/dev/null
    rm -rf -- "$2" 2>/dev/null || { sleep 1; rm -rf -- "$2"; }
' sh "$$" "$1"
"#;

/// The folder of some servers, and the process group that they run in.
pub struct Servers {
    guard: Child,
    folder: TempDir,
}

impl Servers {
    /// None yet.
    pub fn none() -> Self {
        let folder = TempDir::with_prefix("stratiform-plane-").expect("a temporary folder");
        let guard = Command::new("sh")
            .args(["-c", GUARD, "guard"])
            .arg(folder.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .process_group(0)
            .spawn()
            .expect("there is a shell");
        Self { guard, folder }
    }

    /// Their folder.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Starts one. What it writes goes to a file of its name in the folder.
    #[track_caller]
    pub fn start(&self, name: &'static str, program: &Path, arguments: &[String]) -> Server {
        let log = self.folder.path().join(format!("{name}.log"));
        let file = File::options().create(true).append(true).open(&log);
        let file = file.expect("files can be written");
        let group = i32::try_from(self.guard.id()).expect("numbers of processes are small");
        let child = Command::new(program)
            .args(arguments)
            .current_dir(self.folder.path())
            .env_clear()
            .env("PATH", "/usr/bin:/bin")
            .env("HOME", self.folder.path())
            .stdin(Stdio::null())
            .stdout(file.try_clone().expect("there are descriptors left"))
            .stderr(file)
            .process_group(group)
            .spawn()
            .unwrap_or_else(|error| panic!("{}: {error}", program.display()));
        Server { child, name, log }
    }
}

impl Drop for Servers {
    fn drop(&mut self) {
        let group = Pid::from_child(&self.guard);
        // Nobody else can have ended the guard, so that the group is there.
        let _ = kill_process_group(group, Signal::KILL);
        let _ = self.guard.wait();
    }
}

/// A running server, which ends with its value.
#[derive(Debug)]
pub struct Server {
    child: Child,
    name: &'static str,
    log: PathBuf,
}

impl Server {
    /// The number of its process.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Panics with the end of its log when it has ended.
    #[track_caller]
    pub fn must_run(&mut self) {
        let ended = self.child.try_wait().expect("it is a child of ours");
        if let Some(status) = ended {
            panic!("{} ended with {status}:\n{}", self.name, self.last_words());
        }
    }

    /// The last lines of its log.
    pub fn last_words(&self) -> String {
        let text = std::fs::read(&self.log).unwrap_or_default();
        let text = String::from_utf8_lossy(&text);
        let lines: Vec<&str> = text.lines().collect();
        lines[lines.len().saturating_sub(30)..].join("\n")
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
