//! Runs on a scripted target where things run: plans are made, applied, interrupted and made again.

mod hooks;
mod waits;
mod world;
