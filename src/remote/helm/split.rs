//! An index taken apart at its lines, so that no more than one entry is read at a time.
//!
//! That is only right for texts that are laid out as programs lay them out: `entries:` at the beginning of a line, the
//! names of charts below it, all as far to the right, and a list below each, in lines. In such a text no value reaches
//! as far to the left as what it is in, so that lines tell where entries begin. Whatever does not look so is refused here,
//! and read as a whole.

use crate::yaml::{self, Value};

/// A text is not laid out as expected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct OtherLayout;

/// One piece of an index.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Piece<'a> {
    /// A chart begins.
    Name(String),
    /// The lines of one version of it.
    Entry(&'a str),
}

/// Where we are in the text.
enum Place {
    Outside,
    /// How far to the right the names stand, once that is known.
    Names(Option<usize>),
    /// Below a name: how far to the right the names stand, and the dashes.
    Entries(usize, usize),
}

/// Takes an index apart, and hands the pieces out in their order. Gives the lines outside of `entries`.
pub(super) fn split<'a>(
    text: &'a str,
    take: &mut dyn FnMut(Piece<'a>) -> Result<(), OtherLayout>,
) -> Result<String, OtherLayout> {
    let mut outside = String::new();
    let mut place = Place::Outside;
    let mut seen = false;
    // Where the entry begins that we are in.
    let mut open: Option<usize> = None;
    let mut offset = 0;
    for line in text.split_inclusive('\n') {
        let start = offset;
        offset += line.len();
        let bare = line.trim_end_matches(['\n', '\r']);
        if bare.contains('\r') {
            return Err(OtherLayout);
        }
        let indent = bare.len() - bare.trim_start_matches(' ').len();
        let rest = &bare[indent..];
        if rest.is_empty() || rest.starts_with('#') {
            continue;
        }
        let dashed = rest == "-" || rest.starts_with("- ");
        let mut close = |open: &mut Option<usize>| match open.take() {
            Some(from) => take(Piece::Entry(&text[from..start])),
            None => Ok(()),
        };
        place = match place {
            _ if indent == 0 => {
                close(&mut open)?;
                if bare == "entries:" && !std::mem::replace(&mut seen, true) {
                    Place::Names(None)
                } else {
                    outside.push_str(line);
                    Place::Outside
                }
            }
            Place::Outside => {
                outside.push_str(line);
                Place::Outside
            }
            // The list of a chart begins, as far to the right as its name or farther.
            Place::Names(Some(names)) if dashed && indent >= names => {
                open = Some(start);
                Place::Entries(names, indent)
            }
            Place::Entries(names, dashes) if dashed && indent == dashes => {
                close(&mut open)?;
                open = Some(start);
                Place::Entries(names, dashes)
            }
            Place::Entries(names, dashes) if indent > dashes => Place::Entries(names, dashes),
            Place::Names(None) if !dashed => {
                take(Piece::Name(name(rest)?))?;
                Place::Names(Some(indent))
            }
            Place::Names(Some(names)) | Place::Entries(names, _) if indent == names && !dashed => {
                close(&mut open)?;
                take(Piece::Name(name(rest)?))?;
                Place::Names(Some(names))
            }
            Place::Names(_) | Place::Entries(..) => return Err(OtherLayout),
        };
    }
    if let Some(from) = open {
        take(Piece::Entry(&text[from..]))?;
    }
    if seen { Ok(outside) } else { Err(OtherLayout) }
}

/// The name in a line that has nothing but a name.
fn name(line: &str) -> Result<String, OtherLayout> {
    let read = yaml::parse_first(line).map_err(|_| OtherLayout)?;
    match read {
        Value::Map(map) if map.len() == 1 => {
            let (name, value) = map.into_iter().next().ok_or(OtherLayout)?;
            let nothing = value.is_null() || value.as_list().is_some_and(<[Value]>::is_empty);
            if nothing { Ok(name) } else { Err(OtherLayout) }
        }
        _ => Err(OtherLayout),
    }
}
