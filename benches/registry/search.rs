//! `registry search` by the real program.

use super::{generate, measure, server};

/// How many milliseconds a search with a warm cache may take.
const ASKED: u32 = 300;

/// Prints how long a search takes.
pub fn time(rounds: usize) {
    let address = server::serve(generate::index(10_000));
    let folder = tempfile::tempdir().unwrap();
    let project = folder.path().join("project");
    std::fs::create_dir(&project).unwrap();
    let documents = format!(
        "apiVersion: stratiform/v1\nkind: Project\nmetadata: {{name: bench}}\nspec: {{}}\n---\n\
         apiVersion: stratiform/v1\nkind: Registry\nmetadata: {{name: large}}\nspec: \
         {{helm: {{url: \"http://{address}/charts\"}}, access: {{plainHttp: true}}}}\n"
    );
    std::fs::write(project.join("stratiform.yaml"), documents).unwrap();
    let search = |cache: &str| {
        let cache = folder.path().join(cache);
        let cache = cache.to_str().unwrap();
        let arguments = ["registry", "search", "chart-0042", "--registry", "large"];
        measure::program(&project, &arguments, &[("STRATIFORM_CACHE", cache)])
    };
    let cold = search("cold").seconds;
    search("warm");
    let mut all: Vec<measure::Measured> = (0..rounds).map(|_| search("warm")).collect();
    all.sort_by(|a, b| a.seconds.total_cmp(&b.seconds));
    let warm = all[all.len() / 2];
    println!("| search over 10,000 versions | time | asked for | peak memory |");
    println!("| --- | --- | --- | --- |");
    println!("| nothing in the cache | {:.0} ms | | |", cold * 1e3);
    println!(
        "| warm cache | {:.0} ms | {ASKED} ms | {:.0} MB |",
        warm.seconds * 1e3,
        warm.megabytes
    );
}
