//! Values on their way through a tree of charts.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::render::template::Str;

/// A value that charts lay over each other. Cheap to clone: what is not changed is shared, between charts and between
/// threads.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Tree {
    /// `null`
    #[default]
    Null,
    /// A truth value.
    Bool(bool),
    /// An `int64`: only `--set` makes them.
    Int(i64),
    /// A `float64`: every number that comes from YAML or JSON.
    Float(f64),
    /// A text.
    Str(Str),
    /// A sequence.
    List(Arc<[Tree]>),
    /// A mapping, by the bytes of its keys.
    Map(Arc<BTreeMap<Str, Tree>>),
}
impl Tree {
    /// tmp
    pub fn to_template(&self) -> crate::render::template::Value {
        crate::render::template::Value::Nil
    }
}
