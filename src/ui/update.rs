//! What an update moves, and what that changes in the default values.

use serde_json::{Value, json};

use crate::registry::{Defaults, Update};

use super::View;
use super::difference::{self, Mark};
use super::page::{Ink, Page};
use super::table;

/// An update for people: a table of what moves, then the difference of the default values of each.
pub fn update_human(moved: &[(Update, Defaults)], view: &View) -> String {
    let mut page = Page::new(view);
    let rows: Vec<Vec<String>> = moved
        .iter()
        .map(|(update, _)| {
            let key = &update.key;
            vec![
                key.kind.to_string(),
                format!("{}/{}", key.registry, key.name),
                key.requirement.to_string(),
                step(update),
            ]
        })
        .collect();
    table::draw(&mut page, 0, &["kind", "name", "asked for", "moves"], &rows);
    for (update, defaults) in moved {
        page.blank();
        let key = &update.key;
        let title = format!("{}/{} {}", key.registry, key.name, step(update));
        page.line(0, Ink::Strong, &title);
        match &defaults.before {
            Err(why) => {
                let text = format!("the old default values cannot be had: {why}");
                page.line(2, Ink::Faint, &text);
            }
            Ok(before) if *before == defaults.after => {
                page.line(2, Ink::Faint, "the default values are the same");
            }
            Ok(before) => difference::draw(&mut page, 2, before, &defaults.after),
        }
    }
    page.text()
}

/// `1.2.0 -> 1.3.0`, or what happened when the version is the same.
fn step(update: &Update) -> String {
    if update.is_replaced() {
        return format!("{}, with other content", update.to);
    }
    format!("{} -> {}", update.from.version, update.to)
}

/// An update for programs.
pub fn update_json(moved: &[(Update, Defaults)], is_done: bool) -> Value {
    let one = |(update, defaults): &(Update, Defaults)| {
        let key = &update.key;
        let values = match &defaults.before {
            Ok(before) => json!({ "difference": lines(before, &defaults.after) }),
            Err(why) => json!({ "problem": why }),
        };
        json!({
            "kind": key.kind.as_str(),
            "registry": key.registry,
            "name": key.name,
            "requirement": key.requirement,
            "from": update.from.version,
            "to": update.to,
            "values": values,
        })
    };
    json!({
        "formatVersion": 1,
        "moved": is_done,
        "updates": moved.iter().map(one).collect::<Vec<_>>(),
    })
}

/// A difference as `diff -u` has it.
fn lines(before: &str, after: &str) -> Vec<String> {
    let lines = difference::difference(before, after);
    let lines = lines.iter().map(|line| {
        let sign = match line.mark {
            Mark::Place => "",
            Mark::Context | Mark::Masked => " ",
            Mark::Removed => "-",
            Mark::Added => "+",
        };
        format!("{sign}{}", line.text())
    });
    lines.collect()
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use super::*;
    use crate::model::{Digest, RegistryName, Version, VersionReq};
    use crate::registry::{LockKey, Locked};
    use crate::remote::ItemKind;

    fn update(name: &str, from: &str, to: &str) -> Update {
        Update {
            key: LockKey {
                kind: ItemKind::Chart,
                registry: RegistryName::new("jetstack").unwrap(),
                name: name.into(),
                requirement: VersionReq::new("1.x").unwrap(),
            },
            from: Locked {
                version: Version::new(from).unwrap(),
                digest: Digest::of(b""),
                fetched: None,
            },
            to: Version::new(to).unwrap(),
        }
    }

    fn moved() -> Vec<(Update, Defaults)> {
        let defaults = |before: &str, after: &str| Defaults {
            before: Ok(before.into()),
            after: after.into(),
        };
        let gone = Defaults {
            before: Err("no registry `old`".to_owned()),
            after: "".into(),
        };
        vec![
            (
                update("cert-manager", "v1.18.2", "v1.19.0"),
                defaults(
                    "# How many\nreplicas: 1\nimage: a\n",
                    "# How many\nreplicas: 2\nimage: a\n",
                ),
            ),
            (update("trust", "1.0.0", "1.0.0"), defaults("a: 1", "a: 1")),
            (update("gone", "1.0.0", "1.1.0"), gone),
        ]
    }

    #[test]
    fn what_moves_stands_before_what_that_changes() {
        insta::assert_snapshot!(update_human(&moved(), &View::default()), @r"
        kind   name                   asked for  moves
        chart  jetstack/cert-manager  1.x        v1.18.2 -> v1.19.0
        chart  jetstack/trust         1.x        1.0.0, with other content
        chart  jetstack/gone          1.x        1.0.0 -> 1.1.0

        jetstack/cert-manager v1.18.2 -> v1.19.0
          @@ -1,3 +1,3 @@
            # How many
          - replicas: 1
          + replicas: 2
            image: a

        jetstack/trust 1.0.0, with other content
          the default values are the same

        jetstack/gone 1.0.0 -> 1.1.0
          the old default values cannot be had: no registry `old`
        ");
    }

    #[test]
    fn programs_get_the_difference_as_lines() {
        let json = update_json(&moved(), true);
        let first = &json["updates"][0];
        assert_eq!(first["to"], "v1.19.0");
        insta::assert_snapshot!(first["values"]["difference"], @r#"["@@ -1,3 +1,3 @@"," # How many","-replicas: 1","+replicas: 2"," image: a"]"#);
        assert_eq!(json["updates"][2]["values"]["problem"], "no registry `old`");
    }
}
