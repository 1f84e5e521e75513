//! Profile variables and what is bound to them.

use std::sync::Arc;

use crate::diag::Span;
use crate::yaml::Value;

/// A variable that a profile declares.
#[derive(Clone, Debug, PartialEq)]
pub struct Variable {
    /// Its name, unique in the profile.
    pub name: Arc<str>,
    /// What people see instead of the name; unique in the profile.
    pub display_name: Option<Arc<str>>,
    /// What it is for.
    pub description: Option<Arc<str>>,
    /// The form that a value must have.
    pub format: Format,
    /// A regular expression (RE2) that the value's text must match.
    pub regex: Option<Pattern>,
    /// Whether the cluster must give a value when there is no default.
    pub required: bool,
    /// The value when the cluster gives none.
    pub default: Option<Value>,
    /// The values to choose from; empty when any will do.
    pub options: Vec<VarOption>,
    /// Whether its value is masked everywhere.
    pub sensitive: bool,
    /// Whether it is left out of what people see.
    pub hidden: bool,
    /// Whether a cluster may not set it.
    pub read_only: bool,
    /// Where it is declared.
    pub span: Span,
}

/// A regular expression, compiled. Cheap to clone, compared by its text.
#[derive(Clone, Debug)]
pub struct Pattern(pub regex::Regex);

impl PartialEq for Pattern {
    fn eq(&self, other: &Self) -> bool {
        self.0.as_str() == other.0.as_str()
    }
}

impl Eq for Pattern {}

/// The form of a variable's value.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Format {
    /// Any text.
    #[default]
    String,
    /// A number.
    Number,
    /// `true` or `false`.
    Boolean,
    /// A semantic version.
    Version,
    /// An IPv4 address.
    Ipv4,
    /// An IPv4 network, `10.0.0.0/8`.
    Ipv4Cidr,
    /// An IPv6 address.
    Ipv6,
}

impl Format {
    /// As documents write it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::String => "string",
            Self::Number => "number",
            Self::Boolean => "boolean",
            Self::Version => "version",
            Self::Ipv4 => "ipv4",
            Self::Ipv4Cidr => "ipv4cidr",
            Self::Ipv6 => "ipv6",
        }
    }
}

/// One of the values that a variable may have.
#[derive(Clone, Debug, PartialEq)]
pub struct VarOption {
    /// The value.
    pub value: Value,
    /// What people see.
    pub label: Option<Arc<str>>,
    /// What it means.
    pub description: Option<Arc<str>>,
}

/// Where a cluster takes a variable's value from.
#[derive(Clone, Debug, PartialEq)]
pub enum BindingSource {
    /// It stands in the document.
    Literal(Value),
    /// It stands in an environment variable.
    Env(Arc<str>),
    /// It stands in a file, relative to the project's root; one final newline is dropped.
    File(Arc<str>),
}

/// What a variable is bound to in one stack.
#[derive(Clone, Debug, PartialEq)]
pub struct Binding {
    /// The value.
    pub value: Value,
    /// Whether it must never be shown or kept in clear text.
    pub sensitive: bool,
}
