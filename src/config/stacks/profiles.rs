//! The profiles that a cluster gets: those that it names, and those that choose it.

use crate::diag::{Diagnostic, Span, join};
use crate::model::{Cloud, Cluster, ProfileKind, ProfileRef};

use super::catalog::Catalog;
use super::words::suggestion;

/// The profiles of a cluster, as positions in the catalog: first the named ones in the order in which the cluster names
/// them, then those that choose it. Nothing when they do not come to a stack.
pub(super) fn choose(
    catalog: &Catalog<'_>,
    cluster: &Cluster,
    problems: &mut Vec<Diagnostic>,
) -> Option<Vec<usize>> {
    let before = problems.len();
    let mut chosen: Vec<(usize, Span)> = Vec::with_capacity(cluster.profiles.len() + 1);
    for reference in cluster.profiles.iter() {
        let Some(at) = find(catalog, reference, problems) else {
            continue;
        };
        chosen.push((at, reference.span));
    }
    add_choosing(catalog, cluster, &mut chosen, problems);
    check_kinds(catalog, cluster, &chosen, problems);
    check_clouds(catalog, cluster, &chosen, problems);
    // Warnings do not come from here: whatever was found makes the set of profiles wrong.
    (problems.len() == before).then(|| chosen.into_iter().map(|(at, _)| at).collect())
}

/// The cloud of a cluster: its own, or that of its infra profile when it names none.
pub(super) fn cloud_of<'a>(
    catalog: &'a Catalog<'_>,
    cluster: &'a Cluster,
    chosen: impl IntoIterator<Item = usize>,
) -> &'a Cloud {
    if !cluster.cloud.is_all() {
        return &cluster.cloud;
    }
    chosen
        .into_iter()
        .map(|at| catalog.profiles[at].profile)
        .find(|profile| profile.kind != ProfileKind::AddOn)
        .map_or(&cluster.cloud, |profile| &profile.cloud)
}

fn find(
    catalog: &Catalog<'_>,
    reference: &ProfileRef,
    problems: &mut Vec<Diagnostic>,
) -> Option<usize> {
    let name = &reference.name;
    let Some(versions) = catalog.by_name.get(name.as_str()) else {
        let mut problem =
            Diagnostic::error(format!("there is no profile `{name}`")).at(reference.span);
        problem.help = suggestion(name.as_str(), catalog.by_name.keys().copied());
        problems.push(problem);
        return None;
    };
    let mut listed: Vec<&semver::Version> = versions
        .iter()
        .map(|at| &catalog.profiles[*at].profile.version)
        .collect();
    listed.sort_unstable();
    let listed: Vec<String> = listed.into_iter().map(ToString::to_string).collect();
    let listed = |last| join(listed.iter().map(String::as_str), last);
    match (&reference.version, versions.as_slice()) {
        (Some(wanted), _) => {
            let at = versions
                .iter()
                .find(|at| catalog.profiles[**at].profile.version == *wanted);
            if at.is_none() {
                problems.push(
                    Diagnostic::error(format!("the profile `{name}` has no version {wanted}"))
                        .at(reference.span)
                        .help(format!("it has {}", listed("and"))),
                );
            }
            at.copied()
        }
        (None, [only]) => Some(*only),
        (None, _) => {
            problems.push(
                Diagnostic::error(format!(
                    "the profile `{name}` has several versions, and none is named"
                ))
                .at(reference.span)
                .help(format!("write `version:` with one of {}", listed("or"))),
            );
            None
        }
    }
}

