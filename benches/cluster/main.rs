//! How long a real API server takes with us, beside kubectl and helm.
//!
//! `cargo bench --bench cluster` starts control planes as the tests do (`tests/control-plane/build`, `tests/helm/fetch`) and
//! prints three tables, all of one run:
//!
//! - 500 objects applied for the first time: by `kubectl apply --server-side -f`, by `helm install` as one chart, and by
//!   `stratiform apply`, which plans first;
//! - 1,000 objects in 20 kinds compared with what they should be: by `kubectl diff --server-side` and by
//!   `stratiform drift`;
//! - 50 clusters on two control planes in one apply, each with layers that take their time to get ready, beside one of them.
//!
//! Times are medians of whole programs, from start to end, in turn. `-- --quick` takes fewer rounds and clusters.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a benchmark talks, and stops at the first surprise"
)]

mod apply;
mod drift;
mod fleet;
mod objects;
mod project;
#[path = "../../tests/it/support"]
#[expect(dead_code, unused_imports, reason = "it is made for the tests")]
mod support {
    pub mod authority;
    mod output;
    pub mod planes;
    pub mod skip;

    pub use output::Output;
}

fn main() {
    let quick = std::env::args().any(|argument| argument == "--quick");
    let (Some(one), Some(other)) = (
        support::planes::Plane::start("one"),
        support::planes::Plane::start("two"),
    ) else {
        println!(
            "There is no control plane: `tests/control-plane/build` and `tests/helm/fetch` bring it."
        );
        return;
    };
    apply::compare(&one, if quick { 1 } else { 5 });
    println!();
    drift::compare(&one, if quick { 1 } else { 3 });
    println!();
    fleet::compare([&one, &other], if quick { 10 } else { 50 });
}
