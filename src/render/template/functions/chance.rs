//! Passwords, numbers and names that are random.

use base64::Engine as _;

use super::super::exec::Exec;
use super::super::function::Param::{Int, Str as Text};
use super::super::function::{Args, Function, Outcome};
use super::super::random::Stream;
use super::super::value::Value;
use super::strings::room;

const ALPHA: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const DIGITS: &[u8] = b"0123456789";
const ALPHANUMERIC: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

pub(super) const FUNCTIONS: &[Function] = &[
    Function::exec("randAlphaNum", &[Int], |exec, args| {
        exec.random(|stream| letters(stream, args.int(0), ALPHANUMERIC))
    }),
    Function::exec("randAlpha", &[Int], |exec, args| {
        exec.random(|stream| letters(stream, args.int(0), ALPHA))
    }),
    Function::exec("randNumeric", &[Int], |exec, args| {
        exec.random(|stream| letters(stream, args.int(0), DIGITS))
    }),
    Function::exec("randAscii", &[Int], |exec, args| {
        let printable: Vec<u8> = (b' '..=b'~').collect();
        exec.random(|stream| letters(stream, args.int(0), &printable))
    }),
    Function::exec("randBytes", &[Int], |exec, args| {
        exec.random(|stream| bytes(stream, args.int(0)))
    }),
    Function::exec("randInt", &[Int, Int], integer),
    Function::exec("shuffle", &[Text], |exec, args| {
        exec.random(|stream| {
            let mut all: Vec<char> = args.text(0).chars().collect();
            for at in (1..all.len()).rev() {
                let other = stream.below(at as u64 + 1);
                all.swap(at, usize::try_from(other).unwrap_or(at));
            }
            Ok(Value::from(all.into_iter().collect::<String>()))
        })
    }),
    Function::exec("uuidv4", &[], |exec, _args| {
        exec.random(|stream| {
            let uuid = uuid::Builder::from_random_bytes(stream.bytes()).into_uuid();
            Ok(Value::from(uuid.to_string()))
        })
    }),
];

/// None when less than none are asked for.
fn letters(stream: &mut Stream, count: i64, from: &[u8]) -> Outcome {
    let count = usize::try_from(count).unwrap_or(0);
    room(count)?;
    let mut text = Vec::with_capacity(count);
    for _ in 0..count {
        let at = stream.below(from.len() as u64);
        text.push(usize::try_from(at).map_or(b'0', |at| from[at]));
    }
    Ok(Value::from(text))
}

fn bytes(stream: &mut Stream, count: i64) -> Outcome {
    let Ok(count) = usize::try_from(count) else {
        return Err("runtime error: makeslice: len out of range".into());
    };
    room(count)?;
    let mut bytes = vec![0; count];
    stream.fill(&mut bytes);
    let text = base64::engine::general_purpose::STANDARD.encode(bytes);
    Ok(Value::from(text))
}

fn integer(exec: &mut Exec<'_>, args: Args<'_>) -> Outcome {
    let (from, to) = (args.int(0), args.int(1));
    let span = to.wrapping_sub(from);
    let Some(span) = u64::try_from(span).ok().filter(|span| *span > 0) else {
        return Err("invalid argument to Intn".into());
    };
    let within = |offset: u64| Value::int(from.wrapping_add_unsigned(offset));
    exec.random_or(
        |stream| Ok(within(stream.below(span))),
        |known| match known {
            Value::Int(known, _) => {
                let offset = u64::try_from(known.wrapping_sub(from)).unwrap_or(0);
                within(offset.wrapping_add(1) % span)
            }
            other => other.clone(),
        },
    )
}
