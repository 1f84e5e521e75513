//! One control plane.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use rcgen::KeyPair;

use super::super::Output;
use super::super::authority::{Authority, Identity};
use super::kubeconfig::{
    Context, User, certificate, exec, exec_credential, token, write_kubeconfig,
};
use super::programs::Programs;
use super::servers::{Port, Server, Servers};

/// How long servers may take until they answer, on a machine that has much else to do.
const PATIENCE: Duration = Duration::from_secs(120);

/// What the users with tokens show.
const ADMIN: &str = "token-of-the-admin";
const LIMITED: &str = "token-of-the-limited";
/// A token for the admin that looks as those of OIDC providers do: its second part says that it expires in the year 2100.
pub const ID_TOKEN: &str = "eyJhbGciOiJub25lIn0.eyJzdWIiOiJhbm5hIiwiZXhwIjo0MTAyNDQ0ODAwfQ.c2ln";

/// What each container has printed, as kubelets keep it.
const PODS_LOG: &str = "2026-01-01T00:00:00.000000000Z stdout F one
2026-01-01T00:00:01.000000000Z stderr F two
";

/// The kubeconfig of the admin in the folder of a plane.
const ADMIN_FILE: &str = "admin.kubeconfig";

/// A running control plane: an API server with all that makes its objects come true.
pub struct Plane {
    /// Its name, which the contexts of its kubeconfigs have too.
    pub name: String,
    /// `https://127.0.0.1:PORT`, also while nobody listens there.
    pub server: String,
    api_server: Mutex<Option<Server>>,
    others: Vec<Server>,
    ports: Ports,
    authority: Authority,
    identity: Identity,
    programs: Programs,
    given: AtomicUsize,
    // Goes last: the folder of all of them.
    servers: Servers,
}

struct Ports {
    api_server: Port,
    etcd: Port,
    // Of other members of etcd, of which there are none.
    peers: Port,
    // Of the kubelets of all nodes.
    nodes: Port,
}

impl Plane {
    /// Starts one for a test alone.
    #[track_caller]
    pub fn start(name: &str) -> Option<Self> {
        Programs::find().map(|programs| Self::start_with(programs, name))
    }

    #[track_caller]
    pub(super) fn start_with(programs: Programs, name: &str) -> Self {
        let servers = Servers::none();
        let ports = Ports {
            api_server: Port::reserve(),
            etcd: Port::reserve(),
            peers: Port::reserve(),
            nodes: Port::reserve(),
        };
        let folder = servers.folder();
        let authority = Authority::new(folder);
        write_files(folder);
        let identity = authority.server(false);
        let etcd = servers.start("etcd", &programs.etcd, &etcd_flags(&ports));
        let mut plane = Self {
            name: name.to_owned(),
            server: format!("https://127.0.0.1:{}", ports.api_server.number),
            api_server: Mutex::new(None),
            others: vec![etcd],
            ports,
            authority,
            identity,
            programs,
            given: AtomicUsize::new(0),
            servers,
        };
        let admin = plane.context(name, User::Admin);
        write_kubeconfig(&plane.folder().join(ADMIN_FILE), &[admin]);
        plane.start_api_server();
        plane.start_controllers();
        plane
    }

    /// Starts the API server, which must not run, and waits until it is ready. It has the same port and objects each time.
    #[track_caller]
    pub fn start_api_server(&self) {
        assert!(self.lock().is_none(), "the API server runs already");
        let program = &self.programs.api_server;
        let flags = api_server_flags(&self.ports);
        let mut server = self.servers.start("kube-apiserver", program, &flags);
        let end = Instant::now() + PATIENCE;
        // Each look takes kubectl a tenth of a second.
        while self.kubectl(&["get", "--raw", "/readyz"]).code != Some(0) {
            server.must_run();
            assert!(Instant::now() < end, "{}", server.last_words());
        }
        *self.lock() = Some(server);
    }

    /// Kills the API server, as a machine that fails does. Its port stays reserved, and refuses connections.
    #[track_caller]
    pub fn kill_api_server(&self) {
        let server = self.lock().take();
        drop(server.expect("the API server runs"));
    }

