//! Helm repositories that break on the way: each time an error that says what it was or a retry that works, and nothing
//! half-written.

#![expect(clippy::unwrap_used, reason = "tests")]

use std::collections::HashMap;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

use crate::served::{LOGIN, charts, command, project};
use crate::support::{Output, Sandbox};

/// One answer: its head without the length, its body, and how much of that is sent.
struct Answer {
    head: String,
    body: Vec<u8>,
    sent: usize,
}

impl Answer {
    fn whole(body: Vec<u8>) -> Self {
        Self {
            head: "200 OK\r\n".to_owned(),
            sent: body.len(),
            body,
        }
    }

    fn empty(head: &str) -> Self {
        Self {
            head: format!("{head}\r\n"),
            body: Vec::new(),
            sent: 0,
        }
    }

    fn half(body: Vec<u8>) -> Self {
        Self {
            sent: body.len() / 2,
            ..Self::whole(body)
        }
    }
}

/// A server that answers the nth request for a path as a test says. It lives as long as the tests do.
struct Server {
    url: String,
    /// Paths and whether a credential came along.
    asked: Arc<Mutex<Vec<(String, bool)>>>,
}

impl Server {
    fn start(answer: impl Fn(&str, usize) -> Answer + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let asked = Arc::new(Mutex::new(Vec::new()));
        let seen = Arc::clone(&asked);
        thread::spawn(move || {
            let mut counts: HashMap<String, usize> = HashMap::new();
            for stream in listener.incoming() {
                let mut stream = stream.unwrap();
                let Some((path, is_known)) = request(&stream) else {
                    continue;
                };
                let count = counts.entry(path.clone()).or_default();
                *count += 1;
                let Answer { head, body, sent } = answer(&path, *count);
                seen.lock().unwrap().push((path, is_known));
                let length = body.len();
                // Who does not want the answer may go.
                let _ = write!(
                    stream,
                    "HTTP/1.1 {head}Content-Length: {length}\r\nConnection: close\r\n\r\n"
                )
                .and_then(|()| stream.write_all(&body[..sent]));
            }
        });
        Self { url, asked }
    }

    fn asked(&self, path: &str) -> Vec<bool> {
        let asked = self.asked.lock().unwrap();
        let of = asked.iter().filter(|(other, _)| other == path);
        of.map(|(_, is_known)| *is_known).collect()
    }
}

/// The path that is asked for, and whether there is a credential.
fn request(stream: &TcpStream) -> Option<(String, bool)> {
    let mut lines = BufReader::new(stream).lines();
    let first = lines.next()?.ok()?;
    let path = first.split(' ').nth(1)?.to_owned();
    let mut head = lines
        .map_while(Result::ok)
        .take_while(|line| !line.is_empty());
    let is_known = head
        .by_ref()
        .any(|line| line.to_ascii_lowercase().starts_with("authorization:"));
    head.for_each(drop);
    Some((path, is_known))
}

/// A project that wants a chart from a server that has its index, and answers for its archive as the test says.
struct Trial {
    sandbox: Sandbox,
    server: Server,
}

impl Trial {
    fn new(archive: impl Fn(Vec<u8>, usize) -> Answer + Send + 'static) -> Self {
        Self::with(|_| {}, archive)
    }

    /// `change` does something to the index before it is served.
    fn with(
        change: impl FnOnce(&mut String),
        archive: impl Fn(Vec<u8>, usize) -> Answer + Send + 'static,
    ) -> Self {
        let sandbox = Sandbox::empty();
        charts(&sandbox, "served", &[("web", "1.0.0", "size: 1\n")]);
        let mut index = sandbox.read("served/index.yaml");
        change(&mut index);
        sandbox.write("served/index.yaml", &index);
        let folder = sandbox.path("served");
        let server = Server::start(move |path, count| {
            let bytes = std::fs::read(folder.join(path.trim_start_matches('/'))).unwrap();
            match path {
                "/index.yaml" => Answer::whole(bytes),
                _ => archive(bytes, count),
            }
        });
        project(&sandbox, &server.url, 1, &[("web", "1.x")]);
        Self { sandbox, server }
    }

    /// Runs `lock`, with all that it logs. Wherever it ends, no secret is told.
    #[track_caller]
    fn lock(&self, code: i32) -> String {
        let output = Output::of(&mut command(&self.sandbox, &["lock", "-v", "-v"])).expect(code);
        assert!(!output.stderr.contains(LOGIN.1), "{output}");
        output.stderr
    }

    fn tries(&self) -> usize {
        self.server.asked("/web-1.0.0.tgz").len()
    }

