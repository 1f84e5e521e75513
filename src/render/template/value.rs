//! What a template computes with: Go's values as far as templates can tell them apart.

use std::borrow::{Borrow, Cow};
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fmt;
use std::ops::Deref;
use std::rc::Rc;
use std::sync::Arc;

use super::object::Object;

/// A string of bytes, as Go has them: not always UTF-8. Cheap to clone.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Str(Arc<[u8]>);

impl Str {
    /// The text, with U+FFFD for what is not UTF-8.
    pub fn to_text(&self) -> Cow<'_, str> {
        lossy(&self.0)
    }
}

/// The text, with U+FFFD for what is not UTF-8.
pub fn lossy(bytes: &[u8]) -> Cow<'_, str> {
    // Most are fine, which is found out much faster than where they are not.
    match std::str::from_utf8(bytes) {
        Ok(text) => Cow::Borrowed(text),
        Err(_) => String::from_utf8_lossy(bytes),
    }
}

impl Deref for Str {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.0
    }
}

impl Borrow<[u8]> for Str {
    fn borrow(&self) -> &[u8] {
        &self.0
    }
}

impl From<&str> for Str {
    fn from(text: &str) -> Self {
        Self(text.as_bytes().into())
    }
}

impl From<&[u8]> for Str {
    fn from(bytes: &[u8]) -> Self {
        Self(bytes.into())
    }
}

impl From<String> for Str {
    fn from(text: String) -> Self {
        Self(text.into_bytes().into())
    }
}

impl From<Vec<u8>> for Str {
    fn from(bytes: Vec<u8>) -> Self {
        Self(bytes.into())
    }
}

impl fmt::Debug for Str {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&*self.to_text(), f)
    }
}

/// Which of Go's integer types a number has; they are told apart by `typeOf` and `deepEqual`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IntKind {
    /// `int`: literals, `len`, `until`.
    Int,
    /// `int64`: what arithmetic gives.
    Int64,
    /// `uint8`: one byte of a string.
    Uint8,
    /// `uint64`: parts of a version.
    Uint64,
    /// `time.Duration`: an `int64` of nanoseconds that prints as a duration and has methods.
    Duration,
}

impl IntKind {
    /// Go's name of the kind, which is that of the type as well, but for durations.
    pub fn name(self) -> &'static str {
        match self {
            Self::Int => "int",
            Self::Int64 | Self::Duration => "int64",
            Self::Uint8 => "uint8",
            Self::Uint64 => "uint64",
        }
    }

    /// Go's name of the type.
    pub fn type_name(self) -> &'static str {
        match self {
            Self::Duration => "time.Duration",
            kind => kind.name(),
        }
    }

    /// Whether the type has no negative numbers.
    pub fn is_unsigned(self) -> bool {
        matches!(self, Self::Uint8 | Self::Uint64)
    }
}

/// A value in a template.
///
/// There are two nils, as in Go: [`Value::Null`] is what a map holds or lacks under a key (a nil of interface type),
/// [`Value::Nil`] is what becomes of it once a pipeline has passed it on (no value at all). A field of the first is an
/// error, a field of the second is nil again.
#[derive(Clone, Default)]
pub enum Value {
    /// No value: the literal nil, and a pipeline that gave nil.
    #[default]
    Nil,
    /// A nil inside a container, or a missing key of a map.
    Null,
    /// A truth value.
    Bool(bool),
    /// An integer of some type. Unsigned ones are below 2^63.
    Int(i64, IntKind),
    /// A `float64`: every number that comes from YAML or JSON.
    Float(f64),
    /// A string.
    Str(Str),
    /// A slice.
    List(List),
    /// A map with string keys.
    Map(Map),
    /// Anything with methods or fields of its own.
    Object(Rc<dyn Object>),
}

impl Value {
    /// An `int`.
    pub fn int(number: i64) -> Self {
        Self::Int(number, IntKind::Int)
    }

    /// An `int64`.
    pub fn int64(number: i64) -> Self {
        Self::Int(number, IntKind::Int64)
    }

    /// A string.
    pub fn str(text: impl Into<Str>) -> Self {
        Self::Str(text.into())
    }

    /// Whether it is one of the two nils.
    pub fn is_nil(&self) -> bool {
        matches!(self, Self::Nil | Self::Null)
    }

    /// The value as it stands in a container: there is only one nil there.
    pub fn stored(self) -> Self {
        if let Self::Nil = self {
            Self::Null
        } else {
            self
        }
    }

