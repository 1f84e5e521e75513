//! Where the bytes of an answer go.

use std::io;

/// Where the bytes of an answer go.
pub trait Sink {
    /// Forgets all that was written: the answer was cut, and comes again from its beginning.
    ///
    /// # Errors
    /// When that cannot be done.
    fn restart(&mut self) -> io::Result<()>;

    /// Takes the next bytes.
    ///
    /// # Errors
    /// When they cannot be written.
    fn write(&mut self, bytes: &[u8]) -> io::Result<()>;
}

impl Sink for Vec<u8> {
    fn restart(&mut self) -> io::Result<()> {
        self.clear();
        Ok(())
    }

    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.extend_from_slice(bytes);
        Ok(())
    }
}
