//! A release: a chart under a name in a namespace.

use crate::model::Capabilities;
use crate::render::template::{Map, Value};

/// What a chart is rendered for.
#[derive(Clone, Copy, Debug)]
pub struct Release<'a> {
    /// The release's name.
    pub name: &'a str,
    /// The namespace of objects that name none.
    pub namespace: &'a str,
    /// Whether templates see an upgrade in place of an install.
    pub is_upgrade: bool,
    /// What the cluster can do.
    pub capabilities: &'a Capabilities,
}

impl Release<'_> {
    /// What templates read as `.Release`. There is never another revision than the first, so that rendering does not
    /// depend on how often it was done.
    pub(super) fn seen(&self) -> Value {
        let entries = [
            ("Name", Value::from(self.name)),
            ("Namespace", Value::from(self.namespace)),
            ("Service", Value::from("Helm")),
            ("IsInstall", (!self.is_upgrade).into()),
            ("IsUpgrade", self.is_upgrade.into()),
            ("Revision", Value::int(1)),
        ];
        Value::Map(entries.into_iter().collect::<Map>())
    }
}
