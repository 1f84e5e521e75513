//! Paths in documents: relative to the project's root.

use std::path::{Component, Path, PathBuf};

use crate::diag::{Diagnostic, Spanned};

use super::check::Check;

/// Takes `.` and `a/..` out of a path, without looking at the disk. A leading `..` stays.
pub(super) fn normal(path: &Path) -> PathBuf {
    let mut out = PathBuf::new();
    for component in path.components() {
        match component {
            Component::CurDir => {}
            Component::ParentDir => {
                let goes_down = matches!(out.components().next_back(), Some(Component::Normal(_)));
                if goes_down {
                    out.pop();
                } else {
                    out.push("..");
                }
            }
            other => out.push(other),
        }
    }
    out
}

/// Whether a path, seen from the root, stays under it.
pub(super) fn stays_inside(path: &Path) -> bool {
    !matches!(
        normal(path).components().next(),
        Some(Component::ParentDir | Component::RootDir | Component::Prefix(_))
    )
}

impl Check<'_> {
    /// Takes a text as a path that may not leave the root; the path comes back without `.` and `..`.
    pub fn inside(&mut self, text: &Spanned<&str>) -> Option<PathBuf> {
        let path = self.anywhere(text)?;
        if stays_inside(&path) {
            return Some(normal(&path));
        }
        let what = if path.is_absolute() {
            "is an absolute path"
        } else {
            "leaves the project's folder"
        };
        self.report(
            Diagnostic::error(format!("`{}` {what}", text.value))
                .at(text.span)
                .help("a path here is relative to the folder of `stratiform.yaml`, and stays under it"),
        );
        None
    }

    /// Takes a text as a path that may lie outside the root.
    pub fn anywhere(&mut self, text: &Spanned<&str>) -> Option<PathBuf> {
        if text.value.starts_with("~/") || text.value == "~" {
            self.report(
                Diagnostic::error(format!("`{}`: `~` is not expanded here", text.value))
                    .at(text.span)
                    .help("write the path in full, or relative to the folder of `stratiform.yaml`"),
            );
            return None;
        }
        Some(PathBuf::from(text.value))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dots_are_taken_out() {
        let table = [
            ("a/b", "a/b", true),
            ("./a//b/.", "a/b", true),
            ("a/../b", "b", true),
            (".", "", true),
            ("a/../../b", "../b", false),
            ("../../b", "../../b", false),
            ("/a/../b", "/b", false),
            ("..", "..", false),
        ];
        for (path, wanted, inside) in table {
            assert_eq!(normal(Path::new(path)), Path::new(wanted), "{path}");
            assert_eq!(stays_inside(Path::new(path)), inside, "{path}");
        }
    }
}
