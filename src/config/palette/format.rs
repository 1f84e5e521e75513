//! The fields of an exported profile.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer, Serialize};

/// The key below `pack` in values that says when a layer is installed: a whole number as text, lower ones first.
pub const PRIORITY: &str = "spectrocloud.com/install-priority";

/// The key below `pack` in values that tells two layers of one pack apart.
pub const DISPLAY_NAME: &str = "spectrocloud.com/display-name";

/// A profile as Palette exports it. Fields that are not named here are passed over.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Exported {
    /// Its name and labels.
    #[serde(deserialize_with = "or_default")]
    pub metadata: Metadata,
    /// What it is made of.
    #[serde(deserialize_with = "or_default")]
    pub spec: Spec,
}

/// The name of a profile, and what people say of it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Metadata {
    /// The name.
    #[serde(deserialize_with = "or_default")]
    pub name: String,
    /// What it is for.
    #[serde(
        deserialize_with = "or_default",
        skip_serializing_if = "String::is_empty"
    )]
    pub description: String,
    /// Labels; Palette keeps tags there as well.
    #[serde(
        deserialize_with = "or_default",
        skip_serializing_if = "BTreeMap::is_empty"
    )]
    pub labels: BTreeMap<String, String>,
}

/// What a profile is made of.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Spec {
    /// The version, strict semver.
    #[serde(deserialize_with = "or_default")]
    pub version: String,
    /// The layers.
    #[serde(deserialize_with = "or_default")]
    pub template: Template,
    /// What clusters can set.
    #[serde(deserialize_with = "or_default")]
    pub variables: Vec<VariableEntry>,
    /// What only we know of.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stratiform: Option<OwnProfile>,
}

/// The layers of a profile.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Template {
    /// `cluster` (which is our `full`), `infra` or `add-on`.
    #[serde(rename = "type", deserialize_with = "or_default")]
    pub kind: String,
    /// The cloud: `all`, `aws`, `edge-native` ...
    #[serde(deserialize_with = "or_default")]
    pub cloud_type: String,
    /// The layers, in order.
    #[serde(deserialize_with = "or_default")]
    pub packs: Vec<PackEntry>,
}

/// A layer.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct PackEntry {
    /// The pack's name; of a layer of manifests, any.
    #[serde(deserialize_with = "or_default")]
    pub name: String,
    /// `spectro` and `oci` are packs, `helm` is a chart, `manifest` is manifests alone.
    #[serde(rename = "type", deserialize_with = "or_default")]
    pub kind: String,
    /// `os`, `k8s`, `cni`, `csi`, `addon`.
    #[serde(deserialize_with = "or_default")]
    pub layer: String,
    /// The version that `tag` came to.
    #[serde(deserialize_with = "or_default")]
    pub version: String,
    /// What was asked for: a version or a train.
    #[serde(deserialize_with = "or_default")]
    pub tag: String,
    /// All values, as the text of a YAML document.
    #[serde(deserialize_with = "or_default")]
    pub values: String,
    /// Manifests beside the pack's own.
    #[serde(deserialize_with = "or_default")]
    pub manifests: Vec<ManifestEntry>,
    /// Where the pack comes from; nothing for manifests.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub registry: Option<RegistryEntry>,
    /// What only we know of.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stratiform: Option<Own>,
}

/// A manifest of a layer.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct ManifestEntry {
    /// The name.
    #[serde(deserialize_with = "or_default")]
    pub name: String,
    /// The text.
    #[serde(deserialize_with = "or_default")]
    pub content: String,
}

/// Where a pack comes from.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct RegistryEntry {
    /// The registry.
    #[serde(deserialize_with = "or_default")]
    pub metadata: RegistryMetadata,
}

/// A registry by name.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct RegistryMetadata {
    /// The name that people gave it: `Public Repo`.
    #[serde(deserialize_with = "or_default")]
    pub name: String,
    /// `pack`, `helm` or `oci`.
    #[serde(deserialize_with = "or_default")]
    pub kind: String,
    /// Its number in that Palette.
    #[serde(
        deserialize_with = "or_default",
        skip_serializing_if = "String::is_empty"
    )]
    pub uid: String,
}