    fn lock(&self) -> MutexGuard<'_, Option<Server>> {
        self.api_server
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    fn start_controllers(&mut self) {
        let kubeconfig = format!("--kubeconfig={ADMIN_FILE}");
        let common = [
            kubeconfig.clone(),
            "--leader-elect=false".to_owned(),
            "--secure-port=0".to_owned(),
            "--kube-api-qps=1000".to_owned(),
            "--kube-api-burst=2000".to_owned(),
        ];
        let mut controllers = common.to_vec();
        controllers.extend(
            [
                "--service-account-private-key-file=service-accounts.key",
                "--root-ca-file=ca.pem",
                "--controllers=*",
            ]
            .map(str::to_owned),
        );
        let nodes = [
            kubeconfig,
            "--config=stages.yaml".to_owned(),
            "--manage-all-nodes=true".to_owned(),
            "--node-lease-duration-seconds=40".to_owned(),
            format!("--server-address=127.0.0.1:{}", self.ports.nodes.number),
            "--node-ip=127.0.0.1".to_owned(),
            format!("--node-port={}", self.ports.nodes.number),
            "--tls-cert-file=server.pem".to_owned(),
            "--tls-private-key-file=server.key.pem".to_owned(),
        ];
        for (name, program, flags) in [
            (
                "kube-controller-manager",
                &self.programs.controller_manager,
                controllers.as_slice(),
            ),
            ("kube-scheduler", &self.programs.scheduler, &common),
            ("kwok", &self.programs.kwok, &nodes),
        ] {
            self.others.push(self.servers.start(name, program, flags));
        }
        self.kubectl(&["create", "-f", "nodes.yaml"]).expect(0);
        let patience = format!("--timeout={}s", PATIENCE.as_secs());
        let ready = self.kubectl(&["wait", "--for=condition=Ready", "node", "--all", &patience]);
        if ready.code != Some(0) {
            let words: Vec<String> = self.others.iter().map(Server::last_words).collect();
            panic!("no node is ready: {ready}\n{}", words.join("\n\n"));
        }
    }

    /// The certificate of the API server, which is good for all of loopback, and its key.
    pub fn server_identity(&self) -> &Identity {
        &self.identity
    }

    /// The numbers of the processes that run.
    pub fn processes(&self) -> Vec<u32> {
        let api_server = self.lock().as_ref().map(Server::id);
        let others = self.others.iter().map(Server::id);
        others.chain(api_server).collect()
    }

    /// A folder that ends with the plane.
    pub fn folder(&self) -> &Path {
        self.servers.folder()
    }

    /// Writes a new kubeconfig with one context, which is named as the plane is.
    pub fn kubeconfig(&self, user: User<'_>) -> PathBuf {
        self.kubeconfig_of(&[self.context(&self.name, user)])
    }

    /// Writes a new kubeconfig with these contexts, of which the first is the current one.
    pub fn kubeconfig_of(&self, contexts: &[Context]) -> PathBuf {
        let path = self.new_path("kubeconfig");
        write_kubeconfig(&path, contexts);
        path
    }

    /// A context of a kubeconfig that leads here.
    pub fn context(&self, name: &str, user: User<'_>) -> Context {
        let user = match user {
            User::Admin => token(ADMIN),
            User::Limited => token(LIMITED),
            User::Certificate { name, group } => {
                let file = format!("user-{}", self.number());
                certificate(&self.authority.user(&file, name, group))
            }
            User::Exec => exec(&self.folder().join("token.json")),
            User::Token(shown) => token(shown),
        };
        Context {
            name: name.to_owned(),
            server: self.server.clone(),
            ca: self.authority.certificate(),
            user,
        }
    }

    /// The name of a namespace that no other test has. It is not made.
    pub fn namespace(&self) -> String {
        format!("test-{}", self.number())
    }

    fn new_path(&self, what: &str) -> PathBuf {
        self.folder().join(format!("{what}-{}", self.number()))
    }

    /// One that was not given before.
    fn number(&self) -> usize {
        self.given.fetch_add(1, Ordering::Relaxed)
    }

