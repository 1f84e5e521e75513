//! The tables that say what a document may hold. Decoding and the JSON Schema both read them.

/// A mapping with known fields.
#[derive(Debug)]
pub(super) struct Shape {
    /// What people call it, without an article: "layer".
    pub name: &'static str,
    /// What it is for.
    pub doc: &'static str,
    /// Its fields, in groups that several shapes can share.
    pub fields: &'static [&'static [Field]],
    /// Fields of which exactly one must be there; empty when there is no such rule.
    pub one_of: &'static [&'static str],
    /// What to do when somebody writes one of these fields, which do not exist.
    pub hints: &'static [(&'static str, &'static str)],
}

/// One field of a [`Shape`].
#[derive(Debug)]
pub(super) struct Field {
    /// The key.
    pub name: &'static str,
    /// What may stand there.
    pub ty: Type,
    /// Whether it must be there.
    pub required: bool,
    /// What it is for, one sentence without a full stop.
    pub doc: &'static str,
}

/// What may stand in a field.
#[derive(Clone, Copy, Debug)]
pub(super) enum Type {
    /// A text that is not empty.
    Text,
    /// An RFC 1123 subdomain.
    Name,
    /// A strict semantic version.
    Semver,
    /// `true` or `false`.
    Bool,
    /// An integer from 0 to 4294967295.
    Count,
    /// A number, or a text with a unit.
    Quantity,
    /// A time that is not zero, as text: `90s`, `10m`.
    Duration,
    /// A text, a number or a boolean.
    Scalar,
    /// One of some words.
    Choice(&'static Choice),
    /// Anything.
    Any,
    /// A mapping that belongs to somebody else: values of a pack or chart.
    Values,
    /// A list.
    List(&'static Type),
    /// A mapping from texts.
    Map(&'static Type),
    /// A mapping from names.
    NameMap(&'static Type),
    /// A mapping with known fields.
    Shape(&'static Shape),
    /// A text, a number or a boolean; or a mapping with known fields.
    ScalarOr(&'static Shape),
}

/// The words that a field can be.
#[derive(Debug)]
pub(super) struct Choice {
    /// Each word with what it means.
    pub words: &'static [(&'static str, &'static str)],
    /// Words that are taken as another one.
    pub aliases: &'static [(&'static str, &'static str)],
    /// What to do when somebody writes one of these words, which do not exist.
    pub hints: &'static [(&'static str, &'static str)],
}

impl Shape {
    /// A shape without further rules, to take the rest from.
    pub const PLAIN: Self = Self {
        name: "",
        doc: "",
        fields: &[],
        one_of: &[],
        hints: &[],
    };

    /// All fields.
    pub fn all_fields(&self) -> impl Iterator<Item = &'static Field> {
        self.fields.iter().copied().flatten()
    }

    /// The field with this key.
    pub fn field(&self, name: &str) -> Option<&'static Field> {
        self.all_fields().find(|field| field.name == name)
    }
}

/// A field that must be there.
pub(super) const fn must(name: &'static str, ty: Type, doc: &'static str) -> Field {
    Field {
        name,
        ty,
        required: true,
        doc,
    }
}

/// A field that can be left out; null stands for leaving it out.
pub(super) const fn may(name: &'static str, ty: Type, doc: &'static str) -> Field {
    Field {
        name,
        ty,
        required: false,
        doc,
    }
}

impl Choice {
    /// A choice without further rules, to take the rest from.
    pub const PLAIN: Self = Self {
        words: &[],
        aliases: &[],
        hints: &[],
    };
}
