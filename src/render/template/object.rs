//! Values with methods: what `.Capabilities`, `.Files`, times and versions are.

use std::rc::Rc;

use super::function::{Outcome, Param};
use super::value::{Map, Value};

/// How a method is called: its parameters are checked by the caller, as those of a function are.
#[derive(Clone, Copy, Debug)]
pub struct Method {
    /// What it takes.
    pub params: &'static [Param],
    /// Whether the last parameter may come any number of times.
    pub variadic: bool,
}

/// A value that is more than data. Methods win over fields.
pub trait Object {
    /// Go's name of the type, such as `*common.Capabilities`.
    fn type_name(&self) -> &str;

    /// Go's kind of the type.
    fn kind_name(&self) -> &'static str {
        "ptr"
    }

    /// The field of that name.
    fn field(&self, _name: &str) -> Option<Value> {
        None
    }

    /// The method of that name.
    fn method(&self, _name: &str) -> Option<Method> {
        None
    }

    /// Calls a method that [`Object::method`] told of, with arguments that fit it.
    ///
    /// # Errors
    /// Whatever the method finds wrong.
    fn call(&self, name: &str, args: &[Value]) -> Outcome;

    /// The text that functions see when they print it.
    fn text(&self) -> String;

    /// The text that a template prints in which it stands alone: there, Go finds methods of pointers, too.
    fn printed(&self) -> String {
        self.text()
    }

    /// The map that `range`, `index` and `len` see, if the object is one as well.
    fn as_map(&self) -> Option<Map> {
        None
    }

    /// The members of the JSON of a struct, which are in the order of its fields.
    fn fields(&self) -> Option<Vec<(&'static str, Value)>> {
        None
    }

    /// The JSON of the object, as plain data: what [`Object::fields`] says, unless it is no struct.
    fn data(&self) -> Value {
        match self.fields() {
            Some(fields) => Value::Map(fields.into_iter().collect()),
            None => Value::from(self.text()),
        }
    }

    /// Whether it counts as true.
    fn truth(&self) -> bool {
        true
    }

    /// Another object of the same form, if this one came of chance.
    fn altered(&self) -> Option<Rc<dyn Object>> {
        None
    }

    /// The object itself, for functions that know its type.
    fn as_any(&self) -> &dyn std::any::Any;
}
