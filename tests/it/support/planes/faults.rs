//! What goes wrong between a client and an API server.

use std::time::Duration;

use serde_json::json;

/// One thing that goes wrong with one request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The proxy answers with this status in the server's place, which never hears of the request.
    Answer(u16),
    /// The proxy answers with status 200 and this text in the server's place.
    Says(&'static str),
    /// As status 429, with this many seconds in `Retry-After`.
    TooMany(u32),
    /// The connection is cut, and the server never hears of the request.
    CutBefore,
    /// The server does what is asked, and the connection is cut in place of its answer.
    CutAfter,
    /// The answer begins, and the connection is cut in its first piece: the way watches end.
    CutMidway,
    /// The request is passed on so much later.
    Late(Duration),
}

impl Fault {
    /// What clients of busy and failing servers must get over.
    pub const USUAL: [Self; 8] = [
        Self::TooMany(1),
        Self::Answer(409),
        Self::Answer(500),
        Self::Answer(503),
        Self::CutBefore,
        Self::CutAfter,
        Self::CutMidway,
        Self::Late(Duration::from_millis(300)),
    ];
}

/// Whether a request may fail, by method and path with its query.
pub type Only = Box<dyn Fn(&str, &str) -> bool + Send + Sync>;

/// Which requests something goes wrong with. Whether and what is drawn from the seed, the request's method and path, and how
/// often these were asked before: so it is the same in each run, in whatever order requests come.
pub struct Faults {
    /// Of how many in a hundred.
    pub percent: u32,
    /// Another seed makes other requests fail.
    pub seed: u64,
    /// What goes wrong, each as often as the others.
    pub kinds: Vec<Fault>,
    /// Which requests may fail at all.
    pub only: Only,
}

impl Faults {
    /// None: the proxy only counts.
    pub fn none() -> Self {
        Self::some(0, 0, &[])
    }

    /// Some of any request.
    pub fn some(percent: u32, seed: u64, kinds: &[Fault]) -> Self {
        Self {
            percent,
            seed,
            kinds: kinds.to_vec(),
            only: Box::new(|_, _| true),
        }
    }

    /// One kind for all requests that a test picks by method and path with its query.
    pub fn each(kind: Fault, only: impl Fn(&str, &str) -> bool + Send + Sync + 'static) -> Self {
        Self {
            only: Box::new(only),
            ..Self::some(100, 0, &[kind])
        }
    }

    /// What goes wrong with a request that was made a number of times before.
    pub fn draw(&self, method: &str, target: &str, before: usize) -> Option<Fault> {
        if self.kinds.is_empty() || !(self.only)(method, target) {
            return None;
        }
        let path = target.split('?').next().unwrap_or_default();
        let hash = blake3::hash(format!("{} {method} {path} {before}", self.seed).as_bytes());
        let number = |at: usize| {
            let bytes = hash.as_bytes()[at..at + 4].try_into();
            u32::from_le_bytes(bytes.expect("there are four"))
        };
        let kind = number(4) as usize % self.kinds.len();
        (number(0) % 100 < self.percent).then(|| self.kinds[kind])
    }
}

/// What an API server says with a status of failure: the `Status` object, as JSON.
pub fn status(code: u16, retry_after: Option<u32>) -> String {
    let reason = match code {
        401 => "Unauthorized",
        403 => "Forbidden",
        404 => "NotFound",
        409 => "Conflict",
        429 => "TooManyRequests",
        500 => "InternalError",
        503 => "ServiceUnavailable",
        504 => "Timeout",
        _ => "Unknown",
    };
    let mut status = json!({
        "kind": "Status",
        "apiVersion": "v1",
        "metadata": {},
        "status": "Failure",
        "message": format!("the proxy of a test answers {code}"),
        "reason": reason,
        "code": code,
    });
    if let Some(seconds) = retry_after {
        status["details"] = json!({"retryAfterSeconds": seconds});
    }
    status.to_string()
}
