//! Requests to an OCI registry, with what it wants to see before it answers.
//!
//! The dance is that of <https://distribution.github.io/distribution/spec/auth/token/>: a request without anything, a
//! challenge, a token from the server that the challenge names, and the request again. Tokens are kept until they expire.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Mutex, PoisonError};

use jiff::{SignedDuration, Timestamp};
use reqwest::header::{CONTENT_TYPE, HeaderValue};
use reqwest::{Method, StatusCode};
use serde::Deserialize;
use url::form_urlencoded;

use crate::remote::RemoteError;
use crate::remote::credentials::{Credential, Secret};
use crate::remote::http::{Authorization, Endpoint, HttpError, Reply, Request, Trouble, shown};

use super::OciError;
use super::challenge::{Challenge, Realm};

/// The longest answer of a server of tokens, in bytes.
const TOKEN_LIMIT: u64 = 256 << 10;

/// How long a token is good when nothing is said, in seconds (the specification's number).
const USUAL_LIFE: i64 = 60;

/// A token is not used in its last seconds: it may be late when it arrives.
const MARGIN: i64 = 5;

/// What a request is allowed to do.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Scope {
    /// To ask whether we are let in at all.
    Ping,
    /// To read a repository.
    Pull(String),
    /// To read and write a repository.
    Push(String),
}

impl Scope {
    /// As servers of tokens write it.
    fn text(&self) -> Option<String> {
        match self {
            Self::Ping => None,
            Self::Pull(name) => Some(format!("repository:{name}:pull")),
            Self::Push(name) => Some(format!("repository:{name}:pull,push")),
        }
    }
}

/// Asks the registry at an endpoint whether it lets us in.
///
/// # Errors
/// When it does not, or is none.
pub fn ping(endpoint: &Endpoint) -> Result<(), RemoteError> {
    let request = Request::new(Method::GET, endpoint.resolve("/v2/")?);
    let session = Session::new(endpoint.clone());
    session.exchange(&request, &Scope::Ping, &mut |reply| Ok(reply.success()?))
}

/// Requests to one registry.
pub(super) struct Session {
    endpoint: Endpoint,
    /// By what they are for; a password is for everything.
    passes: Mutex<HashMap<Option<Scope>, Pass>>,
}

/// What the registry takes, and until when.
#[derive(Clone)]
struct Pass {
    header: HeaderValue,
    until: Option<Timestamp>,
}

/// What a server of tokens answers.
#[derive(Deserialize)]
struct Token {
    token: Option<String>,
    access_token: Option<String>,
    expires_in: Option<i64>,
}

impl Session {
    pub fn new(endpoint: Endpoint) -> Self {
        Self {
            endpoint,
            passes: Mutex::default(),
        }
    }

    /// The endpoint that requests go to.
    pub fn endpoint(&self) -> &Endpoint {
        &self.endpoint
    }

    /// Sends a request, with a pass when the registry wants one, and gives the answer to `read`.
    pub fn exchange<T>(
        &self,
        request: &Request,
        scope: &Scope,
        read: &mut dyn FnMut(&mut Reply) -> Result<T, Trouble>,
    ) -> Result<T, RemoteError> {
        let mut request = request.clone();
        // An address may be the registry's own idea, and lead elsewhere.
        let own = request.url.origin() == self.endpoint.base().origin();
        let mut pass = if own { self.pass(scope)? } else { None };
        let mut asked = !own;
        loop {
            request.authorization = match pass {
                Some(header) => Authorization::Header(header),
                None => Authorization::None,
            };
            let answer = self.endpoint.exchange(&request, &mut |reply| {
                if reply.status() == StatusCode::UNAUTHORIZED {
                    let challenge = Challenge::of(reply.headers()).filter(|_| !asked);
                    return match challenge {
                        Some(challenge) => Ok(Err((challenge, reply.refusal()))),
                        None => Err(reply.refusal().into()),
                    };
                }
                read(reply).map(Ok)
            })?;
            match answer {
                Ok(answer) => return Ok(answer),
                Err((challenge, refusal)) => {
                    pass = Some(self.meet(&challenge, scope, refusal)?);
                    asked = true;
                }
            }
        }
    }

