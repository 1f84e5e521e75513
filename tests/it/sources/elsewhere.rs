//! A Helm repository whose index leads to an OCI registry, as those of Bitnami do.

use std::path::{Path, PathBuf};

use stratiform::model::{Access as Doors, Sha256};
use stratiform::remote::credentials::{Credential, Credentials, Environment};
use stratiform::remote::helm::Helm;
use stratiform::remote::http::Endpoint;
use stratiform::remote::oci::{Artifact, push};
use stratiform::remote::{Fetched, ItemKind, RemoteError, Source as _};

use super::{Started, item, plain, root};
use crate::support::Sandbox;
use crate::support::registries::{Access, HelmRepository, OciRegistry, Tls};

const LOGIN: (&str, &str) = ("tester", "secret word");
const ARCHIVE: &[u8] = b"what a chart is made of";

/// A registry that holds a chart, and a repository whose index says so.
struct Trial {
    sandbox: Sandbox,
    repository: HelmRepository,
    host: String,
    ca: Option<PathBuf>,
}

impl Trial {
    fn start(tls: Option<Tls>) -> Option<(Self, OciRegistry)> {
        let registry = OciRegistry::start_with(Access {
            login: Some(LOGIN),
            tls,
        })?;
        let sandbox = Sandbox::empty();
        sandbox.write("served/index.yaml", "");
        let repository = HelmRepository::start(&sandbox.path("served"), Access::default())?;
        let trial = Self {
            sandbox,
            repository,
            host: registry.host().to_owned(),
            ca: tls.map(|_| registry.ca()),
        };
        trial.push();
        Some((trial, registry))
    }

    fn doors(&self) -> Doors {
        Doors {
            ca: self.ca.clone(),
            ..plain()
        }
    }

    /// The repository's address: without encryption on the machine of the registry when that has none either, else on
    /// one that is called otherwise.
    fn url(&self) -> String {
        let url = self.repository.url();
        match self.ca {
            None => url.to_owned(),
            Some(_) => url.replace("localhost", "127.0.0.1"),
        }
    }

    fn push(&self) {
        let started = Started::new(&self.sandbox, "unused");
        let doors = Doors {
            plain_http: self.ca.is_none(),
            ..self.doors()
        };
        let login = Credentials::only(Some(Credential::basic(LOGIN.0, LOGIN.1)));
        let url = format!("oci://{}/charts", self.host);
        let name = &started.registry;
        let endpoint = Endpoint::new(&started.network, &url, &doors, root(), name, &login);
        let artifact = Artifact {
            item: item(ItemKind::Chart, "web"),
            version: "1.0.0+build.5".to_owned(),
            archive: ARCHIVE.into(),
            metadata: Some(r#"{"name": "web", "version": "1.0.0+build.5"}"#.into()),
            description: None,
        };
        push(&endpoint.expect("it is an address"), "", &artifact, false).expect("it can be pushed");
    }

    fn index(&self, digest: &str) {
        let text = format!(
            "apiVersion: v1\nentries:\n  web:\n  - name: web\n    version: 1.0.0+build.5\n{digest}    \
             urls: ['oci://{}/charts/web:1.0.0_build.5']\n",
            self.host
        );
        self.sandbox.write("served/index.yaml", &text);
    }

    /// What a program with an empty cache of this name fetches. Docker keeps the login when `docker` says so.
    fn fetch(
        &self,
        cache: &str,
        docker: bool,
        pinned: Option<&Fetched>,
    ) -> Result<Fetched, RemoteError> {
        let started = Started::new(&self.sandbox, cache);
        let (name, password) = LOGIN;
        let config = format!(
            r#"{{"auths": {{"{}": {{"username": "{name}", "password": "{password}"}}}}}}"#,
            self.host
        );
        let folder = self.sandbox.path(if docker { "docker" } else { "nobody" });
        self.sandbox.write("docker/config.json", &config);
        // The registry's own password is the right one, and does not go there nevertheless.
        let variables = [
            ("DOCKER_CONFIG", folder.as_os_str()),
            (
                "STRATIFORM_REGISTRY_TRIAL_USERNAME",
                Path::new(name).as_os_str(),
            ),
            (
                "STRATIFORM_REGISTRY_TRIAL_PASSWORD",
                Path::new(password).as_os_str(),
            ),
        ];
        let environment: Environment = variables.into_iter().collect();
        let endpoint = Endpoint::new(
            &started.network,
            &self.url(),
            &self.doors(),
            root(),
            &started.registry,
            &Credentials::new(environment),
        );
        let helm = Helm::new(endpoint.expect("it is an address"), started.cache.clone());
        let web = item(ItemKind::Chart, "web");
        let fetched = helm.fetch(&web, "1.0.0+build.5", pinned)?;
        let bytes = started.cache.read(&fetched.archive, 1 << 20);
        assert_eq!(bytes.expect("it can be read").as_deref(), Some(ARCHIVE));
        Ok(fetched)
    }
}

#[test]
fn a_chart_comes_from_where_the_index_leads() {
    let Some((trial, registry)) = Trial::start(None) else {
        return;
    };
    let digest = Sha256::of(ARCHIVE);
    for (cache, announced) in [
        ("without", String::new()),
        ("with", format!("    digest: {}\n", digest.hex())),
    ] {
        trial.index(&announced);
        let fetched = trial.fetch(cache, true, None).expect("it is there");
        assert_eq!(fetched.archive, digest);
        assert!(trial.fetch("pinned", true, Some(&fetched)).is_ok());
    }
    // The repository's own password stays at home.
    let error = trial.fetch("nobodys", false, None);
    let error = error.expect_err("it wants a password").to_string();
    assert!(
        error.contains("(401): registry `trial` leads there")
            && error.contains(&format!("docker login {}", trial.host))
            && !error.contains(LOGIN.1),
        "{error}"
    );
    // Neither another digest in the index nor one in the lock file is passed over.
    let other = Sha256::of(b"something else");
    trial.index(&format!("    digest: {}\n", other.hex()));
    let error = trial
        .fetch("wrong", true, None)
        .expect_err("it is not that");
    let text = error.to_string();
    assert!(
        matches!(error, RemoteError::Changed { by: "the index", expected, found, .. }
            if expected == other && found == digest),
        "{text}"
    );
    trial.index("");
    let pinned = Fetched {
        archive: other,
        commit: None,
    };
    let error = trial.fetch("wrong", true, Some(&pinned));
    let error = error.expect_err("it is not that").to_string();
    assert!(error.contains("the lock file says"), "{error}");
    // Once it is there, the registry may go.
    drop(registry);
    assert!(
        trial
            .fetch(
                "with",
                true,
                Some(&Fetched {
                    archive: digest,
                    commit: None
                })
            )
            .is_ok()
    );
}

#[test]
fn another_machine_is_asked_with_encryption_and_the_same_authority() {
    let Some((trial, _registry)) = Trial::start(Some(Tls::Good)) else {
        return;
    };
    trial.index("");
    let fetched = trial.fetch("cache", true, None).expect("it is there");
    assert_eq!(fetched.archive, Sha256::of(ARCHIVE));
}
