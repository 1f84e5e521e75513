//! How people name what is in a state.

use std::fmt;
use std::str::FromStr;

use crate::model::{ClusterName, LayerName, ObjectKey};

use super::StateError;

/// The name of something in a state: `prod-1`, `prod-1/ingress`, `prod-1/ingress/Deployment.apps/web/frontend`, or
/// `prod-1/ingress/ClusterRole.rbac.authorization.k8s.io/reader` for an object without a namespace.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Address {
    /// A cluster.
    Cluster(ClusterName),
    /// A layer of a cluster.
    Layer(ClusterName, LayerName),
    /// An object of a layer.
    Object(ClusterName, LayerName, ObjectKey),
}

impl Address {
    /// The cluster that it is, or is on.
    pub fn cluster(&self) -> &ClusterName {
        match self {
            Self::Cluster(cluster) | Self::Layer(cluster, _) | Self::Object(cluster, ..) => cluster,
        }
    }
}

impl fmt::Display for Address {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Cluster(cluster) => write!(out, "{cluster}"),
            Self::Layer(cluster, layer) => write!(out, "{cluster}/{layer}"),
            Self::Object(cluster, layer, key) => {
                write!(out, "{cluster}/{layer}/{}/", key.kind_and_group())?;
                if !key.namespace.is_empty() {
                    write!(out, "{}/", key.namespace)?;
                }
                out.write_str(&key.name)
            }
        }
    }
}

impl FromStr for Address {
    type Err = StateError;

    fn from_str(text: &str) -> Result<Self, StateError> {
        let invalid = |why: String| StateError::InvalidAddress {
            text: text.to_owned(),
            why,
        };
        let parts: Vec<&str> = text.split('/').collect();
        if parts.iter().skip(2).any(|part| part.is_empty()) {
            return Err(invalid("a part of it is empty".to_owned()));
        }
        let cluster = ClusterName::new(parts[0]).map_err(|error| invalid(error.to_string()))?;
        let Some(layer) = parts.get(1) else {
            return Ok(Self::Cluster(cluster));
        };
        let layer = LayerName::new(layer).map_err(|error| invalid(error.to_string()))?;
        let key = |kind: &str, namespace, name| {
            let (kind, group) = kind.split_once('.').unwrap_or((kind, ""));
            ObjectKey::new(group, kind, namespace, name)
        };
        match parts[2..] {
            [] => Ok(Self::Layer(cluster, layer)),
            [kind, name] => Ok(Self::Object(cluster, layer, key(kind, "", name))),
            [kind, namespace, name] => Ok(Self::Object(cluster, layer, key(kind, namespace, name))),
            _ => Err(invalid(
                "it wants `cluster`, `cluster/layer` or `cluster/layer/Kind.group/namespace/name`"
                    .to_owned(),
            )),
        }
    }
}
