//! One kind in one namespace, followed for as long as somebody listens.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::time::{Instant, sleep};

use crate::target::TargetError;
use crate::target::kubernetes::discovery::Kind;
use crate::target::kubernetes::failure::Failure;
use crate::target::kubernetes::list::{Listing, Part, Selector};
use crate::target::kubernetes::retry;
use crate::target::kubernetes::server::Server;
use crate::target::kubernetes::watch::Change;
use crate::yaml::Value;

/// What is followed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Scope {
    pub kind: Kind,
    /// Empty for everywhere, as for what has no namespace.
    pub namespace: Arc<str>,
    /// A label selector; empty for all.
    pub labels: String,
    /// A field selector; empty for all.
    pub fields: String,
}

/// What is told of a scope.
#[derive(Debug)]
pub(super) enum Told {
    /// All that is there.
    Listed {
        scope: Arc<Scope>,
        items: Vec<Value>,
    },
    /// An object came, or changed.
    Seen { scope: Arc<Scope>, item: Value },
    /// An object is gone.
    Gone { scope: Arc<Scope>, item: Value },
    /// Nothing can be told for now; it is tried again.
    Trouble { scope: Arc<Scope>, why: String },
    /// The server refuses; nothing more is told.
    Refused(TargetError),
}

/// The first pause before something is tried again; each is twice as long as the one before.
const FIRST_PAUSE: Duration = Duration::from_millis(200);

/// The longest pause.
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// A watch that ends sooner than this is not begun again at once.
const SHORT: Duration = Duration::from_secs(1);

/// Pauses that become longer.
struct Pauses(Duration);

impl Pauses {
    fn new() -> Self {
        Self(FIRST_PAUSE)
    }

    async fn pause(&mut self) {
        sleep(self.0).await;
        self.0 = (self.0 * 2).min(LONGEST_PAUSE);
    }
}

/// Lists once and then watches from there. A watch that ends goes on where it was; one that is too old, or that the server
/// breaks off with an error, begins with a list again. Ends well only when nobody listens any more.
///
/// # Errors
/// When the server refuses.
pub(super) async fn follow(
    server: &Server,
    scope: &Arc<Scope>,
    tell: &mpsc::Sender<Told>,
) -> Result<(), TargetError> {
    let mut pauses = Pauses::new();
    loop {
        let listing = match list(server, scope).await {
            Ok(Some(listing)) => listing,
            Ok(None) => {
                let why = format!("the server serves no {}", scope.kind.kind);
                if say(tell, trouble(scope, why)).await.is_none() {
                    return Ok(());
                }
                pauses.pause().await;
                // Its definition may have come meanwhile. Whether the server answers, the next list tells.
                let _ = server.refresh().await;
                continue;
            }
            Err(failure) if retry::passes(&failure) => {
                let why = server.unreachable(&failure).await.to_string();
                if say(tell, trouble(scope, why)).await.is_none() {
                    return Ok(());
                }
                pauses.pause().await;
                continue;
            }
            Err(failure) => return Err(server.unreachable(&failure).await),
        };
        let Listing { items, version } = listing;
        if say(
            tell,
            Told::Listed {
                scope: Arc::clone(scope),
                items,
            },
        )
        .await
        .is_none()
        {
            return Ok(());
        }
        if watch(server, scope, version, tell, &mut pauses)
            .await
            .is_none()
        {
            return Ok(());
        }
        pauses.pause().await;
    }
}

/// Why nothing is known of a scope at the moment.
fn trouble(scope: &Arc<Scope>, why: String) -> Told {
    Told::Trouble {
        scope: Arc::clone(scope),
        why,
    }
}

/// Returns something while somebody listens.
async fn say(tell: &mpsc::Sender<Told>, told: Told) -> Option<()> {
    tell.send(told).await.ok()
}

/// All of a scope; nothing when its kind is not served.
async fn list(server: &Server, scope: &Scope) -> Result<Option<Listing>, Failure> {
    // That the server cannot say what it serves is a failure to list too.
    let discovery = match server.discovery().await {
        Ok(discovery) => discovery,
        Err(error) => return Err(Failure::passing(error.to_string())),
    };
    let Some(resource) = discovery.preferred(&scope.kind) else {
        return Ok(None);
    };
    let selector = selector(scope);
    let listed = server
        .pages(resource, &scope.namespace, selector, Part::Whole)
        .await;
    match listed {
        Ok(listing) => Ok(Some(listing)),
        Err(failure) if failure.is_missing() => Ok(None),
        Err(failure) => Err(failure),
    }
}

fn selector(scope: &Scope) -> Selector<'_> {
    Selector {
        labels: &scope.labels,
        fields: &scope.fields,
    }
}

/// Watches until a list is needed again; gives nothing when nobody listens any more.
async fn watch(
    server: &Server,
    scope: &Arc<Scope>,
    mut version: String,
    tell: &mpsc::Sender<Told>,
    pauses: &mut Pauses,
) -> Option<()> {
    loop {
        let began = Instant::now();
        let begun = server
            .watch(&scope.kind, &scope.namespace, &version, selector(scope))
            .await;
        let Ok(mut watch) = begun else {
            return Some(());
        };
        loop {
            let told = match watch.next().await {
                Ok(Some(Change::Seen(item))) => Told::Seen {
                    scope: Arc::clone(scope),
                    item,
                },
                Ok(Some(Change::Gone(item))) => Told::Gone {
                    scope: Arc::clone(scope),
                    item,
                },
                Ok(Some(Change::Passed)) => continue,
                Ok(Some(Change::TooOld)) | Err(_) => return Some(()),
                Ok(None) => break,
            };
            say(tell, told).await?;
            *pauses = Pauses::new();
        }
        watch.version().clone_into(&mut version);
        if began.elapsed() < SHORT {
            pauses.pause().await;
        }
    }
}
