//! Paths inside an archive.

use super::ArchiveError;

/// The path of an entry without its first folder, cleaned: `web/./a//b` is `a/b`.
///
/// An archive that was packed on Windows has `\` between the parts; where there is one, `/` separates nothing.
pub(super) fn clean(name: &str) -> Result<String, ArchiveError> {
    let separator = if name.contains('\\') { '\\' } else { '/' };
    let (first, rest) = name.split_once(separator).unwrap_or((name, ""));
    let rest = rest.replace(separator, "/");
    if rest.starts_with('/') {
        return Err(ArchiveError::Absolute(name.to_owned()));
    }
    let mut parts: Vec<&str> = Vec::new();
    for part in rest.split('/') {
        match part {
            "" | "." => {}
            ".." if parts.last().is_some_and(|last| *last != "..") => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    let path = parts.join("/");
    if path.is_empty() {
        return Err(ArchiveError::Outside(name.to_owned()));
    }
    if path.starts_with("..") {
        return Err(ArchiveError::Upwards(name.to_owned()));
    }
    if matches!(path.as_bytes(), [letter, b':', b'/', ..] if letter.is_ascii_alphabetic()) {
        return Err(ArchiveError::Drive(name.to_owned()));
    }
    if first == "Chart.yaml" {
        return Err(ArchiveError::NoBase(name.to_owned()));
    }
    Ok(path)
}

/// The whole path of an entry, cleaned; nothing for one that leads out.
pub(super) fn whole(name: &str) -> Option<String> {
    let mut parts: Vec<&str> = Vec::new();
    for part in name.split(['/', '\\']) {
        match part {
            "" if parts.is_empty() && name.starts_with(['/', '\\']) => return None,
            "" | "." => {}
            ".." => {
                parts.pop()?;
            }
            part => parts.push(part),
        }
    }
    let drive =
        |part: &&str| matches!(part.as_bytes(), [letter, b':'] if letter.is_ascii_alphabetic());
    (!parts.is_empty() && !parts.first().is_some_and(drive)).then(|| parts.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_whole_path_stays_inside() {
        let cases = [
            ("a/b", Some("a/b")),
            ("./pack.json", Some("pack.json")),
            (r"a\b/../c", Some("a/c")),
            ("a//b/.", Some("a/b")),
            ("/a", None),
            ("../a", None),
            ("a/../../b", None),
            ("c:/a", None),
            (".", None),
            ("", None),
        ];
        for (name, expected) in cases {
            assert_eq!(whole(name).as_deref(), expected, "{name}");
        }
    }

    #[test]
    fn the_first_folder_is_dropped_and_nothing_leaves_the_archive() {
        let cases = [
            ("web/Chart.yaml", "Ok(\"Chart.yaml\")"),
            ("web/./a//b/../c", "Ok(\"a/c\")"),
            ("./Chart.yaml", "Ok(\"Chart.yaml\")"),
            (r"web\templates\a.yaml", "Ok(\"templates/a.yaml\")"),
            (r"web/x\templates/a.yaml", "Ok(\"templates/a.yaml\")"),
            ("/web/a", "Ok(\"web/a\")"),
            ("Chart.yaml", "Err(Outside(\"Chart.yaml\"))"),
            ("web/a/..", "Err(Outside(\"web/a/..\"))"),
            ("web//etc/passwd", "Err(Absolute(\"web//etc/passwd\"))"),
            ("web/../a", "Err(Upwards(\"web/../a\"))"),
            ("web/a/../../b", "Err(Upwards(\"web/a/../../b\"))"),
            ("web/..a", "Err(Upwards(\"web/..a\"))"),
            (r"web\..\a", r#"Err(Upwards("web\\..\\a"))"#),
            ("web/c:/a", "Err(Drive(\"web/c:/a\"))"),
            ("Chart.yaml/a", "Err(NoBase(\"Chart.yaml/a\"))"),
        ];
        for (name, expected) in cases {
            assert_eq!(format!("{:?}", clean(name)), expected, "{name}");
        }
    }
}
