//! Variables.

use crate::config::palette::format::VariableEntry;
use crate::config::palette::secret::MASK;
use crate::yaml::{Map, Value};

use super::{Draft, put};

/// The formats that both sides know by the same word.
const FORMATS: [&str; 7] = [
    "string", "number", "boolean", "version", "ipv4", "ipv4cidr", "ipv6",
];

impl Draft<'_> {
    pub(super) fn variable(&mut self, entry: &VariableEntry) -> Value {
        let mut map = Map::default();
        put(&mut map, "name", entry.name.as_str());
        for (key, text) in [
            ("displayName", &entry.display_name),
            ("description", &entry.description),
        ] {
            if !text.is_empty() {
                put(&mut map, key, text.as_str());
            }
        }
        let format = self.format(entry);
        put(&mut map, "format", format);
        if !entry.regex.is_empty() {
            match regex::Regex::new(&entry.regex) {
                Ok(_) => put(&mut map, "regex", entry.regex.as_str()),
                Err(_) => self.notes.push(format!(
                    "the regular expression of the variable `{}` is none that is understood here; it is left out",
                    entry.name
                )),
            }
        }
        // Nothing else is masked, whatever the entry says.
        if entry.is_sensitive || entry.default_value.as_deref() == Some(MASK) {
            self.sensitive(entry, &mut map);
            return Value::Map(map);
        }
        let default = self.default(entry, format);
        let has_default = default.is_some();
        if let Some(default) = default {
            put(&mut map, "default", typed(&default, format));
        }
        if !entry.options.is_empty() {
            let options = entry.options.iter().map(|option| {
                let mut map = Map::default();
                put(&mut map, "value", typed(&option.value, format));
                for (key, text) in [
                    ("label", &option.label),
                    ("description", &option.description),
                ] {
                    if !text.is_empty() {
                        put(&mut map, key, text.as_str());
                    }
                }
                Value::Map(map)
            });
            put(&mut map, "options", Value::List(options.collect()));
        }
        if entry.required {
            put(&mut map, "required", true);
        }
        if entry.hidden && (has_default || !entry.required) {
            put(&mut map, "hidden", true);
        }
        if entry.immutable && has_default {
            put(&mut map, "readOnly", true);
        }
        Value::Map(map)
    }

    fn format(&mut self, entry: &VariableEntry) -> &'static str {
        let known = FORMATS.iter().find(|known| **known == entry.format);
        if known.is_none() && !entry.format.is_empty() {
            self.notes.push(format!(
                "the variable `{}` has the format `{}`, which is not known here; it is a string",
                entry.name, entry.format
            ));
        }
        known.copied().unwrap_or("string")
    }

    /// A sensitive variable has no default in a document: clusters give the value. So it can neither be hidden nor read
    /// only, which wants a default.
    fn sensitive(&mut self, entry: &VariableEntry, map: &mut Map) {
        let default = entry.default_value.as_deref().unwrap_or_default();
        let given = self.given.values.contains_key(&entry.name);
        if !default.is_empty() || given {
            let known = Some(default).filter(|text| !text.is_empty() && *text != MASK);
            let about = if entry.description.is_empty() {
                format!("the variable `{}`", entry.name)
            } else {
                format!("the variable `{}` ({})", entry.name, entry.description)
            };
            self.want(&entry.name, about, known);
        }
        if entry.hidden || entry.immutable {
            self.notes.push(format!(
                "the sensitive variable `{}` was hidden or read only; clusters have to give its value, so here it is neither",
                entry.name
            ));
        }
        if entry.required || !default.is_empty() || given {
            put(map, "required", true);
        }
        put(map, "sensitive", true);
    }

    /// The default: what was given, else what Palette has. An empty text is one only where it can be.
    fn default(&self, entry: &VariableEntry, format: &str) -> Option<String> {
        if let Some(given) = self.given.values.get(&entry.name) {
            return Some(given.reveal().to_owned());
        }
        let chosen = entry.options.iter().find(|option| option.default);
        match entry.default_value.as_deref() {
            None | Some("") if chosen.is_some() => chosen.map(|option| option.value.clone()),
            Some("") => {
                let fits = regex::Regex::new(&entry.regex).is_ok_and(|regex| regex.is_match(""));
                let fits = format == "string" && entry.options.is_empty() && fits;
                (fits && !entry.required).then(String::new)
            }
            other => other.map(str::to_owned),
        }
    }
}

/// A text as a value of a format, where that is written the same way.
fn typed(text: &str, format: &str) -> Value {
    match format {
        "number" => match text.parse::<i64>() {
            Ok(number) if number.to_string() == text => Value::Int(number),
            _ => Value::from(text),
        },
        "boolean" => match text {
            "true" => Value::Bool(true),
            "false" => Value::Bool(false),
            _ => Value::from(text),
        },
        _ => Value::from(text),
    }
}
