//! Waiting until something is gone, or has come.

use tokio::time::timeout;

use crate::model::ObjectKey;
use crate::target::TargetError;
use crate::yaml::Value;

use super::discovery::{Kind, Resource};
use super::list::Selector;
use super::look::text;
use super::server::Server;
use super::watch::Change;

/// Whether a wait is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wait {
    On,
    Over,
}

impl Server {
    /// Waits until an object with a uid is gone. The answer is the object as it was last, when it is still there after the
    /// time that this server's things are given to go.
    pub(super) async fn gone(
        &self,
        resource: &Resource,
        key: &ObjectKey,
        uid: &str,
    ) -> Result<Option<Value>, TargetError> {
        let mut last = None;
        self.until(resource, key, |now| match now {
            Some(object) if text(object, "uid") == uid => {
                last = Some(object.clone());
                Wait::On
            }
            _ => {
                last = None;
                Wait::Over
            }
        })
        .await?;
        Ok(last)
    }

    /// Shows an object to `look` now and whenever it changes, as nothing when it is not there, until that has seen enough or
    /// the time is over.
    pub(super) async fn until(
        &self,
        resource: &Resource,
        key: &ObjectKey,
        mut look: impl FnMut(Option<&Value>) -> Wait + Send,
    ) -> Result<(), TargetError> {
        match timeout(self.pace.going, self.follow(resource, key, &mut look)).await {
            Ok(followed) => followed,
            Err(_) => Ok(()),
        }
    }

    async fn follow(
        &self,
        resource: &Resource,
        key: &ObjectKey,
        look: &mut (impl FnMut(Option<&Value>) -> Wait + Send),
    ) -> Result<(), TargetError> {
        let kind = Kind::of(key);
        let namespace = resource.namespace_of(key);
        let fields = format!("metadata.name={}", key.name);
        let selector = Selector {
            labels: "",
            fields: &fields,
        };
        loop {
            let listed = self.list(&kind, namespace, selector).await?;
            if look(listed.items.first()) == Wait::Over {
                return Ok(());
            }
            let mut version = listed.version;
            'watches: loop {
                let mut watch = self.watch(&kind, namespace, &version, selector).await?;
                while let Some(change) = watch.next().await? {
                    let seen = match &change {
                        Change::Seen(object) => look(Some(object)),
                        Change::Gone(_) => look(None),
                        Change::Passed => Wait::On,
                        Change::TooOld => break 'watches,
                    };
                    if seen == Wait::Over {
                        return Ok(());
                    }
                }
                version = watch.version().to_owned();
            }
        }
    }
}