/// Adds the profiles whose selectors match. A profile that the cluster names, in whatever version, is not added again.
fn add_choosing(
    catalog: &Catalog<'_>,
    cluster: &Cluster,
    chosen: &mut Vec<(usize, Span)>,
    problems: &mut Vec<Diagnostic>,
) {
    let named = cluster.profiles.as_ref();
    let mut added: Vec<usize> = Vec::new();
    for at in catalog.choosing.iter().copied() {
        let profile = catalog.profiles[at].profile;
        let matches = profile
            .cluster_selector
            .as_ref()
            .is_some_and(|selector| selector.matches(&cluster.labels));
        if !matches || named.iter().any(|named| named.name == profile.name) {
            continue;
        }
        let rival = added
            .iter()
            .map(|other| catalog.profiles[*other].profile)
            .find(|other| other.name == profile.name);
        if let Some(other) = rival {
            problems.push(
                Diagnostic::error(format!(
                    "two versions of the profile `{}` choose the same cluster: {} and {}",
                    profile.name, other.version, profile.version
                ))
                .at(profile.span)
                .also(other.span, "the other version")
                .help("make their selectors exclude each other, or name one on the cluster"),
            );
        } else {
            added.push(at);
            chosen.push((at, profile.span));
        }
    }
}

fn check_kinds(
    catalog: &Catalog<'_>,
    cluster: &Cluster,
    chosen: &[(usize, Span)],
    problems: &mut Vec<Diagnostic>,
) {
    let mut bases = chosen
        .iter()
        .filter(|(at, _)| catalog.profiles[*at].profile.kind != ProfileKind::AddOn);
    let name = |at: usize| &catalog.profiles[at].profile.name;
    match (bases.next(), &cluster.existing) {
        (None, Some(_)) => {}
        (None, None) => {
            // A profile that was not found may be the one that is missed here.
            if chosen.len() >= cluster.profiles.len() {
                problems.push(
                    Diagnostic::error("a cluster has no infra or full profile")
                        .at(cluster.span)
                        .help(
                            "name one under `profiles`, or write `existing:` for a cluster that \
                             somebody else made",
                        ),
                );
            }
        }
        (Some((at, span)), Some(_)) => problems.push(
            Diagnostic::error(format!(
                "an existing cluster takes add-on profiles only, and `{}` is none",
                name(*at)
            ))
            .at(*span)
            .help("remove this profile, or remove `existing:`"),
        ),
        (Some((first, first_span)), None) => {
            for (second, span) in bases {
                problems.push(
                    Diagnostic::error(format!(
                        "a cluster has two infra or full profiles: `{}` and `{}`",
                        name(*first),
                        name(*second)
                    ))
                    .at(*span)
                    .label("the second one")
                    .also(*first_span, "the first one")
                    .help("keep one of them"),
                );
            }
        }
    }
}

