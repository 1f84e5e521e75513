//! Credentials out of and into the files of Docker and Helm.

#![expect(clippy::unwrap_used, reason = "tests")]

use std::ffi::OsString;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use tempfile::TempDir;
use url::Url;

use crate::model::RegistryName;

use super::{Credential, Credentials, CredentialsError, Environment, Known, Place, Secret};

/// A home folder.
struct Home(TempDir);

impl Home {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn path(&self, path: &str) -> PathBuf {
        self.0.path().join(path)
    }

    fn put(&self, path: &str, text: &str) {
        let path = self.path(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    fn text(&self, path: &str) -> String {
        fs::read_to_string(self.path(path)).unwrap()
    }

    fn credentials(&self, variables: &[(&str, &str)]) -> Credentials {
        let helpers = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/remote/credentials/testing");
        let programs = format!("{}:/usr/bin:/bin", helpers.display());
        let home = [
            ("HOME".into(), self.0.path().into()),
            ("PATH".into(), programs.into()),
        ];
        let more = variables.iter();
        let more = more.map(|(name, text)| (OsString::from(name), OsString::from(text)));
        Credentials::new(home.into_iter().chain(more).collect::<Environment>())
    }

    fn find(&self, place: &Place) -> Option<Credential> {
        let found = self.credentials(&[]).find(&name("trial"), place).unwrap();
        found.map(|known| known.credential)
    }
}

fn name(text: &str) -> RegistryName {
    RegistryName::new(text).unwrap()
}

fn oci(text: &str) -> Place {
    Place::oci(&Url::parse(&format!("https://{text}")).unwrap())
}

fn helm(text: &str) -> Place {
    Place::helm(&Url::parse(text).unwrap())
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

#[test]
fn variables_of_a_registry_come_first() {
    let home = Home::new();
    home.put(
        ".docker/config.json",
        r#"{"auths":{"a.example":{"auth":"bTpw"}}}"#,
    );
    let find = |variables: &[(&str, &str)]| {
        let credentials = home.credentials(variables);
        let found = credentials.find(&name("my-own.registry"), &oci("a.example"));
        found.map(|known| known.unwrap().credential)
    };
    let (user, password) = (
        "STRATIFORM_REGISTRY_MY_OWN_REGISTRY_USERNAME",
        "STRATIFORM_REGISTRY_MY_OWN_REGISTRY_PASSWORD",
    );
    let token = "STRATIFORM_REGISTRY_MY_OWN_REGISTRY_TOKEN";
    assert_eq!(find(&[]), Ok(Credential::basic("m", "p")));
    assert_eq!(
        find(&[(user, "u"), (password, "s")]),
        Ok(Credential::basic("u", "s"))
    );
    assert_eq!(
        find(&[(user, "u"), (password, "s"), (token, "t")]),
        Ok(Credential::Bearer(Secret::new("t")))
    );
    assert_eq!(
        find(&[(user, ""), (token, "")]),
        Ok(Credential::basic("m", "p"))
    );
    let error = find(&[(password, "hidden-word")]).unwrap_err();
    assert!(matches!(error, CredentialsError::HalfSet { .. }));
    assert!(!error.to_string().contains("hidden-word"), "{error}");
}

#[test]
fn dockers_configuration_is_understood_as_docker_writes_it() {
    let home = Home::new();
    home.put(
        ".docker/config.json",
        r#"{"auths": {
            "a.example": {"auth": "bTpwOnE="},
            "b.example": {"identitytoken": "idt", "auth": "bTo="},
            "c.example": {"registrytoken": "rt"},
            "https://d.example/v2/": {"username": "d", "password": "dp"},
            "e.example/team": {"auth": "dDpw"},
            "e.example": {"auth": "ZTpw"},
            "https://index.docker.io/v1/": {"auth": "aDpw"},
            "f.example": {},
            "localhost:5000": {"auth": "bDpw"}
        }}"#,
    );
    for (place, expected) in [
        ("a.example/x", Some(Credential::basic("m", "p:q"))),
        ("b.example", Some(Credential::Identity(Secret::new("idt")))),
        ("c.example", Some(Credential::Bearer(Secret::new("rt")))),
        ("d.example", Some(Credential::basic("d", "dp"))),
        ("e.example/team/charts", Some(Credential::basic("t", "p"))),
        ("e.example/teams", Some(Credential::basic("e", "p"))),
        ("registry-1.docker.io/x", Some(Credential::basic("h", "p"))),
        ("f.example", None),
        ("localhost:5000", Some(Credential::basic("l", "p"))),
        ("localhost:5001", None),
        ("example", None),
    ] {
        assert_eq!(home.find(&oci(place)), expected, "{place}");
    }
    assert_eq!(home.find(&helm("https://a.example")), None);
}

#[test]
fn helms_logins_come_before_dockers() {
    let home = Home::new();
    home.put(
        ".docker/config.json",
        r#"{"auths":{"a.example":{"auth":"ZDpw"},"b.example":{"auth":"ZDpw"}}}"#,
    );
    home.put(
        ".config/helm/registry/config.json",
        r#"{"auths":{"a.example":{"auth":"aDpw"}}}"#,
    );
    assert_eq!(
        home.find(&oci("a.example")),
        Some(Credential::basic("h", "p"))
    );
    assert_eq!(
        home.find(&oci("b.example")),
        Some(Credential::basic("d", "p"))
    );
    home.put("x.json", r#"{"auths":{"a.example":{"auth":"eDpw"}}}"#);
    let file = home.path("x.json");
    let other = home.credentials(&[("HELM_REGISTRY_CONFIG", file.to_str().unwrap())]);
    let found = other.find(&name("trial"), &oci("a.example")).unwrap();
    assert_eq!(found, Some(Credential::basic("x", "p").into()));
}

#[test]
fn a_program_that_keeps_credentials_is_asked() {
    let home = Home::new();
    home.put(
        ".docker/config.json",
        r#"{"credHelpers": {"a.example": "trial", "broken.example": "trial", "gone.example": "gone"},
            "auths": {"a.example": {"auth": "bTpw"}, "gone.example": {"auth": "bTpw"}}}"#,
    );
    let kept = Some(Credential::basic("m", "p"));
    assert_eq!(home.find(&oci("a.example")), kept);
    assert_eq!(home.find(&oci("gone.example")), kept);
    let error = home
        .credentials(&[])
        .find(&name("trial"), &oci("broken.example"))
        .unwrap_err();
    assert!(
        error.to_string().contains("the keychain is locked"),
        "{error}"
    );
    home.put(
        "kept",
        r#"{"ServerURL": "a.example", "Username": "u", "Secret": "s"}"#,
    );
    assert_eq!(
        home.find(&oci("a.example")),
        Some(Credential::basic("u", "s"))
    );
    home.put("kept", r#"{"Username": "<token>", "Secret": "idt"}"#);
    let identity = Credential::Identity(Secret::new("idt"));
    assert_eq!(home.find(&oci("a.example")), Some(identity));
    home.put(
        "kept",
        r#"{"Username": "u", "Secret": {"odd": "hidden-word"}}"#,
    );
    let error = home
        .credentials(&[])
        .find(&name("trial"), &oci("a.example"));
    let error = error.unwrap_err().to_string();
    assert!(!error.contains("hidden-word"), "{error}");
}

#[test]
fn a_login_goes_to_dockers_configuration_and_leaves_the_rest_of_it() {
    let home = Home::new();
    let before = "{\n\t\"auths\": {\n\t\t\"b.example\": {\n\t\t\t\"auth\": \"Yjpw\"\n\t\t}\n\t},\n\t\"psFormat\": \"table\"\n}\n";
    home.put("elsewhere/config.json", before);
    fs::create_dir(home.path(".docker")).unwrap();
    let link = home.path(".docker/config.json");
    std::os::unix::fs::symlink(home.path("elsewhere/config.json"), &link).unwrap();
    let credentials = home.credentials(&[]);
    let (place, login) = (oci("a.example/charts"), Credential::basic("me", "pass"));
    let stored = credentials.store(&name("trial"), &place, &login).unwrap();
    assert_eq!(stored, link.display().to_string());
    assert_eq!(home.find(&oci("a.example")), Some(login.clone()));
    assert_eq!(
        home.find(&oci("b.example")),
        Some(Credential::basic("b", "p"))
    );
    assert_eq!(mode(&link), 0o600);
    assert!(link.is_symlink());
    assert_eq!(credentials.erase(&place).unwrap(), Some(stored));
    assert_eq!(home.text(".docker/config.json"), before);
    assert_eq!(credentials.erase(&place).unwrap(), None);
    assert_eq!(fs::read_dir(home.path("elsewhere")).unwrap().count(), 1);
}

#[test]
fn a_login_without_a_configuration_makes_one() {
    let home = Home::new();
    let hub = oci("registry-1.docker.io/team");
    let login = Credential::basic("me", "pass");
    home.credentials(&[])
        .store(&name("trial"), &hub, &login)
        .unwrap();
    assert_eq!(home.find(&hub), Some(login));
    let text = home.text(".docker/config.json");
    assert!(text.contains("https://index.docker.io/v1/"), "{text}");
    assert_eq!(mode(&home.path(".docker/config.json")), 0o600);
}

#[test]
fn a_login_also_replaces_what_helm_has_kept() {
    let home = Home::new();
    let file = ".config/helm/registry/config.json";
    home.put(file, r#"{"auths":{"a.example":{"auth":"aDpw"}}}"#);
    let login = Credential::basic("me", "pass");
    let credentials = home.credentials(&[]);
    for host in ["a.example", "b.example"] {
        let stored = credentials.store(&name("trial"), &oci(host), &login);
        assert_eq!(stored.unwrap().contains(file), host == "a.example");
        assert_eq!(home.find(&oci(host)), Some(login.clone()));
    }
    let erased = credentials.erase(&oci("a.example")).unwrap().unwrap();
    assert!(
        erased.contains(file) && erased.contains(".docker"),
        "{erased}"
    );
    assert_eq!(home.find(&oci("a.example")), None);
}

#[test]
fn a_login_goes_to_the_program_that_docker_names() {
    let home = Home::new();
    home.put(".docker/config.json", r#"{"credsStore": "trial"}"#);
    let credentials = home.credentials(&[]);
    let (place, login) = (oci("a.example"), Credential::basic("me", "pass-word"));
    let stored = credentials.store(&name("trial"), &place, &login).unwrap();
    assert_eq!(stored, "docker-credential-trial");
    assert!(!home.text(".docker/config.json").contains("pass-word"));
    assert_eq!(home.find(&place), Some(login));
    let token = Credential::Bearer(Secret::new("hidden-word"));
    let error = credentials
        .store(&name("trial"), &place, &token)
        .unwrap_err();
    assert!(!error.to_string().contains("hidden-word"), "{error}");
    let erased = credentials.erase(&place).unwrap();
    assert_eq!(erased.as_deref(), Some("docker-credential-trial"));
    assert_eq!(home.text("erased"), "a.example");
    assert_eq!(home.find(&place), None);
}

#[test]
fn a_login_goes_to_helms_repositories_and_leaves_the_rest_of_them() {
    let home = Home::new();
    let file = ".config/helm/repositories.yaml";
    home.put(
        file,
        "apiVersion: \"\"\ngenerated: \"0001-01-01T00:00:00Z\"\nrepositories:\n- caFile: /ca.pem\n  name: one\n  \
         pass_credentials_all: true\n  url: https://charts.example/one/\n- name: trial\n  url: https://other.example\n",
    );
    let credentials = home.credentials(&[]);
    let (known, new) = (
        helm("https://charts.example/one"),
        helm("https://charts.example/two/"),
    );
    let login = Credential::basic("me", "p: \"w\"");
    for place in [&known, &new] {
        credentials.store(&name("trial"), place, &login).unwrap();
        assert_eq!(home.find(place), Some(login.clone()));
    }
    assert_eq!(mode(&home.path(file)), 0o600);
    let everywhere = credentials.find(&name("trial"), &known).unwrap();
    assert!(matches!(
        everywhere,
        Some(Known {
            everywhere: true,
            ..
        })
    ));
    assert_eq!(home.find(&helm("https://charts.example/three")), None);
    assert_eq!(home.find(&helm("http://charts.example/one")), None);
    insta::assert_snapshot!(home.text(file), @r#"
    apiVersion: ""
    generated: "0001-01-01T00:00:00Z"
    repositories:
    - caFile: /ca.pem
      name: one
      pass_credentials_all: true
      url: https://charts.example/one/
      username: me
      password: 'p: "w"'
    - name: trial
      url: https://other.example
    - name: trial-2
      url: https://charts.example/two
      username: me
      password: 'p: "w"'
    "#);
    assert!(credentials.erase(&known).unwrap().is_some());
    assert!(credentials.erase(&known).unwrap().is_none());
    assert_eq!(home.find(&known), None);
    assert_eq!(home.find(&new), Some(login));
    let token = Credential::Bearer(Secret::new("hidden-word"));
    let error = credentials.store(&name("trial"), &new, &token).unwrap_err();
    assert!(!error.to_string().contains("hidden-word"), "{error}");
}

#[test]
fn files_that_are_no_good_are_named_without_what_is_in_them() {
    let home = Home::new();
    home.put(
        ".docker/config.json",
        "{\"auths\": {\"a.example\": {\"auth\": \"hidden-word\" oops",
    );
    home.put(".config/helm/repositories.yaml", "hidden-word: [");
    for place in [oci("a.example"), helm("https://a.example")] {
        let error = home.credentials(&[]).find(&name("trial"), &place);
        let error = error.unwrap_err().to_string();
        assert!(error.contains("cannot be read"), "{error}");
        assert!(!error.contains("hidden-word"), "{error}");
    }
}

#[test]
fn nothing_shows_a_secret() {
    let environment: Environment = [("STRATIFORM_REGISTRY_TRIAL_TOKEN", "hidden-word")]
        .into_iter()
        .collect();
    let credentials = Credentials::new(environment);
    let found = credentials.find(&name("trial"), &oci("a.example")).unwrap();
    let basic = Credential::basic("me", "hidden-word");
    let shown = format!("{credentials:?} {found:?} {basic:?} {:?}", basic.header());
    assert!(!shown.contains("hidden-word"), "{shown}");
    assert!(!shown.contains("bWU6"), "{shown}");
}
