//! How a view is drawn.

/// How a view is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct View {
    /// Whether colours and emphasis are used.
    pub colour: bool,
    /// How many columns there are.
    pub width: usize,
    /// Whether everything is shown: each cluster by itself, long differences to their end.
    pub expand: bool,
}

impl Default for View {
    fn default() -> Self {
        Self {
            colour: false,
            width: 80,
            expand: false,
        }
    }
}
