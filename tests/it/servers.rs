//! The real registries that other tests use, with their real clients.

use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use crate::support::helm::Helm;
use crate::support::registries::{
    Access, GitServer, HelmRepository, Identity, OciRegistry, Tls, git,
};
use crate::support::{Output, Sandbox};

const LOGIN: (&str, &str) = ("tester", "correct horse");

/// A small chart as an archive, made by helm.
#[track_caller]
fn chart(helm: &Helm, sandbox: &Sandbox) -> PathBuf {
    sandbox.write(
        "web/Chart.yaml",
        "apiVersion: v2\nname: web\nversion: 1.2.3+build.4\n",
    );
    sandbox.write("web/values.yaml", "replicas: 1\n");
    Output::of(&mut helm.command(sandbox, &["package", "web", "-d", "charts"])).expect(0);
    sandbox.path("charts/web-1.2.3+build.4.tgz")
}

fn text(path: &Path) -> &str {
    path.to_str().expect("temporary folders are UTF-8")
}

/// The flags of helm that name the certificates.
fn certificates(ca: &Path, client: Option<&Identity>) -> Vec<String> {
    let mut flags = vec!["--ca-file".to_owned(), text(ca).to_owned()];
    if let Some(client) = client {
        flags.extend([
            "--cert-file".to_owned(),
            text(&client.certificate).to_owned(),
        ]);
        flags.extend(["--key-file".to_owned(), text(&client.key).to_owned()]);
    }
    flags
}

#[test]
fn helm_pushes_to_the_oci_registry_and_pulls_from_it() {
    let (Some(helm), Some(registry)) = (Helm::find(), OciRegistry::start(Some(LOGIN))) else {
        return;
    };
    let sandbox = Sandbox::empty();
    let archive = chart(&helm, &sandbox);
    let place = format!("oci://{}/charts", registry.host());
    let push = ["push", text(&archive), &place, "--plain-http"];
    let refused = Output::of(&mut helm.command(&sandbox, &push));
    assert!(refused.code != Some(0), "a password is wanted");

    let login = ["--username", LOGIN.0, "--password", LOGIN.1];
    Output::of(helm.command(&sandbox, &push).args(login)).expect(0);
    assert!(registry.storage().join("docker").is_dir());
    let chart = format!("{place}/web");
    let pull = ["pull", &chart, "--version", "1.2.3+build.4", "-d", "."];
    Output::of(
        helm.command(&sandbox, &pull)
            .args(login)
            .arg("--plain-http"),
    )
    .expect(0);
    let pulled = std::fs::read(sandbox.path("web-1.2.3+build.4.tgz")).expect("helm wrote it");
    assert_eq!(pulled, std::fs::read(archive).expect("it is there"));
}

#[test]
fn the_oci_registry_speaks_tls_and_can_want_a_certificate() {
    let access = Access {
        login: None,
        tls: Some(Tls::Mutual),
    };
    let (Some(helm), Some(registry)) = (Helm::find(), OciRegistry::start_with(access)) else {
        return;
    };
    let sandbox = Sandbox::empty();
    let archive = chart(&helm, &sandbox);
    let place = format!("oci://{}/charts", registry.host());
    let push = ["push", text(&archive), &place];
    for (flags, works) in [
        (certificates(&registry.ca(), None), false),
        (certificates(&registry.ca(), Some(registry.client())), true),
    ] {
        let output = Output::of(helm.command(&sandbox, &push).args(&flags));
        assert_eq!(output.code == Some(0), works, "{flags:?}: {output}");
    }
}

#[test]
fn helm_takes_charts_from_the_repository_with_a_password_and_its_authority() {
    let sandbox = Sandbox::empty();
    let access = Access {
        login: Some(LOGIN),
        tls: Some(Tls::Good),
    };
    let served = sandbox.path("charts");
    let (Some(helm), Some(repository)) = (Helm::find(), HelmRepository::start(&served, access))
    else {
        return;
    };
    chart(&helm, &sandbox);
    Output::of(&mut helm.command(&sandbox, &["repo", "index", "charts"])).expect(0);

    let add = ["repo", "add", "own", repository.url()];
    let ca = certificates(&repository.ca(), None);
    let login = ["--username", LOGIN.0, "--password", LOGIN.1];
    let add = |flags: &[&str]| Output::of(helm.command(&sandbox, &add).args(flags));
    assert!(add(&login).code != Some(0), "nobody knows the authority");
    assert!(
        add(&[&ca[0], &ca[1]]).code != Some(0),
        "a password is wanted"
    );
    add(&[&ca[0], &ca[1], login[0], login[1], login[2], login[3]]).expect(0);
    Output::of(&mut helm.command(&sandbox, &["pull", "own/web", "--devel"])).expect(0);
    assert!(sandbox.path("web-1.2.3+build.4.tgz").is_file());
    let requests = repository.requests();
    assert!(
        requests.contains(&"GET /index.yaml 401".to_owned()),
        "{requests:?}"
    );
    assert_eq!(
        requests.last().map(String::as_str),
        Some("GET /web-1.2.3+build.4.tgz 200")
    );
}