/// A variable.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct VariableEntry {
    /// The name.
    #[serde(deserialize_with = "or_default")]
    pub name: String,
    /// What people see.
    #[serde(
        deserialize_with = "or_default",
        skip_serializing_if = "String::is_empty"
    )]
    pub display_name: String,
    /// What it is for.
    #[serde(
        deserialize_with = "or_default",
        skip_serializing_if = "String::is_empty"
    )]
    pub description: String,
    /// `string`, `number`, `boolean`, `version`, `ipv4`, `ipv4cidr`, `ipv6`.
    #[serde(deserialize_with = "or_default")]
    pub format: String,
    /// The value when a cluster sets none. Palette writes an empty text for none.
    #[serde(deserialize_with = "scalar", skip_serializing_if = "Option::is_none")]
    pub default_value: Option<String>,
    /// What the value must match.
    #[serde(
        deserialize_with = "or_default",
        skip_serializing_if = "String::is_empty"
    )]
    pub regex: String,
    /// Whether it must have a value.
    #[serde(deserialize_with = "or_default")]
    pub required: bool,
    /// Whether clusters may not set it.
    #[serde(deserialize_with = "or_default")]
    pub immutable: bool,
    /// Whether it is left out of what people see.
    #[serde(deserialize_with = "or_default")]
    pub hidden: bool,
    /// Whether its value is masked.
    #[serde(deserialize_with = "or_default")]
    pub is_sensitive: bool,
    /// `text`, `multiline` or `dropdown`.
    #[serde(
        deserialize_with = "or_default",
        skip_serializing_if = "String::is_empty"
    )]
    pub input_type: String,
    /// What a drop-down offers.
    #[serde(deserialize_with = "or_default", skip_serializing_if = "Vec::is_empty")]
    pub options: Vec<Choice>,
}

/// What a drop-down offers.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Choice {
    /// The value.
    #[serde(deserialize_with = "text")]
    pub value: String,
    /// What people see.
    #[serde(
        deserialize_with = "or_default",
        skip_serializing_if = "String::is_empty"
    )]
    pub label: String,
    /// What it means.
    #[serde(
        deserialize_with = "or_default",
        skip_serializing_if = "String::is_empty"
    )]
    pub description: String,
    /// Whether it is the one that is chosen at first.
    #[serde(deserialize_with = "or_default")]
    pub default: bool,
}

/// What only we know of a layer.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Own {
    /// The layer's name, where it is not the pack's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The add-on category.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub category: Option<String>,
    /// Layers that must be there before.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub depends_on: Vec<String>,
    /// The folder or archive of a chart that is of no registry.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// Whether a chart's `crds/` are left out.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub skip_crds: bool,
}

/// What only we know of a profile.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct OwnProfile {
    /// Which clusters get the profile without naming it, as our documents write it.
    #[serde(skip_serializing_if = "serde_json::Value::is_null")]
    pub cluster_selector: serde_json::Value,
}

/// Takes null for what is left out: Go writes it for empty lists and mappings.
fn or_default<'de, D: Deserializer<'de>, T: Default + Deserialize<'de>>(
    from: D,
) -> Result<T, D::Error> {
    Ok(Option::deserialize(from)?.unwrap_or_default())
}

/// A text, or a number or boolean as the text that it is written with. What it is does not get into a message.
fn scalar<'de, D: Deserializer<'de>>(from: D) -> Result<Option<String>, D::Error> {
    match serde_json::Value::deserialize(from)? {
        serde_json::Value::Null => Ok(None),
        serde_json::Value::String(text) => Ok(Some(text)),
        other @ (serde_json::Value::Bool(_) | serde_json::Value::Number(_)) => {
            Ok(Some(other.to_string()))
        }
        serde_json::Value::Array(_) | serde_json::Value::Object(_) => Err(
            serde::de::Error::custom("a text is expected, not a list or a mapping"),
        ),
    }
}

fn text<'de, D: Deserializer<'de>>(from: D) -> Result<String, D::Error> {
    Ok(scalar(from)?.unwrap_or_default())
}
