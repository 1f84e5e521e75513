//! What people are told when a chart cannot be rendered.
