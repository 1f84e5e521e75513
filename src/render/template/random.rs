//! Values that are random, yet the same at every rendering: each is computed from a key and from its place in the
//! templates.
//!
//! A place is the chain of calls that leads to it, as names of templates and texts of expressions, so that it stays
//! the same when other parts of a chart are edited or move. Where one chain is walked several times, as in a loop, the
//! turns are counted.

use std::collections::HashMap;
use std::convert::Infallible;
use std::fmt;
use std::ops::Range;
use std::rc::Rc;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use rand_core::{TryCryptoRng, TryRng};

use super::ast::Source;
use super::function::{Failure, Outcome};
use super::object::Object;
use super::value::{List, Map, Str, Value};

/// What the random functions draw from, and the time that it is.
#[derive(Clone)]
pub struct Seed {
    /// The same key gives the same values. It is as secret as the passwords that come of it.
    pub key: [u8; 32],
    /// What `now` gives.
    pub now: Timestamp,
}

impl fmt::Debug for Seed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Seed")
            .field("now", &self.now)
            .finish_non_exhaustive()
    }
}

/// The random values of a run by their places: what [`Run::altered`](super::Run::altered) changes.
#[derive(Clone, Debug)]
pub struct Memo {
    seed: Seed,
    values: HashMap<Turn, Value>,
}

impl Memo {
    /// The random values of several runs with the same seed.
    pub fn joined(memos: impl IntoIterator<Item = Self>) -> Option<Self> {
        memos.into_iter().reduce(|mut joined, memo| {
            joined.values.extend(memo.values);
            joined
        })
    }
}

/// One call on the way to a place.
pub(super) struct Link {
    /// The template that it stands in.
    pub template: Str,
    pub source: Arc<Source>,
    /// Where the expression stands in the source.
    pub range: Range<usize>,
}

/// A place, and how often it was come to before.
type Turn = (blake3::Hash, u32);

/// Where random values of a run come from.
pub(super) struct Chance {
    seed: Seed,
    counts: HashMap<blake3::Hash, u32>,
    made: HashMap<Turn, Value>,
    /// The values of another run, which come out changed.
    altered: Option<HashMap<Turn, Value>>,
    pub used: bool,
}

/// Bytes that look random; no end of them.
pub struct Stream(blake3::OutputReader);

impl Stream {
    /// A number below `bound`, each equally likely; 0 for a bound of 0.
    pub fn below(&mut self, bound: u64) -> u64 {
        if bound == 0 {
            return 0;
        }
        // What lies beyond the last whole multiple would favour small numbers.
        let fair = u64::MAX - u64::MAX % bound;
        loop {
            let number = self.number();
            if number < fair {
                return number % bound;
            }
        }
    }

    /// So many bytes.
    pub fn bytes<const N: usize>(&mut self) -> [u8; N] {
        let mut bytes = [0; N];
        self.0.fill(&mut bytes);
        bytes
    }

    /// Fills all of it.
    pub fn fill(&mut self, bytes: &mut [u8]) {
        self.0.fill(bytes);
    }

    fn number(&mut self) -> u64 {
        u64::from_le_bytes(self.bytes())
    }
}

impl TryRng for Stream {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        Ok(u32::from_le_bytes(self.bytes()))
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        Ok(self.number())
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
        self.0.fill(bytes);
        Ok(())
    }
}

impl TryCryptoRng for Stream {}

impl Chance {
    pub fn new(seed: Seed) -> Self {
        Self {
            seed,
            counts: HashMap::new(),
            made: HashMap::new(),
            altered: None,
            used: false,
        }
    }

    /// Another time, and other values at all places.
    pub fn altered(memo: Memo) -> Self {
        let Memo { mut seed, values } = memo;
        seed.key = *blake3::keyed_hash(&seed.key, b"other values").as_bytes();
        // Another year, month, day, hour, minute, second and fraction of it.
        let later = SignedDuration::new(((397 * 24 + 1) * 60 + 1) * 60 + 1, 111_111_111);
        seed.now = seed.now.checked_add(later).unwrap_or(Timestamp::UNIX_EPOCH);
        Self {
            altered: Some(values),
            ..Self::new(seed)
        }
    }

    pub fn into_memo(self) -> Memo {
        Memo {
            seed: self.seed,
            values: self.made,
        }
    }

    pub fn now(&mut self) -> Timestamp {
        self.used = true;
        self.seed.now
    }

    /// The value of this place: made from its stream, or the altered one.
    pub fn value(
        &mut self,
        links: &[Link],
        make: impl FnOnce(&mut Stream) -> Outcome,
        alter: impl FnOnce(&Value) -> Value,
    ) -> Outcome {
        self.used = true;
        let place = place(links);
        let count = self.counts.entry(place).or_default();
        let turn = (place, *count);
        *count += 1;
        if let Some(known) = self.altered.as_ref().and_then(|known| known.get(&turn)) {
            return Ok(alter(known));
        }
        let mut hasher = blake3::Hasher::new_keyed(&self.seed.key);
        hasher.update(place.as_bytes());
        hasher.update(&turn.1.to_le_bytes());
        let value = make(&mut Stream(hasher.finalize_xof()))?;
        self.made.insert(turn, value.clone());
        Ok(value)
    }
}

fn place(links: &[Link]) -> blake3::Hash {
    let mut hasher = blake3::Hasher::new();
    for link in links {
        hasher.update(&link.template);
        // No text holds this byte, so no two chains look alike.
        hasher.update(&[0xff]);
        let text = link.source.text.get(link.range.clone()).unwrap_or_default();
        for word in text.split_ascii_whitespace() {
            hasher.update(word.as_bytes());
            hasher.update(b" ");
        }
        hasher.update(&[0xff]);
    }
    hasher.finalize()
}

pub(super) fn no_seed() -> Failure {
    "it is random or tells the time, and needs a seed, which only charts have".into()
}

/// Another value of the same form: every letter and digit is another one, of the same sort.
pub(super) fn turned(value: &Value) -> Value {
    match value {
        Value::Str(text) => Value::from(turned_text(text)),
        Value::Int(number, kind) => Value::Int(number.wrapping_add(1), *kind),
        Value::List(list) => {
            Value::List(List::typed(list.elem(), list.iter().map(turned).collect()))
        }
        Value::Map(map) => {
            let entries = map.entries().into_iter();
            let entries = entries.map(|(key, value)| (key, turned(&value)));
            Value::Map(Map::typed(map.kind(), entries.collect()))
        }
        Value::Object(object) => Value::Object(turned_object(object)),
        other => other.clone(),
    }
}

fn turned_object(object: &Rc<dyn Object>) -> Rc<dyn Object> {
    object.altered().unwrap_or_else(|| Rc::clone(object))
}

fn turned_text(text: &[u8]) -> Vec<u8> {
    let hexadecimal = text
        .iter()
        .all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f' | b'-'));
    let mut out = Vec::with_capacity(text.len());
    for line in text.split_inclusive(|byte| *byte == b'\n') {
        // What frames a key says what it is, not which.
        if line.starts_with(b"-----") {
            out.extend_from_slice(line);
            continue;
        }
        out.extend(line.iter().map(|byte| match byte {
            // Never 0, which would change a number's length.
            b'0'..=b'9' => (byte - b'0') % 9 + 1 + b'0',
            b'a'..=b'f' if hexadecimal => (byte - b'a' + 3) % 6 + b'a',
            b'a'..=b'z' => (byte - b'a' + 13) % 26 + b'a',
            b'A'..=b'Z' => (byte - b'A' + 13) % 26 + b'A',
            other => *other,
        }));
    }
    out
}
