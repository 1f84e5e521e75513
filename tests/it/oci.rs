//! OCI registries and logins with the real docker-registry and the real helm.

use std::io::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;

use stratiform::model::{Access as Doors, RegistryName};
use stratiform::remote::cache::Cache;
use stratiform::remote::credentials::{Credential, Credentials};
use stratiform::remote::http::Endpoint;
use stratiform::remote::oci::Oci;
use stratiform::remote::{Freshness, Item, ItemKind, Network, Source as _};

use crate::support::helm::Helm;
use crate::support::registries::{Access, HelmRepository, OciRegistry, Tls};
use crate::support::{Output, Sandbox};

const LOGIN: (&str, &str) = ("tester", "correct horse");

/// A project with one registry, and what is pushed to it.
struct Trial {
    sandbox: Sandbox,
    registry: OciRegistry,
}

impl Trial {
    fn start(access: Access<'_>, doors: &str) -> Option<Self> {
        let registry = OciRegistry::start_with(access)?;
        let sandbox = Sandbox::empty();
        sandbox.write(
            "project/stratiform.yaml",
            &format!(
                "apiVersion: stratiform/v1\nkind: Project\nmetadata: {{name: trial}}\n---\n\
                 apiVersion: stratiform/v1\nkind: Registry\nmetadata: {{name: own}}\n\
                 spec: {{oci: {{url: 'oci://{}/charts'}}, access: {doors}}}\n",
                registry.host()
            ),
        );
        pack(&sandbox, "1.0.0", "web");
        Some(Self { sandbox, registry })
    }

    fn run(&self, arguments: &[&str]) -> Output {
        self.sandbox.run("project", arguments)
    }

    fn login(&self, password: &str) -> Output {
        let arguments = [
            "registry",
            "login",
            "own",
            "--username",
            LOGIN.0,
            "--password-stdin",
        ];
        typed(self.sandbox.command("project", &arguments), password)
    }

    /// The registry as a source, with a cache of its own.
    fn source(&self, cache: &str) -> (Oci, Cache) {
        let name = RegistryName::new("own").expect("it is a name");
        let access = Doors {
            plain_http: true,
            ..Doors::default()
        };
        let login = Credentials::only(Some(Credential::basic(LOGIN.0, LOGIN.1)));
        let url = format!("oci://{}/charts", self.registry.host());
        let network = Network::new(false);
        let endpoint = Endpoint::new(&network, &url, &access, Path::new("/"), &name, &login);
        let cache = Cache::open(&self.sandbox.path(cache)).expect("a cache can be made");
        let packs: Arc<str> = "spectro-packs/archive".into();
        let endpoint = endpoint.expect("the address is good");
        (Oci::new(endpoint, packs, cache.clone()), cache)
    }
}

fn typed(mut command: Command, text: &str) -> Output {
    // What is typed is read whole before anything is answered, and is short.
    let (reader, mut writer) = std::io::pipe().expect("a pipe can be made");
    writer
        .write_all(text.as_bytes())
        .expect("the pipe takes it");
    drop(writer);
    Output::of(command.stdin(Stdio::from(reader)))
}

fn pack(sandbox: &Sandbox, version: &str, namespace: &str) {
    sandbox.write(
        "web/pack.json",
        &format!(
            r#"{{"name": "web", "displayName": "Web", "version": "{version}", "layer": "addon",
                "addonType": "ingress", "cloudTypes": ["all"], "kubeManifests": ["manifests/web.yaml"]}}"#
        ),
    );
    sandbox.write(
        "web/values.yaml",
        &format!("pack:\n  namespace: {namespace}\n"),
    );
    sandbox.write("web/manifests/web.yaml", "# nothing yet\n");
}

/// A chart, packaged by helm.
fn chart(helm: &Helm, sandbox: &Sandbox) -> PathBuf {
    sandbox.write(
        "chart/Chart.yaml",
        "apiVersion: v2\nname: site\nversion: 1.2.3+build.4\ndescription: A site\n",
    );
    sandbox.write("chart/values.yaml", "replicas: 1\n");
    Output::of(&mut helm.command(sandbox, &["package", "chart", "-d", "made"])).expect(0);
    sandbox.path("made/site-1.2.3+build.4.tgz")
}

fn item(kind: ItemKind, name: &str) -> Item {
    Item {
        kind,
        name: name.into(),
    }
}

const PLAIN: Access<'_> = Access {
    login: Some(LOGIN),
    tls: None,
};

const PLAIN_DOORS: &str = "{plainHttp: true}";

