//! Waiting until objects are ready: each kind is listed once in each namespace and then watched, and nobody is
//! asked twice.

mod board;
mod details;
mod follow;

use std::collections::BTreeMap;
use std::sync::Arc;

use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio::time::timeout;

use crate::model::ObjectKey;
use crate::target::readiness::{self, Readiness};
use crate::target::{Patience, TargetError};
use crate::yaml::Value;

use super::discovery::Kind;
use super::server::Server;

use board::{Board, State};
use follow::{Scope, Told, follow};

/// How an object is judged.
pub(super) type Judge = fn(&Value) -> Readiness;

/// How many things may happen that have not been looked at yet.
const HEARD: usize = 256;

/// Waits until objects are ready. `labels` selects all of them, or is empty.
///
/// # Errors
/// When one has failed for good, when the server refuses to be watched, or when the time is over.
pub(super) async fn until_ready(
    server: &Arc<Server>,
    awaited: Vec<ObjectKey>,
    labels: &str,
    judge: Judge,
    patience: &Patience,
) -> Result<(), TargetError> {
    let awaited: Vec<ObjectKey> = awaited
        .into_iter()
        .filter(|key| !readiness::is_ready_at_once(&key.group, &key.kind))
        .collect();
    if awaited.is_empty() {
        return Ok(());
    }
    let (tell, mut heard) = mpsc::channel(HEARD);
    // Ends all that it follows when it is dropped.
    let mut following = JoinSet::new();
    for scope in scopes(&awaited, labels) {
        let (server, tell) = (Arc::clone(server), tell.clone());
        following.spawn(async move {
            if let Err(error) = follow(&server, &scope, &tell).await {
                // Nobody hears it when the waiting is over.
                let _ = tell.send(Told::Refused(error)).await;
            }
        });
    }
    drop(tell);
    let mut board = Board::new(awaited, Arc::clone(&patience.told));
    let ended = timeout(
        patience.timeout,
        fill(&mut board, &mut heard, server, judge),
    )
    .await;
    drop(following);
    match ended {
        Ok(Ok(None)) => Ok(()),
        Ok(Ok(Some(failed))) => Err(not_ready(server, &board, failed).await),
        Ok(Err(error)) => Err(error),
        Err(_) => match board.first() {
            Some(late) => Err(not_ready(server, &board, late).await),
            None => Ok(()),
        },
    }
}

/// Returns when all are ready, or with the place of one that has failed.
async fn fill(
    board: &mut Board,
    heard: &mut mpsc::Receiver<Told>,
    server: &Server,
    judge: Judge,
) -> Result<Option<usize>, TargetError> {
    while let Some(told) = heard.recv().await {
        match told {
            Told::Refused(error) => return Err(error),
            Told::Listed { scope, items } => {
                board.heard(&scope);
                let mut missing: Vec<usize> = board.places(&scope).to_vec();
                for item in items {
                    let Some(at) = board.place(&scope, &item) else {
                        continue;
                    };
                    missing.retain(|one| *one != at);
                    board.set(at, State::There(judged(server, judge, &item).await));
                }
                missing
                    .into_iter()
                    .for_each(|at| board.set(at, State::Missing));
            }
            Told::Seen { scope, item } => {
                if let Some(at) = board.place(&scope, &item) {
                    board.set(at, State::There(judged(server, judge, &item).await));
                }
            }
            Told::Gone { scope, item } => {
                if let Some(at) = board.place(&scope, &item) {
                    board.set(at, State::Missing);
                }
            }
            Told::Trouble { scope, why } => board.trouble(&scope, &why),
        }
        if let Some(failed) = board.failed() {
            return Ok(Some(failed));
        }
        board.tell();
        if board.is_full() {
            return Ok(None);
        }
    }
    // Nobody follows any more, since whoever was refused has said so before.
    Ok(None)
}

/// Judges an object by itself, and a claim by its class too.
async fn judged(server: &Server, judge: Judge, object: &Value) -> Readiness {
    let judged = judge(object);
    let text = |path: [&str; 2]| object.at(path).and_then(Value::as_str).unwrap_or_default();
    let kind = object.get("kind").and_then(Value::as_str);
    if judged.is_ready() || kind != Some("PersistentVolumeClaim") {
        return judged;
    }
    let class = text(["spec", "storageClassName"]);
    if class.is_empty() {
        return judged;
    }
    // Who may not look at classes waits until the claim is bound.
    let class = ObjectKey::new("storage.k8s.io", "StorageClass", "", class);
    match server.get(&class).await {
        Ok(Some(class)) if readiness::awaits_consumer(object, &class) => Readiness::Ready,
        _ => judged,
    }
}

/// What has to be followed: each kind in each namespace, once.
fn scopes(awaited: &[ObjectKey], labels: &str) -> Vec<Arc<Scope>> {
    let mut names: BTreeMap<(Kind, Arc<str>), Vec<&str>> = BTreeMap::new();
    for key in awaited {
        let scope = (Kind::of(key), Arc::clone(&key.namespace));
        names.entry(scope).or_default().push(&key.name);
    }
    let scopes = names.into_iter().map(|((kind, namespace), names)| {
        let fields = match names.as_slice() {
            [only] => format!("metadata.name={only}"),
            _ => String::new(),
        };
        Arc::new(Scope {
            kind,
            namespace,
            labels: labels.to_owned(),
            fields,
        })
    });
    scopes.collect()
}

/// Says that an object is not ready, with what the server tells of it.
async fn not_ready(server: &Server, board: &Board, at: usize) -> TargetError {
    let key = board.key(at);
    TargetError::NotReady {
        key: Box::new(key.clone()),
        why: board.why(at),
        details: details::of(server, key).await,
    }
}
