//! Defaults, choices, and templates that call templates.

use super::super::function::Param::{Any, Bool, Str as StrParam};
use super::super::function::{Args, Function, Outcome};
use super::super::value::Value;
use crate::model::Lookup;

pub(super) const FUNCTIONS: &[Function] = &[
    Function::variadic("default", &[Any, Any], |args| {
        let given = args.any(1);
        let chosen = if given.truth() { given } else { args.any(0) };
        Ok(chosen.clone().stored())
    }),
    Function::pure("empty", &[Any], |args| {
        Ok(Value::Bool(!args.any(0).truth()))
    }),
    Function::variadic("coalesce", &[Any], |args| {
        let found = args.0.iter().find(|value| value.truth());
        Ok(found.cloned().unwrap_or(Value::Null))
    }),
    Function::variadic("all", &[Any], |args| {
        Ok(Value::Bool(args.0.iter().all(Value::truth)))
    }),
    Function::variadic("any", &[Any], |args| {
        Ok(Value::Bool(args.0.iter().any(Value::truth)))
    }),
    Function::pure("ternary", &[Any, Any, Bool], |args| {
        let chosen = if args.bool(2) { 0 } else { 1 };
        Ok(args.any(chosen).clone().stored())
    }),
    Function::pure("fail", &[StrParam], |args| {
        Err(args.text(0).into_owned().into())
    }),
    Function::pure("required", &[StrParam, Any], required),
    Function::exec(
        "lookup",
        &[StrParam, StrParam, StrParam, StrParam],
        |exec, args| {
            let [version, kind, namespace, name] = [0, 1, 2, 3].map(|at| args.text(at));
            Ok(exec.look_up(Lookup::new(&version, &kind, &namespace, &name)))
        },
    ),
    Function::pure("getHostByName", &[StrParam], |_args| Ok(Value::from(""))),
    Function::pure("hello", &[], |_args| Ok(Value::from("Hello!"))),
    Function::exec("include", &[StrParam, Any], |exec, args| {
        let printed = exec.include(&args.str(0), args.any(1).clone())?;
        Ok(Value::from(printed))
    }),
    Function::exec("tpl", &[StrParam, Any], |exec, args| {
        let printed = exec.tpl(&args.str(0), args.any(1).clone())?;
        Ok(Value::from(printed))
    }),
];

fn required(args: Args<'_>) -> Outcome {
    match args.any(1) {
        Value::Nil | Value::Null => Err(args.text(0).into_owned().into()),
        Value::Str(text) if text.is_empty() => Err(args.text(0).into_owned().into()),
        value => Ok(value.clone()),
    }
}
