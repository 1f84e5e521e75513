//! PEM: bytes between lines that say what they are.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// Lines of 64 characters.
pub(super) fn encode(label: &str, bytes: &[u8]) -> String {
    let body = STANDARD.encode(bytes);
    let mut text = format!("-----BEGIN {label}-----\n");
    let mut rest = body.as_str();
    while !rest.is_empty() {
        let (line, after) = rest.split_at(rest.len().min(64));
        text.push_str(line);
        text.push('\n');
        rest = after;
    }
    text.push_str("-----END ");
    text.push_str(label);
    text.push_str("-----\n");
    text
}

/// The first block of a text: its label and its bytes. What stands before it does not count.
pub(super) fn decode(text: &str) -> Option<(String, Vec<u8>)> {
    let mut lines = text.lines();
    let label = lines.find_map(|line| {
        let label = line.trim_end().strip_prefix("-----BEGIN ")?;
        label.strip_suffix("-----")
    })?;
    let end = format!("-----END {label}-----");
    let mut body = String::new();
    for line in lines {
        let line = line.trim();
        if line == end {
            return Some((label.to_owned(), STANDARD.decode(body).ok()?));
        }
        // Headers such as `Proc-Type`.
        if !line.contains(':') {
            body.push_str(line);
        }
    }
    None
}