    /// Go's truth: nil, false, zero and everything empty are false.
    pub fn truth(&self) -> bool {
        match self {
            Self::Nil | Self::Null => false,
            Self::Bool(truth) => *truth,
            Self::Int(number, _) => *number != 0,
            Self::Float(number) => *number != 0.0,
            Self::Str(text) => !text.is_empty(),
            Self::List(list) => !list.is_empty(),
            Self::Map(map) => !map.is_empty(),
            Self::Object(object) => object.truth(),
        }
    }

    /// What `typeOf` prints.
    pub fn type_name(&self) -> &str {
        match self {
            Self::Nil | Self::Null => "<nil>",
            Self::Bool(_) => "bool",
            Self::Int(_, kind) => kind.type_name(),
            Self::Float(_) => "float64",
            Self::Str(_) => "string",
            Self::List(list) => list.elem().list_type(),
            Self::Map(map) => map.kind().type_name(),
            Self::Object(object) => object.type_name(),
        }
    }

    /// What `kindOf` prints.
    pub fn kind_name(&self) -> &str {
        match self {
            Self::Nil | Self::Null => "invalid",
            Self::Bool(_) => "bool",
            Self::Int(_, kind) => kind.name(),
            Self::Float(_) => "float64",
            Self::Str(_) => "string",
            Self::List(_) => "slice",
            Self::Map(_) => "map",
            Self::Object(object) => object.kind_name(),
        }
    }
}

impl fmt::Debug for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = Vec::new();
        super::print::print(&mut text, self);
        write!(f, "{}({})", self.type_name(), lossy(&text))
    }
}

impl From<bool> for Value {
    fn from(truth: bool) -> Self {
        Self::Bool(truth)
    }
}

impl From<f64> for Value {
    fn from(number: f64) -> Self {
        Self::Float(number)
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Str(text.into())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::Str(text.into())
    }
}

impl From<Vec<u8>> for Value {
    fn from(bytes: Vec<u8>) -> Self {
        Self::Str(bytes.into())
    }
}

impl From<Str> for Value {
    fn from(text: Str) -> Self {
        Self::Str(text)
    }
}

impl From<List> for Value {
    fn from(list: List) -> Self {
        Self::List(list)
    }
}

impl From<Map> for Value {
    fn from(map: Map) -> Self {
        Self::Map(map)
    }
}

/// What a list's elements are declared to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Elem {
    /// `[]interface {}`
    Any,
    /// `[]string`
    Str,
    /// `[]int`
    Int,
    /// `[]uint8`
    Byte,
    /// `[][]interface {}`
    List,
    /// `[]map[string]interface {}`
    Map,
    /// `common.VersionSet`: texts, with a method that says whether one is among them.
    Versions,
}

impl Elem {
    /// Go's name of a slice of such elements.
    pub fn list_type(self) -> &'static str {
        match self {
            Self::Any => "[]interface {}",
            Self::Str => "[]string",
            Self::Int => "[]int",
            Self::Byte => "[]uint8",
            Self::List => "[][]interface {}",
            Self::Map => "[]map[string]interface {}",
            Self::Versions => "common.VersionSet",
        }
    }
}

/// A slice. It never changes: every function that adds or removes elements makes a new one.
#[derive(Clone)]
pub struct List(Rc<ListData>);

struct ListData {
    elem: Elem,
    nil: bool,
    items: Vec<Value>,
}

impl List {
    /// A `[]interface {}` of these elements.
    pub fn new(items: Vec<Value>) -> Self {
        Self::typed(
            Elem::Any,
            items.into_iter().map(Value::stored).collect::<Vec<_>>(),
        )
    }

    /// A slice with declared elements.
    pub fn typed(elem: Elem, items: Vec<Value>) -> Self {
        let nil = false;
        Self(Rc::new(ListData { elem, nil, items }))
    }

    /// A `[]string`.
    pub fn strings<T: Into<Str>>(items: impl IntoIterator<Item = T>) -> Self {
        Self::typed(Elem::Str, items.into_iter().map(Value::str).collect())
    }

    /// A nil slice: empty, and `null` in JSON.
    pub fn nil(elem: Elem) -> Self {
        Self(Rc::new(ListData {
            elem,
            nil: true,
            items: Vec::new(),
        }))
    }

    /// What the elements are declared to be.
    pub fn elem(&self) -> Elem {
        self.0.elem
    }

    /// Whether it is a nil slice.
    pub fn is_nil(&self) -> bool {
        self.0.nil
    }
}

impl Deref for List {
    type Target = [Value];

    fn deref(&self) -> &[Value] {
        &self.0.items
    }
}

/// What a map is declared to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MapKind {
    /// `map[string]interface {}`
    Any,
    /// `map[string]string`: a missing key is an empty string.
    Strings,
    /// A named type over `map[string]interface {}`, such as `common.Values`.
    Named(&'static str),
}

