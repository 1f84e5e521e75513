//! Parts of URLs, as Go's `net/url` takes them apart and puts them together.

use super::super::function::Param::{Map as Dict, Str as Text};
use super::super::function::{Args, Failure, Function, Outcome};
use super::super::print::quoted;
use super::super::value::{Map, Str, Value};
use super::go::sized;

pub(super) const FUNCTIONS: &[Function] = &[
    Function::pure("urlParse", &[Text], |args| {
        let text = args.text(0);
        let parts = parse(&text).map_err(|why| {
            let shown = quoted(text.as_bytes());
            Failure::from(format!("unable to parse url: parse {shown}: {why}"))
        })?;
        let all = [
            ("scheme", parts.scheme.into()),
            ("host", parts.host.clone()),
            ("hostname", hostname(&parts.host)),
            ("path", parts.path),
            ("query", parts.query.into()),
            ("opaque", parts.opaque.into()),
            ("fragment", parts.fragment),
            ("userinfo", parts.user.into()),
        ];
        let all = all.map(|(key, text)| (key, Value::from(text)));
        Ok(Value::Map(all.into_iter().collect()))
    }),
    Function::pure("urlJoin", &[Dict], join),
];

#[derive(Default)]
struct Parts {
    scheme: String,
    user: String,
    host: Vec<u8>,
    path: Vec<u8>,
    query: String,
    opaque: String,
    fragment: Vec<u8>,
}

const HOST: &[u8] = b"!$&'()*+,;=:[]<>\"";
const PATH: &[u8] = b"$&+,/:;=@";
const USER: &[u8] = b"$&+,;=";
const FRAGMENT: &[u8] = b"!$&()*+,/:;=?@";

fn escape(text: &[u8], kept: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    for byte in text {
        if byte.is_ascii_alphanumeric() || b"-_.~".contains(byte) || kept.contains(byte) {
            out.push(*byte);
        } else {
            out.extend_from_slice(format!("%{byte:02X}").as_bytes());
        }
    }
    out
}

fn unescape(text: &str) -> Result<Vec<u8>, String> {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((byte, after)) = rest.split_first() {
        if *byte != b'%' {
            out.push(*byte);
            rest = after;
            continue;
        }
        let digit = |at: usize| {
            after
                .get(at)
                .and_then(|byte| char::from(*byte).to_digit(16))
        };
        let code = digit(0).zip(digit(1)).map(|(high, low)| high * 16 + low);
        let Some(code) = code.and_then(|code| u8::try_from(code).ok()) else {
            let shown = quoted(&rest[..rest.len().min(3)]);
            return Err(format!("invalid URL escape {shown}"));
        };
        out.push(code);
        rest = &after[2..];
    }
    Ok(out)
}

fn parse(text: &str) -> Result<Parts, String> {
    if text.bytes().any(|byte| byte < b' ' || byte == 0x7f) {
        return Err("net/url: invalid control character in URL".to_owned());
    }
    let mut parts = Parts::default();
    let (rest, fragment) = text.split_once('#').unwrap_or((text, ""));
    parts.fragment = unescape(fragment)?;
    if rest == "*" {
        parts.path = b"*".to_vec();
        return Ok(parts);
    }
    let (scheme, rest) = scheme(rest)?;
    parts.scheme = scheme.to_ascii_lowercase();
    let (mut rest, query) = rest.split_once('?').unwrap_or((rest, ""));
    parts.query = query.to_owned();
    if !rest.starts_with('/') {
        if !scheme.is_empty() {
            parts.opaque = rest.to_owned();
            return Ok(parts);
        }
        let segment = rest.split('/').next().unwrap_or("");
        if segment.contains(':') {
            return Err("first path segment in URL cannot contain colon".to_owned());
        }
    }
    if rest.starts_with("//") && (!scheme.is_empty() || !rest.starts_with("///")) {
        let authority = &rest[2..];
        let end = authority.find('/').unwrap_or(authority.len());
        rest = &authority[end..];
        authority_parts(&authority[..end], &mut parts)?;
    }
    parts.path = unescape(rest)?;
    Ok(parts)
}

fn scheme(text: &str) -> Result<(&str, &str), String> {
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' => {}
            b'0'..=b'9' | b'+' | b'-' | b'.' if at > 0 => {}
            b':' if at > 0 => return Ok((&text[..at], &text[at + 1..])),
            b':' => return Err("missing protocol scheme".to_owned()),
            _ => break,
        }
    }
    Ok(("", text))
}

