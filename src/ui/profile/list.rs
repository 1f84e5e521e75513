//! The profiles of a project, a line each.

use std::sync::Arc;

use crate::model::Profile;
use crate::ui::View;
use crate::ui::page::{Ink, Page};
use crate::ui::words::{count, middle, number, width};

/// A profile in a list.
#[derive(Clone, Debug)]
pub struct ListedProfile {
    /// The profile.
    pub profile: Arc<Profile>,
    /// How many clusters use it.
    pub clusters: usize,
}

const HEAD: [&str; 6] = ["name", "version", "type", "cloud", "layers", "clusters"];

/// The profiles as a table, with their descriptions where there is room.
pub fn profile_list_human(profiles: &[ListedProfile], view: &View) -> String {
    let mut page = Page::new(view);
    if profiles.is_empty() {
        page.line(0, Ink::Faint, "There are no profiles.");
        return page.text();
    }
    let rows: Vec<[String; 6]> = profiles.iter().map(row).collect();
    let longest = |at: usize| {
        let cells = rows.iter().map(|row| width(&row[at]));
        cells.chain([HEAD[at].len()]).max().unwrap_or_default()
    };
    let mut widths: Vec<usize> = (0..HEAD.len()).map(longest).collect();
    // Only names give way: all else is short.
    let others: usize = widths[1..].iter().map(|width| width + 2).sum();
    widths[0] = widths[0].min(view.width.saturating_sub(others).max(12));
    let line = |cells: [&str; 6]| {
        let mut line = String::new();
        for (at, cell) in cells.into_iter().enumerate() {
            let cell = middle(cell, widths[at]);
            let blanks = " ".repeat(widths[at] - width(&cell));
            // Numbers stand below each other.
            line += &match at {
                4 | 5 => format!("{blanks}{cell}"),
                _ => format!("{cell}{blanks}"),
            };
            line += "  ";
        }
        line.trim_end().to_owned()
    };
    page.line(0, Ink::Faint, &line(HEAD));
    for (row, listed) in rows.iter().zip(profiles) {
        page.line(0, Ink::Plain, &line(row.each_ref().map(String::as_str)));
        if let Some(about) = &listed.profile.description {
            page.prose(2, Ink::Faint, "", about);
        }
    }
    page.blank();
    let used = profiles.iter().filter(|listed| listed.clusters > 0).count();
    let all = count(profiles.len(), "profile");
    page.line(0, Ink::Plain, &format!("{all}, {} in use.", number(used)));
    page.text()
}

fn row(listed: &ListedProfile) -> [String; 6] {
    let profile = &listed.profile;
    [
        profile.name.to_string(),
        profile.version.to_string(),
        profile.kind.as_str().to_owned(),
        profile.cloud.to_string(),
        number(profile.layers.len()),
        number(listed.clusters),
    ]
}

/// The profiles as JSON.
pub fn profile_list_json(profiles: &[ListedProfile]) -> serde_json::Value {
    let one = |listed: &ListedProfile| {
        let mut value = super::profile_json(&listed.profile, None);
        value["clusters"] = listed.clusters.into();
        value
    };
    profiles.iter().map(one).collect()
}