#[test]
fn charts_that_helm_pushes_are_fetched_with_the_same_bytes() {
    let (Some(helm), Some(trial)) = (Helm::find(), Trial::start(PLAIN, PLAIN_DOORS)) else {
        return;
    };
    let archive = chart(&helm, &trial.sandbox);
    let place = format!("oci://{}/charts", trial.registry.host());
    let archive_text = archive.to_str().expect("temporary folders are UTF-8");
    let push = ["push", archive_text, &place, "--plain-http"];
    let login = ["--username", LOGIN.0, "--password", LOGIN.1];
    Output::of(helm.command(&trial.sandbox, &push).args(login)).expect(0);

    let (source, cache) = trial.source("cache");
    let site = item(ItemKind::Chart, "site");
    let offers = source.offers(&site, Freshness::Now).expect("it is there");
    let versions: Vec<&str> = offers.iter().map(|offer| &*offer.version).collect();
    assert_eq!(versions, ["1.2.3+build.4"]);
    let fetched = source
        .fetch(&site, "1.2.3+build.4", None)
        .expect("it is there");
    let bytes = cache
        .read(&fetched.archive, 1 << 20)
        .expect("it can be read");
    assert_eq!(bytes, std::fs::read(&archive).ok());
    // No pack has that name, and no chart that version.
    let other = source.offers(&item(ItemKind::Pack, "site"), Freshness::Now);
    assert_eq!(other, Ok(Vec::new()));
    assert!(source.fetch(&site, "2.0.0", None).is_err());
}

#[test]
fn charts_that_are_pushed_come_back_out_of_helm_with_the_same_bytes() {
    let (Some(helm), Some(trial)) = (Helm::find(), Trial::start(PLAIN, PLAIN_DOORS)) else {
        return;
    };
    let archive = chart(&helm, &trial.sandbox);
    trial.login(LOGIN.1).expect(0);
    trial
        .run(&["pack", "push", "made/site-1.2.3+build.4.tgz", "own"])
        .expect(0);
    // Helm finds the login where we have put it.
    let place = format!("oci://{}/charts/site", trial.registry.host());
    let pull = ["pull", &place, "--version", "1.2.3+build.4", "--plain-http"];
    Output::of(&mut helm.command(&trial.sandbox, &pull)).expect(0);
    let pulled = std::fs::read(trial.sandbox.path("site-1.2.3+build.4.tgz"));
    assert_eq!(pulled.ok(), std::fs::read(&archive).ok());
    let show = [
        "show",
        "chart",
        &place,
        "--plain-http",
        "--version",
        "1.2.3+build.4",
    ];
    Output::of(&mut helm.command(&trial.sandbox, &show))
        .expect(0)
        .says(&["description: A site"]);
}

#[test]
fn packs_are_pushed_once_and_replaced_only_by_force() {
    let Some(trial) = Trial::start(PLAIN, PLAIN_DOORS) else {
        return;
    };
    trial.login(LOGIN.1).expect(0);
    let push = ["pack", "push", "web", "own"];
    trial.run(&push).expect(0).says(&[
        "Pushed pack web 1.0.0",
        "/charts/spectro-packs/archive/web:1.0.0",
    ]);
    trial.run(&push).expect(0).says(&["Already there"]);
    let (source, cache) = trial.source("one");
    let web = item(ItemKind::Pack, "web");
    let first = source.fetch(&web, "1.0.0", None).expect("it is there");
    let bytes = cache.read(&first.archive, 1 << 20).expect("it can be read");
    trial.sandbox.write("web.tar.gz", "");
    let copy = trial.sandbox.path("web.tar.gz");
    std::fs::write(&copy, bytes.expect("it is kept")).expect("files can be written");
    trial
        .run(&["pack", "push", "web.tar.gz", "own"])
        .expect(0)
        .says(&["Already there"]);

    pack(&trial.sandbox, "1.0.0", "elsewhere");
    let refused = trial.run(&push).expect(1);
    assert!(refused.stderr.contains("--force"), "{refused}");
    trial.run(&[&push[..], &["--force"]].concat()).expect(0);
    let second = trial.source("two").0.fetch(&web, "1.0.0", None);
    assert_ne!(second.expect("it is there").archive, first.archive);
    // What a lock file has pinned is there still.
    let again = trial.source("three").0.fetch(&web, "1.0.0", Some(&first));
    assert_eq!(again, Ok(first));
}

#[test]
fn what_was_pulled_once_is_there_offline() {
    let Some(trial) = Trial::start(PLAIN, PLAIN_DOORS) else {
        return;
    };
    trial.login(LOGIN.1).expect(0);
    trial.run(&["pack", "push", "web", "own"]).expect(0);
    let pull = |out: &str, more: &[&str]| {
        let pull = ["pack", "pull", "own/web@1.0.0", "-o", out];
        trial.run(&[&pull[..], more].concat())
    };
    let refused = pull("none", &["--offline"]).expect(1);
    assert!(refused.stderr.contains("--offline"), "{refused}");
    pull("one", &[]).expect(0);
    pull("two", &["--offline"]).expect(0);
    let files = trial.sandbox.files("one");
    assert_eq!(files.len(), 3, "{files:?}");
    assert_eq!(trial.sandbox.files("two"), files);
}

