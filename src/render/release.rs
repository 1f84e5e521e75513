//! Names of Helm releases.

use crate::diag::{Diagnostic, Span};
use crate::yaml::Value;

/// Helm keeps a release's name in labels and in names of Secrets, which leaves it this many characters.
pub const LONGEST_NAME: usize = 53;

/// The release name of a pack's chart: what `pack.releaseNameOverride` says of the chart, else `<pack>-<chart>`.
///
/// # Errors
/// When the name is longer than [`LONGEST_NAME`].
pub fn release_name(
    pack: &str,
    chart: &str,
    values: &Value,
    span: Span,
) -> Result<String, Box<Diagnostic>> {
    let name = values
        .at(["pack", "releaseNameOverride", chart])
        .and_then(Value::as_str)
        .filter(|name| !name.is_empty())
        .map_or_else(|| format!("{pack}-{chart}"), str::to_owned);
    if name.len() <= LONGEST_NAME {
        return Ok(name);
    }
    let summary = format!(
        "the release name `{name}` has {} characters, {LONGEST_NAME} are allowed",
        name.len()
    );
    Err(Box::new(Diagnostic::error(summary).at(span).help(format!(
        "set a shorter name under `pack.releaseNameOverride.{chart}` in the layer's values"
    ))))
}
