//! Numbers, names and sentences that fit into a line.

/// `2,472`.
pub(super) fn number(number: usize) -> String {
    let digits = number.to_string();
    let mut out = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// `1 cluster`, `2,472 clusters`.
pub(super) fn count(many: usize, word: &str) -> String {
    format!(
        "{} {word}{}",
        number(many),
        if many == 1 { "" } else { "s" }
    )
}

/// How many columns a text takes.
pub(super) fn width(text: &str) -> usize {
    text.chars().count()
}

/// The text in at most `room` columns: what is too much is taken out of the middle, where names differ least.
pub(super) fn middle(text: &str, room: usize) -> String {
    let all = width(text);
    if all <= room {
        return text.to_owned();
    }
    let kept = room.saturating_sub(1);
    let head = kept.div_ceil(2);
    let tail = text.chars().skip(all - (kept - head));
    text.chars().take(head).chain(['…']).chain(tail).collect()
}

/// `a, b, c and 409 more` in at most `room` columns; at least one name is told.
pub(super) fn names(names: &[&str], room: usize) -> String {
    let mut text = String::new();
    for (at, name) in names.iter().enumerate() {
        let left = names.len() - at - 1;
        let rest = if left == 0 {
            String::new()
        } else {
            format!(" and {} more", number(left))
        };
        let comma = if at == 0 { "" } else { ", " };
        if at > 0 && width(&text) + comma.len() + width(name) + rest.len() > room {
            return format!("{text} and {} more", number(left + 1));
        }
        text.push_str(comma);
        text.push_str(&if at == 0 {
            middle(name, room.saturating_sub(rest.len()).max(8))
        } else {
            (*name).to_owned()
        });
    }
    text
}

/// The words of a text in lines of at most `room` columns.
pub(super) fn wrap(text: &str, room: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split_whitespace() {
        let line = lines.last_mut().expect("there is always a line");
        if line.is_empty() {
            line.push_str(word);
        } else if width(line) + 1 + width(word) <= room {
            line.push(' ');
            line.push_str(word);
        } else {
            lines.push(word.to_owned());
        }
    }
    lines
}

/// A name in a text that stands there by itself, not as a part of a longer word, calls `put` for each part and `own` for
/// each place of the name.
pub(super) fn split_name<'t>(text: &'t str, name: &str, mut put: impl FnMut(Option<&'t str>)) {
    let inside = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_alphanumeric);
    let mut from = 0;
    for (at, _) in text.match_indices(name) {
        let (before, after) = (at.checked_sub(1), at + name.len());
        let bytes = text.as_bytes();
        if at < from || inside(before.and_then(|at| bytes.get(at))) || inside(bytes.get(after)) {
            continue;
        }
        put(Some(&text[from..at]));
        put(None);
        from = after;
    }
    put(Some(&text[from..]));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_words() {
        let table = [
            (0, "0 layers"),
            (1, "1 layer"),
            (999, "999 layers"),
            (1000, "1,000 layers"),
            (1_234_567, "1,234,567 layers"),
        ];
        for (many, expected) in table {
            assert_eq!(count(many, "layer"), expected);
        }
    }

    #[test]
    fn long_names_lose_their_middle() {
        assert_eq!(middle("prod-eu-1", 9), "prod-eu-1");
        assert_eq!(middle("production-europe-1", 9), "prod…pe-1");
    }

    #[test]
    fn lists_of_names_end_with_how_many_are_left_out() {
        let all = ["prod-1", "prod-2", "prod-3", "prod-4"];
        let table = [
            (80, "prod-1, prod-2, prod-3, prod-4"),
            (29, "prod-1, prod-2 and 2 more"),
            (20, "prod-1 and 3 more"),
            (3, "prod-1 and 3 more"),
        ];
        for (room, expected) in table {
            assert_eq!(names(&all, room), expected, "{room}");
        }
    }

    #[test]
    fn a_name_counts_only_by_itself() {
        let replaced = |text: &str| {
            let mut out = String::new();
            split_name(text, "eu-1", |part| out.push_str(part.unwrap_or("*")));
            out
        };
        let table = [
            ("eu-1", "*"),
            ("eu-1.example.com/x-eu-1", "*.example.com/x-*"),
            ("eu-10 neu-1", "eu-10 neu-1"),
            ("", ""),
        ];
        for (text, expected) in table {
            assert_eq!(replaced(text), expected);
        }
    }
}
