//! Requests to a server that answers badly.

#![expect(clippy::unwrap_used, reason = "tests")]

use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use jiff::Timestamp;

use crate::diag::{Sources, Span, Spanned};
use crate::model::{Access, BindingSource, RegistryName};
use crate::remote::credentials::{Credentials, Environment};
use crate::remote::{Network, RemoteError};
use crate::yaml::Value;

use super::testing::{Fault, Server, Told};
use super::{Answer, Clock, Endpoint, HttpError, Timing, Validators};

/// A clock that never waits, and remembers for how long it should have.
#[derive(Debug, Default)]
pub(crate) struct StoppedClock(Mutex<Vec<Duration>>);

impl Clock for StoppedClock {
    fn now(&self) -> Timestamp {
        "2030-01-02T03:04:05Z".parse().unwrap()
    }

    fn sleep(&self, time: Duration) {
        self.0.lock().unwrap().push(time);
    }
}

/// A network whose clock stands still.
pub(crate) fn still() -> (Arc<Network>, Arc<StoppedClock>) {
    patient(Duration::from_secs(30))
}

fn patient(stall: Duration) -> (Arc<Network>, Arc<StoppedClock>) {
    let clock = Arc::new(StoppedClock::default());
    let timing = Timing {
        stall,
        clock: Arc::<StoppedClock>::clone(&clock),
        ..Timing::default()
    };
    (Network::with_timing(false, timing), clock)
}

pub(crate) fn plain() -> Access {
    Access {
        plain_http: true,
        ..Access::default()
    }
}

pub(crate) fn basic(username: &str, password: &str) -> Access {
    Access {
        username: literal(username),
        password: literal(password),
        ..plain()
    }
}

pub(crate) fn literal(text: &str) -> Option<Spanned<BindingSource>> {
    let value = BindingSource::Literal(Value::String(text.to_owned()));
    let span = Span {
        source: Sources::default().add("trial", text),
        start: 0,
        end: 0,
    };
    Some(Spanned::new(value, span))
}

pub(crate) fn nobody() -> Credentials {
    Credentials::new(Environment::default())
}

pub(crate) fn endpoint_in(network: &Arc<Network>, url: &str, access: &Access) -> Endpoint {
    let name = RegistryName::new("trial").unwrap();
    Endpoint::new(network, url, access, Path::new("/"), &name, &nobody()).unwrap()
}

fn endpoint(url: &str, access: &Access) -> Endpoint {
    endpoint_in(&still().0, url, access)
}

fn get(endpoint: &Endpoint, url: &str) -> Result<Vec<u8>, RemoteError> {
    let mut bytes = Vec::new();
    endpoint.get(url, &Validators::default(), 10_000, &mut bytes)?;
    Ok(bytes)
}

fn refused(endpoint: &Endpoint, url: &str) -> String {
    get(endpoint, url).unwrap_err().to_string()
}

#[test]
fn an_answer_is_asked_for_again_only_when_it_has_changed() {
    let server = Server::new(|asked| match asked.header("if-none-match") {
        Some("\"one\"") => Told::status(304),
        _ => Told::body("text")
            .header("ETag", "\"one\"")
            .header("Last-Modified", "Wed, 02 Jan 2030 03:04:05 GMT"),
    });
    let endpoint = endpoint(&server.url("/charts"), &plain());
    let mut bytes = Vec::new();
    let none = Validators::default();
    let answer = endpoint.get("index.yaml", &none, 4, &mut bytes).unwrap();
    let Answer::Body {
        validators,
        final_url,
    } = answer
    else {
        panic!("{answer:?}");
    };
    assert_eq!(bytes, b"text");
    assert_eq!(final_url.as_str(), server.url("/charts/index.yaml"));
    let again = endpoint
        .get("index.yaml", &validators, 4, &mut bytes)
        .unwrap();
    assert_eq!(again, Answer::NotModified);
    let asked = server.asked();
    assert_eq!(asked.len(), 2);
    assert_eq!(
        asked[1].header("if-modified-since"),
        Some("Wed, 02 Jan 2030 03:04:05 GMT")
    );
}

#[test]
fn a_server_says_how_long_to_wait() {
    for (told, seconds) in [
        ("7", 7),
        ("Wed, 02 Jan 2030 03:04:25 GMT", 20),
        ("Wed, 02 Jan 2030 03:00:00 GMT", 0),
        ("86400", 60),
    ] {
        let server = Server::script([
            Told::status(429).header("Retry-After", told),
            Told::body("fine"),
        ]);
        let (network, clock) = still();
        let endpoint = endpoint_in(&network, &server.url(""), &plain());
        assert_eq!(get(&endpoint, "x").unwrap(), b"fine", "{told}");
        let waited = clock.0.lock().unwrap().clone();
        assert_eq!(waited, [Duration::from_secs(seconds)], "{told}");
    }
}

