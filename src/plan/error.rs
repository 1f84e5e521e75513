//! What can go wrong while planning.

use crate::model::{ClusterName, Digest, LayerName, ObjectKey};
use crate::state::StateError;

/// What can go wrong while planning.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PlanError {
    /// Two layers render the same object differently.
    #[error(
        "cluster {cluster}: the layers {first} and {second} both render {object}, and differently; one of them has to give it up"
    )]
    Clash {
        /// The cluster.
        cluster: ClusterName,
        /// The layer that comes first.
        first: LayerName,
        /// The other layer.
        second: LayerName,
        /// The object.
        object: Box<ObjectKey>,
    },
    /// A text of the state is not what it should be.
    #[error("the text {digest} in the state is not an object; run `stratiform state verify`")]
    Damaged {
        /// The digest.
        digest: Digest,
    },
    /// The state cannot be read.
    #[error(transparent)]
    State(#[from] StateError),
}
