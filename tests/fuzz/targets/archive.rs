//! An archive, unpacked; what is in it loaded as a chart, and rendered.

#![no_main]

use std::sync::Arc;

use jiff::Timestamp;
use libfuzzer_sys::fuzz_target;
use stratiform::archive::{Limits, unpack};
use stratiform::diag::Sources;
use stratiform::model::{Capabilities, ChartFile, ChartFiles, Digest, Version};
use stratiform::render::chart::{Options, Release, SharedChart, Tree, render, resolve};
use stratiform::render::template::{self, Run, Seed};

const LIMITS: Limits = Limits {
    bytes: 16 << 20,
    entries: 2_000,
};

const STEPS: template::Limits = template::Limits {
    depth: 100,
    output_bytes: 4 << 20,
    steps: 200_000,
};

fuzz_target!(|data: &[u8]| {
    let Ok(entries) = unpack(data, LIMITS) else {
        return;
    };
    let files = entries.into_iter().map(|entry| {
        assert!(!entry.path.split('/').any(|part| part == ".."), "{}", entry.path);
        ChartFile {
            path: entry.path.into(),
            data: entry.data,
        }
    });
    let files = ChartFiles {
        origin: "fuzzed".into(),
        digest: Digest::of(data),
        files: files.collect(),
    };
    let Ok(chart) = SharedChart::load(&files, &Arc::new(Sources::default())) else {
        return;
    };
    let version = "v1.37.0";
    let Ok(resolved) = resolve(&chart.chart, &Tree::empty(), version, Options::default()) else {
        return;
    };
    let capabilities = Capabilities::assumed(Version::new(version).expect("it is one"), []);
    let release = Release {
        name: "fuzzed",
        namespace: "default",
        is_upgrade: false,
        capabilities: &capabilities,
    };
    let seed = Seed {
        key: [7; 32],
        now: Timestamp::UNIX_EPOCH,
    };
    let _ = render(&resolved, &release, &chart.templates, |set| Run::new(set, STEPS, Some(seed)));
});