    /// Runs kubectl as the admin, in the folder of the plane.
    pub fn kubectl(&self, arguments: &[&str]) -> Output {
        Output::of(&mut self.kubectl_command(arguments))
    }

    /// The same, not yet run: `KUBECONFIG` may be set anew.
    pub fn kubectl_command(&self, arguments: &[&str]) -> Command {
        self.command(&self.programs.kubectl, arguments)
    }

    /// Applies documents with kubectl, as a text.
    #[track_caller]
    pub fn apply(&self, documents: &str) {
        let path = self.new_path("documents");
        fs::write(&path, documents).expect("files can be written");
        let path = path.to_str().expect("temporary folders are UTF-8");
        self.kubectl(&["apply", "--server-side", "-f", path])
            .expect(0);
    }

    /// Runs helm as the admin, in the folder of the plane.
    pub fn helm(&self, arguments: &[&str]) -> Output {
        Output::of(&mut self.helm_command(arguments))
    }

    /// The same, not yet run: `KUBECONFIG` may be set anew.
    pub fn helm_command(&self, arguments: &[&str]) -> Command {
        self.command(&self.programs.helm, arguments)
    }

    fn command(&self, program: &Path, arguments: &[&str]) -> Command {
        let mut command = Command::new(program);
        command
            .args(arguments)
            .current_dir(self.folder())
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("HOME", self.folder())
            .env("KUBECONFIG", self.folder().join(ADMIN_FILE))
            .stdin(Stdio::null());
        command
    }
}

fn write_files(folder: &Path) {
    let write = |name: &str, text: &str| {
        fs::write(folder.join(name), text).expect("files can be written");
    };
    let key = KeyPair::generate().expect("keys can be made");
    write("service-accounts.key", &key.serialize_pem());
    write("service-accounts.pub", &key.public_key_pem());
    write(
        "tokens.csv",
        &format!(
            "{ADMIN},admin,admin,system:masters\n{ID_TOKEN},anna,anna,system:masters\n{LIMITED},limited,limited\n"
        ),
    );
    write("stages.yaml", include_str!("stages.yaml"));
    write("pods.log", PODS_LOG);
    write("nodes.yaml", include_str!("nodes.yaml"));
    write("token.json", &exec_credential(ADMIN).to_string());
}

/// Flags of every etcd that is gone with the test: it need not wait for disks.
fn etcd_flags(ports: &Ports) -> Vec<String> {
    let [clients, peers] =
        [&ports.etcd, &ports.peers].map(|port| format!("http://127.0.0.1:{}", port.number));
    vec![
        "--name=test".to_owned(),
        "--data-dir=etcd".to_owned(),
        "--unsafe-no-fsync".to_owned(),
        "--socket-reuse-port".to_owned(),
        format!("--listen-client-urls={clients}"),
        format!("--advertise-client-urls={clients}"),
        format!("--listen-peer-urls={peers}"),
        format!("--initial-advertise-peer-urls={peers}"),
        format!("--initial-cluster=test={peers}"),
        "--log-level=warn".to_owned(),
    ]
}

fn api_server_flags(ports: &Ports) -> Vec<String> {
    let mut flags = vec![
        format!("--etcd-servers=http://127.0.0.1:{}", ports.etcd.number),
        format!("--secure-port={}", ports.api_server.number),
    ];
    flags.extend(
        [
            "--permit-port-sharing=true",
            "--bind-address=127.0.0.1",
            "--advertise-address=127.0.0.1",
            // Endpoints of the service `kubernetes` must not be on loopback.
            "--endpoint-reconciler-type=none",
            "--tls-cert-file=server.pem",
            "--tls-private-key-file=server.key.pem",
            "--cert-dir=.",
            "--client-ca-file=ca.pem",
            "--token-auth-file=tokens.csv",
            "--authorization-mode=RBAC",
            "--service-account-key-file=service-accounts.pub",
            "--service-account-signing-key-file=service-accounts.key",
            "--service-account-issuer=https://kubernetes.default.svc",
            "--service-cluster-ip-range=10.0.0.0/16",
            "--disable-admission-plugins=ServiceAccount",
            "--allow-privileged=true",
        ]
        .map(str::to_owned),
    );
    flags
}
