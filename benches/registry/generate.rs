//! An index as `helm repo index` writes it, of charts that say as much of themselves as those of large repositories do.

use std::fmt::Write as _;

/// Versions of each chart.
const VERSIONS: usize = 100;

/// An index with so many versions of charts.
pub fn index(versions: usize) -> String {
    let mut text = String::from("apiVersion: v1\nentries:\n");
    for chart in 0..versions / VERSIONS {
        writeln!(text, "  chart-{chart:04}:").unwrap();
        for version in (0..VERSIONS).rev() {
            entry(&mut text, chart, version);
        }
    }
    text.push_str("generated: \"2026-03-05T12:00:00.123456789Z\"\n");
    text
}

fn entry(text: &mut String, chart: usize, version: usize) {
    let (minor, patch) = (version / 10, version % 10);
    let digest = chart * VERSIONS + version;
    write!(
        text,
        r#"  - annotations:
      category: Infrastructure
      licenses: Apache-2.0
    apiVersion: v2
    appVersion: {minor}.{patch}.1
    created: "2026-03-05T12:{minor:02}:{patch:02}.123456789Z"
    dependencies:
    - condition: redis.enabled
      name: redis
      repository: https://charts.example.com/stable
      version: 18.x.x
    - name: common
      repository: https://charts.example.com/stable
      tags:
      - common
      version: 2.x.x
    description: The chart {chart:04} deploys a service with a database and a cache, and
      shows it to the world through an Ingress.
    digest: {digest:064x}
    home: https://example.com/chart-{chart:04}
    icon: https://example.com/chart-{chart:04}/icon.png
    keywords:
    - service
    - database
    - cache
    kubeVersion: '>=1.23.0-0'
    maintainers:
    - email: team@example.com
      name: The Team
      url: https://example.com/team
    name: chart-{chart:04}
    sources:
    - https://github.com/example/chart-{chart:04}
    type: application
    urls:
    - https://charts.example.com/chart-{chart:04}-1.{minor}.{patch}.tgz
    version: 1.{minor}.{patch}
"#
    )
    .unwrap();
}