fn authority_parts(text: &str, parts: &mut Parts) -> Result<(), String> {
    let (user, host) = text.rsplit_once('@').unwrap_or(("", text));
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-._:~!$&'()*+,;=%@".contains(&byte);
    if !user.bytes().all(allowed) {
        return Err("net/url: invalid userinfo".to_owned());
    }
    let (name, password) = match user.split_once(':') {
        Some((name, password)) => (name, Some(password)),
        None => (user, None),
    };
    let mut shown = escape(&unescape(name)?, USER);
    if let Some(password) = password {
        shown.push(b':');
        shown.extend(escape(&unescape(password)?, USER));
    }
    parts.user = String::from_utf8_lossy(&shown).into_owned();
    let port_at = match host.strip_prefix('[') {
        Some(address) => match address.rfind(']') {
            Some(end) => end + 2,
            None => return Err("missing ']' in host".to_owned()),
        },
        None => host.rfind(':').unwrap_or(host.len()),
    };
    let port = &host[port_at..];
    let digits = port.strip_prefix(':').unwrap_or("");
    if !port.is_empty() && (!port.starts_with(':') || !digits.bytes().all(|b| b.is_ascii_digit())) {
        return Err(format!(
            "invalid port {} after host",
            quoted(port.as_bytes())
        ));
    }
    let bad = |byte: &u8| {
        byte.is_ascii()
            && !byte.is_ascii_alphanumeric()
            && !b"-_.~%".contains(byte)
            && !HOST.contains(byte)
    };
    if let Some(bad) = host.bytes().find(|byte| bad(byte)) {
        let shown = quoted(&[bad]);
        return Err(format!("invalid character {shown} in host name"));
    }
    parts.host = unescape(host)?;
    Ok(())
}

/// The host without brackets and port.
fn hostname(host: &[u8]) -> Vec<u8> {
    if host.first() == Some(&b'[') {
        let end = host.iter().rposition(|byte| *byte == b']');
        return host[1..end.unwrap_or(host.len())].to_vec();
    }
    let colon = host.iter().rposition(|byte| *byte == b':');
    host[..colon.unwrap_or(host.len())].to_vec()
}

fn part(map: &Map, key: &str) -> Result<Str, Failure> {
    match map.get(key.as_bytes()) {
        None => Ok(Str::from("")),
        Some(Value::Str(text)) => Ok(text),
        Some(other) if other.is_nil() => {
            Err("runtime error: invalid memory address or nil pointer dereference".into())
        }
        Some(other) => Err(format!(
            "unable to parse {key} key, must be of type string, but {} found",
            other.kind_name()
        )
        .into()),
    }
}

fn join(args: Args<'_>) -> Outcome {
    let map = args.map(0);
    let [scheme, host, path, query, opaque, fragment, userinfo] = [
        "scheme", "host", "path", "query", "opaque", "fragment", "userinfo",
    ]
    .map(|key| part(&map, key));
    let (scheme, host, path, query) = (scheme?, host?, path?, query?);
    let (opaque, fragment, userinfo) = (opaque?, fragment?, userinfo?);
    let mut parts = Parts::default();
    // Go reads it as part of a URL, where these end it.
    let has_user = !userinfo.is_empty() && !userinfo.iter().any(|byte| b"/?#".contains(byte));
    if has_user {
        let text = format!("{}@host", userinfo.to_text());
        authority_parts(&text, &mut parts)
            .map_err(|why| format!("unable to parse userinfo in dict: {why}"))?;
    }
    let mut out = Vec::new();
    if !scheme.is_empty() {
        out.extend_from_slice(&scheme);
        out.push(b':');
    }
    if opaque.is_empty() {
        let user = has_user;
        let any = !scheme.is_empty() || !host.is_empty() || user;
        if any && (!host.is_empty() || !path.is_empty() || user) {
            out.extend_from_slice(b"//");
        }
        if user {
            out.extend_from_slice(parts.user.as_bytes());
            out.push(b'@');
        }
        out.extend(escape(&host, HOST));
        if !path.is_empty() && path[0] != b'/' && !host.is_empty() {
            out.push(b'/');
        }
        let segment = path.split(|byte| *byte == b'/').next().unwrap_or(b"");
        if out.is_empty() && segment.contains(&b':') {
            out.extend_from_slice(b"./");
        }
        if &*path == b"*" {
            out.push(b'*');
        } else {
            out.extend(escape(&path, PATH));
        }
    } else {
        out.extend_from_slice(&opaque);
    }
    if !query.is_empty() {
        out.push(b'?');
        out.extend_from_slice(&query);
    }
    if !fragment.is_empty() {
        out.push(b'#');
        out.extend(escape(&fragment, FRAGMENT));
    }
    sized(out)
}