    /// The pass that is known to be taken for a scope.
    fn pass(&self, scope: &Scope) -> Result<Option<HeaderValue>, RemoteError> {
        if let Some(credential @ Credential::Bearer(_)) = self.endpoint.credential()? {
            return Ok(credential.header());
        }
        let now = self.now();
        let passes = self.passes.lock().unwrap_or_else(PoisonError::into_inner);
        let own = passes.get(&Some(scope.clone()));
        let held = own.or_else(|| passes.get(&None));
        let good = held.filter(|pass| pass.until.is_none_or(|until| now < until));
        Ok(good.map(|pass| pass.header.clone()))
    }

    /// Gets what a challenge wants.
    fn meet(
        &self,
        challenge: &Challenge,
        scope: &Scope,
        refusal: HttpError,
    ) -> Result<HeaderValue, RemoteError> {
        let credential = self.endpoint.credential()?;
        let key = match challenge {
            Challenge::Basic => None,
            Challenge::Token(_) => Some(scope.clone()),
        };
        let pass = match (challenge, &credential) {
            (_, Some(Credential::Bearer(_))) => None,
            (Challenge::Basic, Some(credential)) => {
                let header = credential.header();
                header.map(|header| Pass {
                    header,
                    until: None,
                })
            }
            (Challenge::Basic, None) => None,
            (Challenge::Token(realm), credential) => {
                Some(self.token(realm, scope, credential.as_ref())?)
            }
        };
        let Some(pass) = pass else {
            return Err(refusal.into());
        };
        let header = pass.header.clone();
        let mut passes = self.passes.lock().unwrap_or_else(PoisonError::into_inner);
        passes.insert(key, pass);
        Ok(header)
    }

    fn token(
        &self,
        realm: &Realm,
        scope: &Scope,
        credential: Option<&Credential>,
    ) -> Result<Pass, RemoteError> {
        let asked = self.now();
        let request = self.token_request(realm, scope, credential)?;
        let wrong = || OciError::Protocol {
            url: shown(&request.url),
            why: "it should give a token".to_owned(),
        };
        let token: Token = self.endpoint.exchange(&request, &mut |reply| {
            reply.success()?;
            let body = reply.bytes(TOKEN_LIMIT)?;
            serde_json::from_slice(&body).map_err(|_| wrong().into())
        })?;
        let given = [token.token, token.access_token].into_iter().flatten();
        let text = given.into_iter().find(|text| !text.is_empty());
        let text = text.ok_or_else(wrong)?;
        let header = Credential::Bearer(Secret::new(text)).header();
        let life = token.expires_in.unwrap_or(USUAL_LIFE).clamp(0, 24 * 3600);
        let life = SignedDuration::from_secs((life - MARGIN).max(0));
        Ok(Pass {
            header: header.ok_or_else(wrong)?,
            until: asked.checked_add(life).ok(),
        })
    }

    /// The request for a token: by OAuth2 where we have an identity token, else as it was before that.
    fn token_request(
        &self,
        realm: &Realm,
        scope: &Scope,
        credential: Option<&Credential>,
    ) -> Result<Request, RemoteError> {
        let mut url = self.endpoint.resolve(&realm.url)?;
        let scope = scope.text().or_else(|| realm.scope.clone());
        let mut form = form_urlencoded::Serializer::new(String::new());
        for (name, value) in [("service", &realm.service), ("scope", &scope)] {
            if let Some(value) = value {
                form.append_pair(name, value);
            }
        }
        let Some(Credential::Identity(identity)) = credential else {
            url.query_pairs_mut()
                .extend_pairs(form_urlencoded::parse(form.finish().as_bytes()));
            let mut request = Request::new(Method::GET, url);
            if let Some(header) = credential.and_then(Credential::header) {
                request.authorization = Authorization::Header(header);
            }
            return Ok(request);
        };
        form.append_pair("grant_type", "refresh_token")
            .append_pair("client_id", "stratiform")
            .append_pair("refresh_token", identity.reveal());
        let mut request = Request::new(Method::POST, url);
        request.body = form.finish().into();
        request.headers.insert(
            CONTENT_TYPE,
            HeaderValue::from_static("application/x-www-form-urlencoded"),
        );
        Ok(request)
    }

    fn now(&self) -> Timestamp {
        self.endpoint.network().timing().clock.now()
    }
}

impl fmt::Debug for Session {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Session")
            .field("endpoint", &self.endpoint)
            .finish_non_exhaustive()
    }
}
