//! Lists in columns.

use super::View;
use super::page::{Ink, Page};
use super::words::{middle, width};

/// Columns with their titles. The last one takes what room is left, and is cut unless the view is expanded.
pub fn table(titles: &[&str], rows: &[Vec<String>], view: &View) -> String {
    let mut page = Page::new(view);
    draw(&mut page, 0, titles, rows);
    page.text()
}

pub(super) fn draw(page: &mut Page<'_>, indent: usize, titles: &[&str], rows: &[Vec<String>]) {
    let mut widths: Vec<usize> = titles.iter().map(|title| width(title)).collect();
    for row in rows {
        for (room, cell) in widths.iter_mut().zip(row) {
            *room = (*room).max(width(cell));
        }
    }
    let titles: Vec<String> = titles.iter().map(|title| (*title).to_owned()).collect();
    line(page, indent, Ink::Strong, &titles, &widths);
    for row in rows {
        line(page, indent, Ink::Plain, row, &widths);
    }
}

fn line(page: &mut Page<'_>, indent: usize, ink: Ink, row: &[String], widths: &[usize]) {
    page.indent(indent);
    let mut column = indent;
    for (at, (cell, room)) in row.iter().zip(widths).enumerate() {
        if at + 1 == widths.len() {
            let left = page.view.width.saturating_sub(column).max(20);
            let cut = if page.view.expand {
                cell.clone()
            } else {
                end_cut(cell, left)
            };
            page.write(ink, &cut);
            break;
        }
        let cell = middle(cell, *room);
        page.write(ink, &cell);
        page.indent(room - width(&cell) + 2);
        column += room + 2;
    }
    page.end();
}

/// The text in at most `room` columns, with what is too much taken off its end, as sentences bear it.
fn end_cut(text: &str, room: usize) -> String {
    if width(text) <= room {
        return text.to_owned();
    }
    let kept: String = text.chars().take(room.saturating_sub(1)).collect();
    format!("{}…", kept.trim_end())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_as_wide_as_they_need_to_be() {
        let row = |cells: [&str; 3]| cells.map(str::to_owned).to_vec();
        let rows = [
            row([
                "jetstack",
                "1.18.2",
                "issues certificates for everything that speaks TLS",
            ]),
            row(["a", "v1", ""]),
        ];
        let view = View {
            width: 50,
            ..View::default()
        };
        insta::assert_snapshot!(table(&["name", "version", "what"], &rows, &view), @r"
        name      version  what
        jetstack  1.18.2   issues certificates for everyt…
        a         v1
        ");
    }
}
