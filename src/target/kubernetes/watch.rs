//! What happens to objects, as it happens.

use std::time::Duration;

use bytes::{Buf as _, BytesMut};
use http_body_util::BodyExt as _;
use kube::client::Body;
use kube::core::Status;
use serde::Deserialize;
use tokio::time::timeout;

use crate::target::TargetError;
use crate::yaml::Value;

use super::discovery::Kind;
use super::exchange::Request;
use super::failure::Failure;
use super::list::{Selector, parse, query};
use super::server::Server;

/// How long a server lets one watch last, in seconds.
const LASTS: u64 = 120;

/// How long nothing may come of a watch, not even its end, before it counts as ended.
const SILENCE: Duration = Duration::from_secs(LASTS + 15);

/// A running watch.
pub(super) struct Watch {
    // Nothing for a kind that is not served.
    body: Option<Body>,
    read: BytesMut,
    version: String,
}

/// Something that happened.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Change {
    /// An object came, or changed.
    Seen(Value),
    /// An object is gone; as it was last.
    Gone(Value),
    /// Nothing; only time has passed, and [`Watch::version`] is newer.
    Passed,
    /// What happened since the version that was asked for is forgotten: list again.
    TooOld,
}

impl Server {
    /// Watches a kind in a namespace, or with an empty one everywhere, from a resource version on. A watch of a kind that is
    /// not served ends at once.
    ///
    /// # Errors
    /// When the server cannot be asked, or refuses.
    pub async fn watch(
        &self,
        kind: &Kind,
        namespace: &str,
        version: &str,
        selector: Selector<'_>,
    ) -> Result<Watch, TargetError> {
        let discovery = self.discovery().await?;
        let mut watch = Watch {
            body: None,
            read: BytesMut::new(),
            version: version.to_owned(),
        };
        let Some(resource) = discovery.preferred(kind) else {
            return Ok(watch);
        };
        let lasts = LASTS.to_string();
        let further = [
            ("watch", "true"),
            ("resourceVersion", version),
            ("allowWatchBookmarks", "true"),
            ("timeoutSeconds", &lasts),
        ];
        let query = query(selector, &further);
        let request = Request::get(format!("{}?{query}", resource.all(namespace)));
        match self.open(&request).await {
            Ok(body) => watch.body = Some(body),
            Err(failure) if failure.is_missing() => {}
            Err(failure) if failure.code() == 410 => {
                watch.read.extend_from_slice(TOO_OLD);
            }
            Err(failure) => return Err(self.unreachable(&failure).await),
        }
        Ok(watch)
    }
}

/// What servers say within a watch that is too old.
const TOO_OLD: &[u8] = br#"{"type":"ERROR","object":{"code":410}}
"#;

impl Watch {
    /// The next thing that happens; nothing when the watch has ended, which they all do after some minutes: then it goes on
    /// with a new one from [`Watch::version`]. May be dropped halfway without losing anything.
    ///
    /// # Errors
    /// When the server says that something is wrong.
    pub async fn next(&mut self) -> Result<Option<Change>, TargetError> {
        loop {
            if let Some(end) = memchr::memchr(b'\n', &self.read) {
                let line = self.read.split_to(end);
                self.read.advance(1);
                if let Some(change) = self.change(&line)? {
                    return Ok(Some(change));
                }
                continue;
            }
            let Some(body) = &mut self.body else {
                return Ok(None);
            };
            match timeout(SILENCE, body.frame()).await {
                Ok(Some(Ok(frame))) => {
                    if let Ok(data) = frame.into_data() {
                        self.read.extend_from_slice(&data);
                    }
                }
                // However it ended, whoever watches begins another one, and hears then if the server is gone.
                Ok(Some(Err(_)) | None) | Err(_) => {
                    self.body = None;
                    self.read.clear();
                }
            }
        }
    }

    /// The resource version that everything told so far leads to.
    pub fn version(&self) -> &str {
        &self.version
    }

    fn change(&mut self, line: &[u8]) -> Result<Option<Change>, TargetError> {
        if line.trim_ascii().is_empty() {
            return Ok(None);
        }
        let event: Event = parse(line).map_err(|failure| refused(&failure))?;
        if event.kind == "ERROR" {
            let status: Status = parse(
                serde_json::to_string(&event.object)
                    .unwrap_or_default()
                    .as_bytes(),
            )
            .map_err(|failure| refused(&failure))?;
            return match status.code {
                410 => Ok(Some(Change::TooOld)),
                _ => Err(refused(&Failure::Said(Box::new(status)))),
            };
        }
        if let Some(version) = event.object.at(["metadata", "resourceVersion"]) {
            self.version = version.as_str().unwrap_or_default().to_owned();
        }
        Ok(Some(match event.kind.as_str() {
            "BOOKMARK" => Change::Passed,
            "DELETED" => Change::Gone(event.object),
            _ => Change::Seen(event.object),
        }))
    }
}

fn refused(failure: &Failure) -> TargetError {
    let why = match failure {
        Failure::Silent(silence) => silence.why.clone(),
        Failure::Said(status) | Failure::SaidLater(status) => status.message.clone(),
    };
    TargetError::Unreachable {
        server: "what happens on the server".to_owned(),
        why,
    }
}

#[derive(Deserialize)]
struct Event {
    #[serde(rename = "type")]
    kind: String,
    object: Value,
}