    /// Nothing was written that counts, and the next run fetches what is right.
    #[track_caller]
    fn is_untouched(&self) {
        assert!(!self.sandbox.path("p/stratiform.lock").exists());
        let cache = self.sandbox.path("home/.cache/stratiform");
        let incoming = std::fs::read_dir(cache.join("incoming"));
        assert_eq!(incoming.map_or(0, Iterator::count), 0);
        let bytes = std::fs::read(self.sandbox.path("served/web-1.0.0.tgz")).unwrap();
        let hex = stratiform::model::Sha256::of(&bytes).hex();
        let blob = cache.join("blobs/sha256").join(&hex[..2]).join(&hex);
        assert!(!blob.exists());
    }
}

#[test]
fn an_archive_that_is_cut_comes_again() {
    let trial = Trial::new(|bytes, count| match count {
        1 => Answer::half(bytes),
        _ => Answer::whole(bytes),
    });
    let said = trial.lock(0);
    assert!(said.contains("trying again"), "{said}");
    assert_eq!(trial.tries(), 2);
    Output::of(&mut command(
        &trial.sandbox,
        &["validate", "--locked", "--offline"],
    ))
    .expect(0);
}

#[test]
fn a_busy_server_is_asked_again_when_it_says() {
    for status in ["429 Too Many Requests", "500 Internal Server Error"] {
        let trial = Trial::new(move |bytes, count| match count {
            1 | 2 => Answer::empty(&format!("{status}\r\nRetry-After: 0")),
            _ => Answer::whole(bytes),
        });
        trial.lock(0);
        assert_eq!(trial.tries(), 3, "{status}");
    }
}

#[test]
fn a_server_that_stays_busy_is_left_alone() {
    let trial = Trial::new(|_, _| Answer::empty("429 Too Many Requests\r\nRetry-After: 0"));
    let said = trial.lock(1);
    assert!(said.contains("answered 429 Too Many Requests"), "{said}");
    assert_eq!(trial.tries(), 5);
    trial.is_untouched();
}

#[test]
fn what_another_try_does_not_mend_is_told_at_once() {
    for (status, expected) in [
        (
            "401 Unauthorized",
            "is refused with the credentials that were given (401)",
        ),
        ("403 Forbidden", "(403)"),
        ("404 Not Found", "does not exist (404)"),
    ] {
        let trial = Trial::new(move |_, _| Answer::empty(status));
        let said = trial.lock(1);
        assert!(said.contains(expected), "{said}");
        assert_eq!(trial.tries(), 1, "{status}");
        trial.is_untouched();
    }
}

#[test]
fn an_archive_with_another_digest_than_the_index_says_is_not_used() {
    let trial = Trial::new(|mut bytes, _| {
        *bytes.last_mut().unwrap() ^= 1;
        Answer::whole(bytes)
    });
    let said = trial.lock(1);
    assert!(said.contains("the index says sha256:"), "{said}");
    trial.is_untouched();
}

#[test]
fn a_redirect_to_another_host_gets_no_credentials() {
    let trial_folder = Sandbox::empty();
    charts(&trial_folder, "served", &[("web", "1.0.0", "size: 1\n")]);
    let archive = std::fs::read(trial_folder.path("served/web-1.0.0.tgz")).unwrap();
    let other = Server::start(move |_, _| Answer::whole(archive.clone()));
    let there = other.url.replace("127.0.0.1", "localhost");
    let trial = Trial::new(move |_, _| {
        Answer::empty(&format!("302 Found\r\nLocation: {there}/elsewhere.tgz"))
    });
    trial.lock(0);
    assert_eq!(trial.server.asked("/web-1.0.0.tgz"), [true]);
    assert_eq!(other.asked("/elsewhere.tgz"), [false]);
}

const MEGABYTE: usize = 1 << 20;

#[test]
fn an_index_of_fifty_megabytes_is_read() {
    let other = |index: &mut String| {
        let description = "x".repeat(MEGABYTE);
        for at in 0..50 {
            *index += &format!(
                "  other-{at}:\n  - apiVersion: v2\n    name: other-{at}\n    version: 1.0.0\n    description: {description}\n    urls: [other-{at}.tgz]\n"
            );
        }
    };
    let trial = Trial::with(other, |bytes, _| Answer::whole(bytes));
    trial.lock(0);
    assert_eq!(trial.tries(), 1);
}

#[test]
fn an_index_that_would_take_too_much_memory_is_refused() {
    let flow = |index: &mut String| {
        *index = format!(
            "{{apiVersion: v1, entries: {{}}, x: \"{}\"}}\n",
            "x".repeat(33 * MEGABYTE)
        );
    };
    let trial = Trial::with(flow, |bytes, _| Answer::whole(bytes));
    let said = trial.lock(1);
    assert!(said.contains("would take too much memory"), "{said}");
    assert_eq!(trial.server.asked("/index.yaml").len(), 1);
    trial.is_untouched();
}
