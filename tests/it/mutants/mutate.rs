//! Texts made wrong.

use proptest::prelude::*;
use proptest::sample::Index;

/// One change of a text. Places are shares of its length.
#[derive(Clone, Debug)]
pub enum Mutation {
    /// Takes a piece out.
    Remove(Index, usize),
    /// Says a piece again, so many times.
    Repeat(Index, usize, usize),
    /// Puts a word in.
    Insert(Index, &'static str),
    /// Puts another byte there.
    Byte(Index, u8),
    /// Moves a piece elsewhere.
    Move(Index, usize, Index),
    /// Cuts the rest off.
    Cut(Index),
}

/// Some changes, with words to put in.
pub fn mutations(words: &'static [&'static str]) -> impl Strategy<Value = Vec<Mutation>> {
    let one = prop_oneof![
        3 => (any::<Index>(), 1..40_usize).prop_map(|(at, length)| Mutation::Remove(at, length)),
        2 => (any::<Index>(), 1..60_usize, prop_oneof![2..5_usize, Just(300)])
            .prop_map(|(at, length, times)| Mutation::Repeat(at, length, times)),
        6 => (any::<Index>(), proptest::sample::select(words))
            .prop_map(|(at, word)| Mutation::Insert(at, word)),
        2 => (any::<Index>(), any::<u8>()).prop_map(|(at, byte)| Mutation::Byte(at, byte)),
        2 => (any::<Index>(), 1..80_usize, any::<Index>())
            .prop_map(|(at, length, to)| Mutation::Move(at, length, to)),
        1 => any::<Index>().prop_map(Mutation::Cut),
    ];
    proptest::collection::vec(one, 1..6)
}

/// The text with the changes made, one after the other.
pub fn mutated(text: &[u8], mutations: &[Mutation]) -> Vec<u8> {
    let mut text = text.to_vec();
    for mutation in mutations {
        let piece = |at: &Index, length: usize| {
            let from = at.index(text.len() + 1);
            from..(from + length).min(text.len())
        };
        match mutation {
            Mutation::Remove(at, length) => drop(text.drain(piece(at, *length))),
            Mutation::Repeat(at, length, times) => {
                let piece = piece(at, *length);
                let again = text[piece.clone()].repeat(*times);
                text.splice(piece, again);
            }
            Mutation::Insert(at, word) => {
                let at = at.index(text.len() + 1);
                text.splice(at..at, word.bytes());
            }
            Mutation::Byte(at, byte) if !text.is_empty() => {
                let at = at.index(text.len());
                text[at] = *byte;
            }
            Mutation::Byte(..) => {}
            Mutation::Move(at, length, to) => {
                let taken: Vec<u8> = text.drain(piece(at, *length)).collect();
                let to = to.index(text.len() + 1);
                text.splice(to..to, taken);
            }
            Mutation::Cut(at) => text.truncate(at.index(text.len() + 1)),
        }
    }
    text
}
