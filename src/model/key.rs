//! The key that turns what is secret into keyed hashes.

use std::fmt;

use super::Digest;

/// 32 secret bytes. What must not be read out of state, plan or log is kept as a hash under this key.
#[derive(Clone)]
pub struct Key([u8; 32]);

impl Key {
    /// Takes 32 secret bytes as a key.
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The secret bytes, to write them into the key's own file and nowhere else.
    pub fn expose(&self) -> &[u8; 32] {
        &self.0
    }

    /// The keyed hash of some bytes. Who has not the key learns only whether two contents are equal.
    pub fn hash(&self, bytes: &[u8]) -> Digest {
        Digest::from_bytes(blake3::keyed_hash(&self.0, bytes).into())
    }

    /// A hasher under this key, for content that comes in parts. Parts must be framed by who feeds them.
    pub fn hasher(&self) -> blake3::Hasher {
        blake3::Hasher::new_keyed(&self.0)
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Key(..)")
    }
}
