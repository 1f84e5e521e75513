//! How long indexes of Helm repositories take.

fn main() {}