fn check_clouds(
    catalog: &Catalog<'_>,
    cluster: &Cluster,
    chosen: &[(usize, Span)],
    problems: &mut Vec<Diagnostic>,
) {
    let cloud = cloud_of(catalog, cluster, chosen.iter().map(|(at, _)| *at));
    if cloud.is_all() {
        return;
    }
    for (at, span) in chosen {
        let profile = catalog.profiles[*at].profile;
        if !profile.cloud.allows(cloud) {
            problems.push(
                Diagnostic::error(format!(
                    "the profile `{}` is made for {}, and the cluster's cloud is {cloud}",
                    profile.name, profile.cloud
                ))
                .at(*span)
                .help(format!("take a profile for {cloud} or for `all` clouds")),
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use insta::assert_snapshot;

    use crate::config::stacks::fixture::{order, problems};

    const APPS: &str = "
profile apps 1.0.0 add-on all
  layer web app manifests
profile apps 1.1.0 add-on all
  layer web app manifests
profile logs 1.0.0 add-on all select=env:prod
  layer logs logging manifests
";

    fn with_apps(text: &str) -> String {
        problems(&format!("{APPS}{text}"))
    }

    #[test]
    fn named_profiles_come_first_and_choosing_ones_once() {
        for (cluster, expected) in [
            ("a aws base", "os k8s cni csi"),
            ("a aws base label=env:prod", "os k8s cni csi logs"),
            (
                "a aws base apps@1.1.0 label=env:prod",
                "os k8s cni csi web logs",
            ),
            ("a aws logs base label=env:prod", "os k8s cni csi logs"),
            ("a all base", "os k8s cni csi"),
            ("a all existing=1.30.2 label=env:prod", "logs"),
        ] {
            assert_eq!(order(&format!("{APPS}cluster {cluster}\n")), expected);
        }
    }

    #[test]
    fn unknown_profiles_and_versions_are_told() {
        assert_snapshot!(with_apps("
cluster a aws bas
cluster b aws base apps@2.0.0
cluster c aws base apps
"), @"
        error: there is no profile `bas`
          --> test:18:15
           |
        18 | cluster a aws bas
           |               ^^^
           |
           = note: on cluster a
           = help: did you mean `base`?
        error: the profile `apps` has no version 2.0.0
          --> test:19:20
           |
        19 | cluster b aws base apps@2.0.0
           |                    ^^^^^^^^^^
           |
           = note: on cluster b
           = help: it has `1.0.0` and `1.1.0`
        error: the profile `apps` has several versions, and none is named
          --> test:20:20
           |
        20 | cluster c aws base apps
           |                    ^^^^
           |
           = note: on cluster c
           = help: write `version:` with one of `1.0.0` or `1.1.0`
        ");
    }

    #[test]
    fn a_cluster_has_one_base() {
        assert_snapshot!(with_apps("
profile other 1.0.0 full aws
  layer os2 os manifests
  layer k8s2 k8s manifests
  layer cni2 cni manifests
  layer csi2 csi manifests
cluster none aws logs
cluster two aws base other
cluster both aws base existing=1.30.0
"), @"
        error: a cluster has no infra or full profile
          --> test:23:9
           |
        23 | cluster none aws logs
           |         ^^^^
           |
           = note: on cluster none
           = help: name one under `profiles`, or write `existing:` for a cluster that somebody else made
        error: a cluster has two infra or full profiles: `base` and `other`
          --> test:24:22
           |
        24 | cluster two aws base other
           |                 ---- ^^^^^ the second one
           |                 |
           |                 the first one
           |
           = note: on cluster two
           = help: keep one of them
        error: an existing cluster takes add-on profiles only, and `base` is none
          --> test:25:18
           |
        25 | cluster both aws base existing=1.30.0
           |                  ^^^^
           |
           = note: on cluster both
           = help: remove this profile, or remove `existing:`
        ");
    }

    #[test]
    fn two_versions_cannot_choose_the_same_cluster() {
        assert_snapshot!(with_apps("
profile logs 1.1.0 add-on all select=env:prod
  layer logs logging manifests
cluster named aws base logs@1.1.0 label=env:prod
cluster a aws base label=env:prod
"), @"
        error: two versions of the profile `logs` choose the same cluster: 1.0.0 and 1.1.0
          --> test:18:9
           |
        15 | profile logs 1.0.0 add-on all select=env:prod
           |         ---- the other version
        ...
        18 | profile logs 1.1.0 add-on all select=env:prod
           |         ^^^^
           |
           = note: on cluster a
           = help: make their selectors exclude each other, or name one on the cluster
        ");
    }

    #[test]
    fn clouds_fit() {
        assert_snapshot!(with_apps("
profile extra 1.0.0 add-on azure
  layer extra app manifests
cluster a gcp base
cluster b all base extra
"), @"
        error: the profile `base` is made for aws, and the cluster's cloud is gcp
          --> test:20:15
           |
        20 | cluster a gcp base
           |               ^^^^
           |
           = note: on cluster a
           = help: take a profile for gcp or for `all` clouds
        error: the profile `extra` is made for azure, and the cluster's cloud is aws
          --> test:21:20
           |
        21 | cluster b all base extra
           |                    ^^^^^
           |
           = note: on cluster b
           = help: take a profile for aws or for `all` clouds
        ");
    }

    #[test]
    fn a_problem_of_many_clusters_is_told_once() {
        assert_snapshot!(with_apps("
cluster a aws base apps
cluster b aws base apps
cluster c aws base apps
cluster d aws base apps
cluster e aws base apps
"), @"
        error: the profile `apps` has several versions, and none is named
          --> test:18:20
           |
        18 | cluster a aws base apps
           |                    ^^^^
        19 | cluster b aws base apps
           |                    ---- and here
        20 | cluster c aws base apps
           |                    ---- and here
        21 | cluster d aws base apps
           |                    ---- and here
           |
           = note: on 5 clusters: a, b, c, ...
           = help: write `version:` with one of `1.0.0` or `1.1.0`
        ");
    }
}
