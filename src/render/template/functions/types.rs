//! What values are: types and kinds.

use super::super::function::Function;
use super::super::function::Param::{Any, Str as Text};
use super::super::value::Value;

pub(super) const FUNCTIONS: &[Function] = &[
    Function::pure("typeOf", &[Any], |args| {
        Ok(Value::from(args.any(0).type_name()))
    }),
    Function::pure("typeIs", &[Text, Any], |args| {
        Ok(Value::Bool(args.text(0) == args.any(1).type_name()))
    }),
    Function::pure("typeIsLike", &[Text, Any], |args| {
        let (wanted, got) = (args.text(0), args.any(1).type_name());
        let like = got.strip_prefix('*') == Some(&*wanted);
        Ok(Value::Bool(wanted == got || like))
    }),
    Function::pure("kindOf", &[Any], |args| {
        Ok(Value::from(args.any(0).kind_name()))
    }),
    Function::pure("kindIs", &[Text, Any], |args| {
        Ok(Value::Bool(args.text(0) == args.any(1).kind_name()))
    }),
];