impl MapKind {
    /// Go's name of the type.
    pub fn type_name(self) -> &'static str {
        match self {
            Self::Any => "map[string]interface {}",
            Self::Strings => "map[string]string",
            Self::Named(name) => name,
        }
    }
}

/// A map with string keys. Clones are the same map: `set` on one is seen in all.
#[derive(Clone)]
pub struct Map(Rc<MapData>);

struct MapData {
    kind: MapKind,
    nil: bool,
    entries: RefCell<BTreeMap<Str, Value>>,
}

impl Default for Map {
    fn default() -> Self {
        Self::typed(MapKind::Any, BTreeMap::new())
    }
}

impl Map {
    /// A map of a declared type.
    pub fn typed(kind: MapKind, entries: BTreeMap<Str, Value>) -> Self {
        Self(Rc::new(MapData {
            kind,
            nil: false,
            entries: RefCell::new(entries),
        }))
    }

    /// A nil map: empty, and `null` in JSON.
    pub fn nil(kind: MapKind) -> Self {
        Self(Rc::new(MapData {
            kind,
            nil: true,
            entries: RefCell::default(),
        }))
    }

    /// Whether it is a nil map.
    pub fn is_nil(&self) -> bool {
        self.0.nil && self.is_empty()
    }

    /// What the map is declared to be.
    pub fn kind(&self) -> MapKind {
        self.0.kind
    }

    /// The value under a key.
    pub fn get(&self, key: &[u8]) -> Option<Value> {
        self.0.entries.borrow().get(key).cloned()
    }

    /// The value under a key, or what a missing key stands for in such a map.
    pub fn get_or_zero(&self, key: &[u8]) -> Value {
        self.get(key).unwrap_or_else(|| match self.0.kind {
            MapKind::Strings => Value::str(""),
            MapKind::Any | MapKind::Named(_) => Value::Null,
        })
    }

    /// Puts a value under a key.
    pub fn insert(&self, key: impl Into<Str>, value: Value) {
        let old = self
            .0
            .entries
            .borrow_mut()
            .insert(key.into(), value.stored());
        drop(old);
    }

    /// Takes the value under a key away.
    pub fn remove(&self, key: &[u8]) {
        let old = self.0.entries.borrow_mut().remove(key);
        drop(old);
    }

    /// Whether there is such a key.
    pub fn contains(&self, key: &[u8]) -> bool {
        self.0.entries.borrow().contains_key(key)
    }

    /// How many keys there are.
    pub fn len(&self) -> usize {
        self.0.entries.borrow().len()
    }

    /// Whether there are no keys.
    pub fn is_empty(&self) -> bool {
        self.0.entries.borrow().is_empty()
    }

    /// The keys and values as they are now, by key.
    pub fn entries(&self) -> Vec<(Str, Value)> {
        let entries = self.0.entries.borrow();
        entries
            .iter()
            .map(|(key, value)| (key.clone(), value.clone()))
            .collect()
    }

    /// Whether both are the same map, not only equal ones.
    pub fn is_same(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.0, &other.0)
    }
}

impl<K: Into<Str>> FromIterator<(K, Value)> for Map {
    fn from_iter<I: IntoIterator<Item = (K, Value)>>(entries: I) -> Self {
        let entries = entries.into_iter();
        Self::typed(
            MapKind::Any,
            entries
                .map(|(key, value)| (key.into(), value.stored()))
                .collect(),
        )
    }
}

// A template can nest containers as deep as it likes, so they are taken down in a loop: dropping them one inside the
// other would overflow the stack.
fn take_down(items: impl IntoIterator<Item = Value>) {
    let nested = |value: &Value| matches!(value, Value::List(_) | Value::Map(_));
    let mut waiting: Vec<Value> = items.into_iter().filter(nested).collect();
    while let Some(value) = waiting.pop() {
        match value {
            Value::List(mut list) => {
                if let Some(data) = Rc::get_mut(&mut list.0) {
                    waiting.extend(std::mem::take(&mut data.items).into_iter().filter(nested));
                }
            }
            Value::Map(mut map) => {
                if let Some(data) = Rc::get_mut(&mut map.0) {
                    let entries = std::mem::take(data.entries.get_mut());
                    waiting.extend(entries.into_values().filter(nested));
                }
            }
            _ => {}
        }
    }
}

impl Drop for ListData {
    fn drop(&mut self) {
        take_down(std::mem::take(&mut self.items));
    }
}

impl Drop for MapData {
    fn drop(&mut self) {
        take_down(std::mem::take(self.entries.get_mut()).into_values());
    }
}