#[test]
fn what_passes_is_tried_five_times_with_longer_and_longer_waits() {
    for status in [429, 500, 502, 503, 504] {
        let server = Server::script([Told::status(status)]);
        let (network, clock) = still();
        let endpoint = endpoint_in(&network, &server.url(""), &plain());
        let error = refused(&endpoint, "x");
        assert!(error.contains(&status.to_string()), "{error}");
        assert_eq!(server.count(), 5);
        let waited = clock.0.lock().unwrap().clone();
        assert_eq!(waited.len(), 4);
        for (at, wait) in waited.iter().enumerate() {
            let whole = Duration::from_millis(500 << at);
            assert!(whole / 2 <= *wait && *wait <= whole, "{wait:?} at {at}");
        }
    }
}

#[test]
fn what_was_cut_comes_again_from_its_beginning() {
    let text: Vec<u8> = (0..9_000_u32)
        .flat_map(u32::to_le_bytes)
        .take(9_000)
        .collect();
    let server = Server::script([
        Told::status(500),
        Told::body(text.clone()).fault(Fault::CutAfter(4_000)),
        Told::body(text.clone()).fault(Fault::CutAfter(0)),
        Told::body(text.clone()),
    ]);
    let endpoint = endpoint(&server.url(""), &plain());
    assert_eq!(get(&endpoint, "x").unwrap(), text);
    assert_eq!(server.count(), 4);
}

#[test]
fn what_is_always_cut_is_an_error() {
    let server = Server::script([Told::body("text").fault(Fault::CutAfter(2))]);
    let endpoint = endpoint(&server.url(""), &plain());
    let error = get(&endpoint, "x").unwrap_err();
    assert!(
        matches!(&error, RemoteError::Http(HttpError::Unreachable { .. })),
        "{error}"
    );
    assert_eq!(server.count(), 5);
}

