//! The functions: Go's own, Sprig's and Helm's, by theme.
//!
//! Those that are random or tell the time ask the run for it, which is how they give the same at every rendering.

mod casing;
mod cast;
mod chance;
mod compare;
mod crypto;
mod data;
mod dates;
mod decimal;
mod dicts;
mod durations;
mod encoding;
mod flow;
mod go;
mod lists;
mod math;
mod paths;
mod regex;
mod strings;
mod toml;
mod types;
mod url;
mod version;
mod words;
mod yaml_pretty;

pub(super) use durations::object as duration;

use super::function::Function;

pub use data::to_yaml;

/// All functions.
pub(super) fn all() -> impl Iterator<Item = Function> {
    [
        casing::FUNCTIONS,
        chance::FUNCTIONS,
        compare::FUNCTIONS,
        crypto::CERTIFICATES,
        crypto::PASSWORDS,
        data::FUNCTIONS,
        dates::FUNCTIONS,
        dicts::FUNCTIONS,
        durations::FUNCTIONS,
        encoding::FUNCTIONS,
        flow::FUNCTIONS,
        go::FUNCTIONS,
        lists::FUNCTIONS,
        lists::TWINS,
        math::FUNCTIONS,
        paths::FUNCTIONS,
        regex::FUNCTIONS,
        regex::TWINS,
        strings::FUNCTIONS,
        toml::FUNCTIONS,
        types::FUNCTIONS,
        url::FUNCTIONS,
        version::FUNCTIONS,
        yaml_pretty::FUNCTIONS,
    ]
    .into_iter()
    .flatten()
    .cloned()
}