#[test]
fn the_repository_has_certificates_that_are_good_expired_or_wanted_from_clients() {
    let sandbox = Sandbox::empty();
    sandbox.write("charts/index.yaml", "apiVersion: v1\nentries: {}\n");
    let Some(helm) = Helm::find() else { return };
    let served = sandbox.path("charts");
    let with = |tls| Access {
        login: None,
        tls: Some(tls),
    };
    for (tls, shows, complaint) in [
        (Tls::Good, false, None),
        (Tls::Expired, false, Some("expired")),
        (Tls::Mutual, false, Some("400 Bad Request")),
        (Tls::Mutual, true, None),
    ] {
        let Some(repository) = HelmRepository::start(&served, with(tls)) else {
            return;
        };
        let client = shows.then(|| repository.client());
        let flags = certificates(&repository.ca(), client);
        let add = ["repo", "add", "own", repository.url(), "--force-update"];
        let output = Output::of(helm.command(&sandbox, &add).args(flags));
        let told = output.to_string();
        assert_eq!(
            output.code == Some(0),
            complaint.is_none(),
            "{tls:?}: {told}"
        );
        assert!(
            told.contains(complaint.unwrap_or_default()),
            "{tls:?}: {told}"
        );
    }
}

#[test]
fn git_clones_a_part_from_the_server() {
    let sandbox = Sandbox::empty();
    let folder = sandbox.path("repositories/packs");
    let Some(server) = GitServer::start(&sandbox.path("repositories")) else {
        return;
    };
    git(&folder, &["init", "--quiet", "--initial-branch=main"]);
    for version in ["1.0.0", "1.1.0"] {
        sandbox.write("repositories/packs/web/pack.json", version);
        git(&folder, &["add", "."]);
        git(&folder, &["commit", "--quiet", "-m", version]);
    }
    let first = git(&folder, &["rev-parse", "HEAD~1"]);
    let url = format!("{}/packs", server.url());
    let clone = sandbox.path("clone");
    git(
        sandbox.root(),
        &[
            "clone",
            "--bare",
            "--depth=1",
            "--filter=blob:none",
            &url,
            text(&clone),
        ],
    );
    let missing = git(
        &clone,
        &["rev-list", "--objects", "--missing=print", "HEAD"],
    );
    assert!(missing.contains('?'), "the blob is not there: {missing}");
    assert_eq!(git(&clone, &["show", "HEAD:web/pack.json"]), "1.1.0");
    // A commit that no branch names is given too.
    git(&clone, &["fetch", "--depth=1", "origin", first.trim()]);
    assert_eq!(git(&clone, &["show", "FETCH_HEAD:web/pack.json"]), "1.0.0");
    let requests = server.requests();
    assert!(
        requests.contains(&"POST /packs/git-upload-pack 200".to_owned()),
        "{requests:?}"
    );
}

/// A server of ours that a test leaves behind when it panics.
#[test]
fn servers_end_when_a_test_panics() {
    let sandbox = Sandbox::empty();
    let Some(repository) = HelmRepository::start(sandbox.root(), Access::default()) else {
        return;
    };
    let address = repository.url().replace("http://", "");
    let panicked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        let _repository = repository;
        std::panic::resume_unwind(Box::new("a test fails"));
    }));
    assert!(panicked.is_err());
    // The workers of nginx die with it, but not before somebody can look.
    let deadline = Instant::now() + Duration::from_secs(20);
    let refused = loop {
        match std::net::TcpStream::connect(&address) {
            Err(refused) => break refused,
            Ok(_) => assert!(Instant::now() < deadline, "somebody listens still"),
        }
        std::thread::yield_now();
    };
    assert_eq!(refused.kind(), std::io::ErrorKind::ConnectionRefused);
}

/// A machine that has everything already is left as it is, also by those who are not root.
#[test]
fn nothing_is_installed_where_everything_is_there() {
    let sandbox = Sandbox::empty();
    for program in ["docker-registry", "nginx", "fcgiwrap", "git"] {
        let path = format!("bin/{program}");
        sandbox.write(&path, "#!/bin/sh\nexit 1\n");
        let mode = std::fs::Permissions::from_mode(0o755);
        std::fs::set_permissions(sandbox.path(&path), mode).expect("modes can be set");
    }
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/registries/install");
    let path = format!("{}:/usr/bin:/bin", sandbox.path("bin").display());
    let output = Output::of(Command::new(script).env_clear().env("PATH", path));
    output.expect(0);
}