#[test]
fn refusals_are_final_and_say_what_helps() {
    let server = Server::new(|asked| Told::status(asked.target[1..4].parse().unwrap()));
    let without = endpoint(&server.url(""), &plain());
    let with = endpoint(&server.url(""), &basic("me", "pass-word"));
    let all = [
        refused(&without, "401"),
        refused(&with, "401"),
        refused(&with, "403"),
        refused(&without, "404?token=abc"),
        refused(&without, "410"),
    ];
    assert_eq!(server.count(), all.len());
    let all = all.join("\n").replace(&server.host(), "HOST");
    assert!(!all.contains("pass-word") && !all.contains("abc"), "{all}");
    insta::assert_snapshot!(all, @r#"
    http://HOST/401 is refused without credentials (401): run `stratiform registry login trial`, or set STRATIFORM_REGISTRY_TRIAL_USERNAME and STRATIFORM_REGISTRY_TRIAL_PASSWORD, or STRATIFORM_REGISTRY_TRIAL_TOKEN
    http://HOST/401 is refused with the credentials that were given (401): run `stratiform registry login trial`, or set STRATIFORM_REGISTRY_TRIAL_USERNAME and STRATIFORM_REGISTRY_TRIAL_PASSWORD, or STRATIFORM_REGISTRY_TRIAL_TOKEN
    http://HOST/403 is forbidden with the credentials that were given (403)
    http://HOST/404 does not exist (404)
    http://HOST/410 answered 410 Gone
    "#);
}

#[test]
fn credentials_are_sent_and_follow_no_redirect_to_another_host() {
    let other = Server::script([Told::body("there")]);
    let place = other.url("/moved");
    let server = Server::new(move |asked| match asked.target.as_str() {
        "/away" => Told::status(302).header("Location", &place),
        "/here" => Told::status(307).header("Location", "/moved"),
        "/name" => Told::status(302).header(
            "Location",
            &format!("http://{}/moved", asked.header("host").unwrap())
                .replace("127.0.0.1", "localhost"),
        ),
        _ => Told::body("here"),
    });
    let endpoint = endpoint(&server.url(""), &basic("me", "secret"));
    assert_eq!(get(&endpoint, "away").unwrap(), b"there");
    assert_eq!(get(&endpoint, "here").unwrap(), b"here");
    assert_eq!(get(&endpoint, "name").unwrap(), b"here");
    let sent = |server: &Server| -> Vec<(String, bool)> {
        let sent = |asked: &super::testing::Asked| asked.header("authorization").is_some();
        let asked = server.asked();
        asked
            .iter()
            .map(|asked| (asked.target.clone(), sent(asked)))
            .collect()
    };
    let pair = |target: &str, sent| (target.to_owned(), sent);
    assert_eq!(sent(&other), [pair("/moved", false)]);
    let expected = [
        pair("/away", true),
        pair("/here", true),
        pair("/moved", true),
        pair("/name", true),
        pair("/moved", false),
    ];
    assert_eq!(sent(&server), expected);
    assert_eq!(
        server.asked()[0].header("authorization"),
        Some("Basic bWU6c2VjcmV0")
    );
}

#[test]
fn addresses_on_other_hosts_get_no_credentials() {
    let (own, other) = (
        Server::script([Told::body("own")]),
        Server::script([Told::body("other")]),
    );
    let endpoint = endpoint(
        &own.url("/charts"),
        &Access {
            token: literal("tok"),
            ..plain()
        },
    );
    assert_eq!(get(&endpoint, &other.url("/a.tgz")).unwrap(), b"other");
    assert_eq!(get(&endpoint, &own.url("/a.tgz")).unwrap(), b"own");
    assert_eq!(other.asked()[0].header("authorization"), None);
    assert_eq!(own.asked()[0].header("authorization"), Some("Bearer tok"));
}

#[test]
fn helms_repositories_can_let_credentials_go_to_other_hosts_but_not_by_redirects() {
    let third = Server::script([Told::body("third")]);
    let place = third.url("/");
    let other = Server::new(move |asked| match asked.target.as_str() {
        "/moved.tgz" => Told::status(302).header("Location", &place),
        _ => Told::body("other"),
    });
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("repositories.yaml");
    let text = format!(
        "repositories: [{{name: a, url: 'http://charts.invalid/', username: me, password: secret, \
         pass_credentials_all: true}}, {{name: b, url: 'http://{}', username: no, password: no}}]",
        other.host()
    );
    std::fs::write(&file, text).unwrap();
    let environment = Environment::from_iter([("HELM_REPOSITORY_CONFIG", &file)]);
    let endpoint = Endpoint::new(
        &still().0,
        "http://charts.invalid",
        &plain(),
        Path::new("/"),
        &RegistryName::new("trial").unwrap(),
        &Credentials::new(environment),
    );
    let endpoint = endpoint.unwrap();
    assert_eq!(get(&endpoint, &other.url("/a.tgz")).unwrap(), b"other");
    assert_eq!(get(&endpoint, &other.url("/moved.tgz")).unwrap(), b"third");
    let sent = Some("Basic bWU6c2VjcmV0");
    assert_eq!(other.asked()[0].header("authorization"), sent);
    assert_eq!(third.asked()[0].header("authorization"), None);
}

#[test]
fn redirects_come_to_an_end() {
    let server = Server::new(|asked| {
        let number: u32 = asked.target[1..].parse().unwrap();
        if number == 0 {
            return Told::body("end");
        }
        Told::status(302).header("Location", &format!("/{}", number - 1))
    });
    let endpoint = endpoint(&server.url(""), &plain());
    assert_eq!(get(&endpoint, "10").unwrap(), b"end");
    let error = refused(&endpoint, "11");
    assert!(error.ends_with("redirects more than 10 times"), "{error}");
    let strange = Server::script([Told::status(302).header("Location", "file:///etc/passwd")]);
    let error = refused(&endpoint, &strange.url("/"));
    assert!(error.contains("neither https nor http"), "{error}");
}

#[test]
fn more_than_the_limit_is_refused() {
    let server = Server::new(|asked| match asked.target.as_str() {
        "/endless" => Told::body("").fault(Fault::Endless),
        _ => Told::body(vec![0; 10_001]).fault(Fault::Silent),
    });
    let endpoint = endpoint(&server.url(""), &plain());
    let error = refused(&endpoint, "endless");
    assert!(error.contains("larger than 10000 bytes"), "{error}");
    let large = Server::script([Told::body(vec![0; 10_001]).fault(Fault::SilentAfter(0))]);
    let error = refused(&endpoint, &large.url("/"));
    assert!(error.contains("larger than 10000 bytes"), "{error}");
}

#[test]
fn silence_is_not_waited_for_for_ever() {
    for fault in [Fault::Silent, Fault::SilentAfter(2)] {
        let server = Server::script([
            Told::body("text").fault(fault),
            Told::body("text").fault(fault),
            Told::body("text"),
        ]);
        let (network, clock) = patient(Duration::from_millis(500));
        let endpoint = endpoint_in(&network, &server.url(""), &plain());
        assert_eq!(get(&endpoint, "x").unwrap(), b"text");
        assert_eq!(server.count(), 3);
        assert_eq!(clock.0.lock().unwrap().len(), 2);
    }
}

#[test]
fn a_server_that_is_gone_is_tried_five_times() {
    let server = Server::script([Told::status(200)]);
    let url = server.url("/");
    drop(server);
    let (network, clock) = still();
    let error = refused(&endpoint_in(&network, &url, &plain()), "x");
    assert!(error.contains("cannot be reached"), "{error}");
    assert!(error.contains("refused"), "{error}");
    assert_eq!(clock.0.lock().unwrap().len(), 4);
}

#[test]
fn plain_http_wants_to_be_asked_for() {
    let (network, _) = still();
    let name = RegistryName::new("trial").unwrap();
    let new = |url: &str| {
        let access = Access::default();
        Endpoint::new(&network, url, &access, Path::new("/"), &name, &nobody())
            .map(|endpoint| endpoint.base().to_string())
            .map_err(|error| error.to_string())
    };
    let all = [
        "http://me:secret@charts.example/stable",
        "https://charts.example/stable",
        "oci://charts.example:5000/stable/",
        "ftp://charts.example",
        "https://",
        "https://charts.example/?key=1",
        "nonsense",
    ];
    let all: Vec<String> = all.iter().map(|url| format!("{:?}", new(url))).collect();
    insta::assert_snapshot!(all.join("\n"), @r#"
    Err("http://charts.example/stable/ is not encrypted; give registry `trial` `access: {plainHttp: true}` if that will do")
    Ok("https://charts.example/stable/")
    Ok("https://charts.example:5000/stable/")
    Err("`ftp://charts.example/` is not an address of https or http: its scheme is `ftp`")
    Err("`https://` is not an address of https or http: empty host")
    Err("`https://charts.example/` is not an address of https or http: a registry's address has no `?` and no `#`")
    Err("`nonsense` is not an address of https or http: relative URL without a base")
    "#);
}

#[test]
fn name_and_password_of_an_address_are_used_and_not_shown() {
    let server = Server::script([Told::status(404)]);
    let url = server.url("/").replace("http://", "http://me:p%40ss@");
    let endpoint = endpoint(&url, &plain());
    let shown = format!("{endpoint:?} {}", refused(&endpoint, "x"));
    assert!(
        !shown.contains("p%40ss") && !shown.contains("p@ss"),
        "{shown}"
    );
    assert_eq!(
        server.asked()[0].header("authorization"),
        Some("Basic bWU6cEBzcw==")
    );
}

#[test]
fn nothing_is_asked_offline() {
    let server = Server::script([Told::body("text")]);
    let network = Network::new(true);
    let error = refused(&endpoint_in(&network, &server.url(""), &plain()), "x");
    assert!(error.contains("--offline"), "{error}");
    assert_eq!(server.count(), 0);
}

#[test]
fn a_proxy_is_asked_in_place_of_the_registry() {
    let proxy = Server::script([Told::body("by proxy")]);
    let address = proxy.url("").replace("http://", "http://user:pass@");
    let access = Access {
        proxy: Some(address.into()),
        ..plain()
    };
    let endpoint = endpoint("http://charts.invalid/stable", &access);
    assert_eq!(get(&endpoint, "index.yaml").unwrap(), b"by proxy");
    let asked = &proxy.asked()[0];
    assert_eq!(asked.target, "http://charts.invalid/stable/index.yaml");
    assert!(asked.header("proxy-authorization").is_some());
}

#[test]
fn a_sink_that_is_full_is_an_error_and_not_tried_again() {
    struct Full;
    impl super::Sink for Full {
        fn restart(&mut self) -> std::io::Result<()> {
            Ok(())
        }
        fn write(&mut self, _: &[u8]) -> std::io::Result<()> {
            Err(std::io::Error::other("no space is left"))
        }
    }
    let server = Server::script([Told::body("text")]);
    let endpoint = endpoint(&server.url(""), &plain());
    let error = endpoint.get("x", &Validators::default(), 10, &mut Full);
    let error = error.unwrap_err().to_string();
    assert!(error.contains("no space is left"), "{error}");
    assert_eq!(server.count(), 1);
}
