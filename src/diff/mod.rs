//! Values, objects and texts compared, and what is sensitive in them masked.
