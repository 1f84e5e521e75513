//! Mutants of archives, of their packed bytes and of what is packed.

use std::io::{Read as _, Write as _};

use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use proptest::prelude::*;
use proptest::sample::Index;
use proptest::test_runner::{Config, TestRunner};
use stratiform::archive::{Limits, unpack};
use stratiform::model::{ChartFile, ChartFiles, Digest};
use stratiform::render::chart::{Chart, Options, Tree, resolve};

use super::cases;
use super::mutate::{mutated, mutations};
use super::seeds;

const WORDS: &[&str] = &[
    "../",
    "/",
    "\\",
    "..\\",
    "./",
    "C:",
    "\0",
    "Chart.yaml",
    "values.yaml",
    "charts/",
    "templates/",
    "ustar",
    "00000000000",
    "77777777777",
    "path=x\n",
    "30 path=../../x\n",
    "size=99999999999\n",
    "\u{1f}\u{8b}",
    "name: x\n",
    "dependencies:\n",
    "- {name: a, alias: b}\n",
    "version: 1.0.0\n",
    "type: library\n",
    "import-values: [x]\n",
    "condition: a.b,c\n",
    "tags: [t]\n",
    "1",
    "5",
    "L",
    "K",
    "x",
    "g",
    "2",
];

const LIMITS: Limits = Limits {
    bytes: 8 << 20,
    entries: 2_000,
};

/// Archives above this are left out: they take long to pack again.
const LARGEST: u64 = 300_000;

#[test]
#[ignore = "run by a test that gives it a process of its own"]
fn mutants_of_archives() {
    let mut seeds: Vec<Vec<u8>> = vec![own()];
    for path in seeds::archives() {
        let small = std::fs::metadata(&path).is_ok_and(|file| file.len() <= LARGEST / 6);
        let bytes = std::fs::read(&path).expect("the archive can be read");
        let mut stream = Vec::new();
        let read = GzDecoder::new(bytes.as_slice())
            .take(LARGEST)
            .read_to_end(&mut stream);
        if small && read.is_ok() {
            seeds.push(stream);
        }
    }
    let strategy = (any::<Index>(), any::<bool>(), mutations(WORDS));
    let config = Config {
        failure_persistence: None,
        ..Config::with_cases(cases(400))
    };
    let outcome = TestRunner::new(config).run(&strategy, |(seed, inside, changes)| {
        let stream = &seeds[seed.index(seeds.len())];
        let bytes = if inside {
            packed(&mutated(stream, &changes))
        } else {
            mutated(&packed(stream), &changes)
        };
        let Ok(entries) = unpack(&bytes, LIMITS) else {
            return Ok(());
        };
        let mut total = 0;
        for entry in &entries {
            total += entry.data.len() as u64;
            let leaves = entry.path.split('/').any(|part| part == "..");
            prop_assert!(!leaves && !entry.path.starts_with('/'), "{}", entry.path);
        }
        prop_assert!(total <= LIMITS.bytes);
        let files = entries.into_iter().map(|entry| ChartFile {
            path: entry.path.into(),
            data: entry.data,
        });
        let files = ChartFiles {
            origin: "mutant".into(),
            digest: Digest::of(b""),
            files: files.collect(),
        };
        if let Ok(chart) = Chart::load(&files) {
            let _ = resolve(&chart, &Tree::empty(), "v1.37.0", Options::default());
        }
        Ok(())
    });
    outcome.unwrap_or_else(|error| panic!("{error}"));
}

fn packed(stream: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(stream).expect("memory takes it");
    encoder.finish().expect("memory takes it")
}

/// A chart with a chart in it, as a stream of files.
fn own() -> Vec<u8> {
    let inner = {
        let files = [(
            "inner/Chart.yaml",
            "apiVersion: v2\nname: inner\nversion: 1.0.0\n".as_bytes(),
        )];
        packed(&stream(&files))
    };
    let outer = "apiVersion: v2\nname: outer\nversion: 1.0.0\ndependencies:\n- {name: inner, version: ^1, condition: inner.on, tags: [t], import-values: [x]}\n";
    stream(&[
        ("outer/Chart.yaml", outer.as_bytes()),
        (
            "outer/values.yaml",
            b"inner: {on: true, exports: {x: {a: 1}}}\ntags: {t: false}\n",
        ),
        ("outer/templates/a.yaml", b"a: {{ .Values.a }}\n"),
        ("outer/values.schema.json", b"{\"type\": \"object\"}"),
        ("outer/charts/inner-1.0.0.tgz", &inner),
    ])
}

fn stream(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut archive = tar::Builder::new(Vec::new());
    for (path, data) in files {
        let mut header = tar::Header::new_gnu();
        header.set_size(data.len() as u64);
        header.set_mode(0o644);
        archive
            .append_data(&mut header, path, *data)
            .expect("memory takes it");
    }
    archive.into_inner().expect("memory takes it")
}