#[test]
fn a_login_is_tried_kept_used_and_forgotten() {
    let Some(trial) = Trial::start(PLAIN, PLAIN_DOORS) else {
        return;
    };
    let push = ["pack", "push", "web", "own"];
    let config = trial.sandbox.path("home/.docker/config.json");
    let wrong = trial.login("wrong-pass-word").expect(1);
    assert!(wrong.stderr.contains("(401)"), "{wrong}");
    assert!(!wrong.stderr.contains("wrong-pass-word"), "{wrong}");
    assert!(!config.exists());
    let refused = trial.run(&push).expect(1);
    assert!(
        refused.stderr.contains("stratiform registry login own"),
        "{refused}"
    );

    trial
        .login(&format!("{}\n", LOGIN.1))
        .expect(0)
        .says(&[".docker/config.json"]);
    let mode = std::fs::metadata(&config).map(|file| file.permissions().mode() & 0o777);
    assert_eq!(mode.ok(), Some(0o600));
    trial.run(&push).expect(0);
    trial
        .run(&["registry", "logout", "own"])
        .expect(0)
        .says(&["Logged out"]);
    pack(&trial.sandbox, "1.0.1", "web");
    trial.run(&push).expect(1);
    trial
        .run(&["registry", "logout", "own"])
        .expect(0)
        .says(&["No credentials were kept"]);
    // Variables do without a login.
    let mut command = trial.sandbox.command("project", &push);
    command
        .env("STRATIFORM_REGISTRY_OWN_USERNAME", LOGIN.0)
        .env("STRATIFORM_REGISTRY_OWN_PASSWORD", LOGIN.1);
    Output::of(&mut command).expect(0);
}

#[test]
fn a_registry_that_wants_certificates_gets_them() {
    let access = Access {
        login: None,
        tls: Some(Tls::Mutual),
    };
    let doors = "{ca: ca.pem, certificate: me.pem, key: me.key}";
    let Some(trial) = Trial::start(access, doors) else {
        return;
    };
    let place = |name: &str| trial.sandbox.path("project").join(name);
    let client = trial.registry.client();
    for (from, to) in [
        (trial.registry.ca(), "ca.pem"),
        (client.certificate.clone(), "me.pem"),
        (client.key.clone(), "me.key"),
    ] {
        std::fs::copy(from, place(to)).expect("files can be copied");
    }
    let push = ["pack", "push", "web", "own"];
    trial.run(&push).expect(0).says(&["Pushed"]);
}

#[test]
fn an_expired_certificate_is_told_as_that() {
    let access = Access {
        login: None,
        tls: Some(Tls::Expired),
    };
    let Some(trial) = Trial::start(access, "{ca: ca.pem}") else {
        return;
    };
    let ca = trial.sandbox.path("project/ca.pem");
    std::fs::copy(trial.registry.ca(), ca).expect("files can be copied");
    let refused = trial.run(&["pack", "push", "web", "own"]).expect(1);
    assert!(refused.stderr.contains("it has expired"), "{refused}");
}

#[test]
fn a_login_to_a_helm_repository_is_helms_login_too() {
    let sandbox = Sandbox::empty();
    let served = sandbox.path("charts");
    std::fs::create_dir(&served).expect("a folder can be made");
    let (Some(helm), Some(repository)) = (Helm::find(), HelmRepository::start(&served, PLAIN))
    else {
        return;
    };
    let archive = chart(&helm, &sandbox);
    std::fs::copy(&archive, served.join("site-1.2.3.tgz")).expect("files can be copied");
    Output::of(&mut helm.command(&sandbox, &["repo", "index", "charts"])).expect(0);
    sandbox.write(
        "project/stratiform.yaml",
        &format!(
            "apiVersion: stratiform/v1\nkind: Project\nmetadata: {{name: trial}}\n---\n\
             apiVersion: stratiform/v1\nkind: Registry\nmetadata: {{name: own}}\n\
             spec: {{helm: {{url: '{}'}}, access: {PLAIN_DOORS}}}\n",
            repository.url()
        ),
    );
    let login = [
        "registry",
        "login",
        "own",
        "-u",
        LOGIN.0,
        "--password-stdin",
    ];
    let login = |password| typed(sandbox.command("project", &login), password);
    login("wrong").expect(1);
    login(LOGIN.1).expect(0).says(&["repositories.yaml"]);
    Output::of(&mut helm.command(&sandbox, &["repo", "update"])).expect(0);
    Output::of(&mut helm.command(&sandbox, &["pull", "own/site", "--devel"])).expect(0);
    sandbox
        .run("project", &["registry", "logout", "own"])
        .expect(0);
    let refused = Output::of(&mut helm.command(&sandbox, &["repo", "update"]));
    assert!(refused.code != Some(0), "{refused}");
}
