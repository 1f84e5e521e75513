//! What a layer is for, and the cloud it is for.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

/// What a layer is: one of the four core layers, or an add-on of some type. Ordered as stacks are: os, k8s, cni, csi,
/// then add-ons.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Category {
    /// The operating system.
    Os,
    /// Kubernetes.
    K8s,
    /// The network.
    Cni,
    /// The storage.
    Csi,
    /// An add-on: `ingress`, `logging`, `system-app` ... in lower case with dashes.
    Addon(Arc<str>),
}

/// A text that is no category.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a category: it wants lower case letters, digits and dashes")]
pub struct InvalidCategory(pub String);

impl Category {
    /// The four core layers, in the order of the stack.
    pub const CORE: [Self; 4] = [Self::Os, Self::K8s, Self::Cni, Self::Csi];

    /// Whether it is a core layer.
    pub fn is_core(&self) -> bool {
        !matches!(self, Self::Addon(_))
    }

    /// The category as it is written in documents.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Os => "os",
            Self::K8s => "k8s",
            Self::Cni => "cni",
            Self::Csi => "csi",
            Self::Addon(name) => name,
        }
    }
}

impl FromStr for Category {
    type Err = InvalidCategory;

    /// Spaces are taken as dashes, since packs write both `system app` and `system-app`.
    fn from_str(text: &str) -> Result<Self, InvalidCategory> {
        let dashed = text.replace(' ', "-");
        let fine = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        match dashed.as_str() {
            "os" => Ok(Self::Os),
            "k8s" => Ok(Self::K8s),
            "cni" => Ok(Self::Cni),
            "csi" => Ok(Self::Csi),
            name if !name.is_empty() && name.bytes().all(fine) => Ok(Self::Addon(name.into())),
            _ => Err(InvalidCategory(text.to_owned())),
        }
    }
}

impl TryFrom<String> for Category {
    type Error = InvalidCategory;

    fn try_from(text: String) -> Result<Self, InvalidCategory> {
        text.parse()
    }
}

impl From<Category> for String {
    fn from(category: Category) -> Self {
        category.as_str().to_owned()
    }
}

impl fmt::Display for Category {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.pad(self.as_str())
    }
}

/// A cloud as packs name it: `aws`, `azure`, `vsphere`, `edge-native` ...; `all` fits every one.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Cloud(Arc<str>);

impl Cloud {
    /// Takes a text as the name of a cloud.
    pub fn new(text: &str) -> Self {
        Self(text.into())
    }

    /// The cloud that fits every one.
    pub fn all() -> Self {
        Self("all".into())
    }

    /// Whether it fits every cloud.
    pub fn is_all(&self) -> bool {
        &*self.0 == "all"
    }

    /// Whether something made for this cloud may be used on `other`.
    pub fn allows(&self, other: &Cloud) -> bool {
        self.is_all() || self == other
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Default for Cloud {
    fn default() -> Self {
        Self::all()
    }
}

impl fmt::Display for Cloud {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.pad(&self.0)
    }
}
