//! Damage that `verify` finds.

use crate::state::fixture::{add, intent, put, start};
use crate::state::{Outcome, Store};

use super::super::verify;
use super::{clean, place, write};

/// Each damage, and what verify must say of it.
#[test]
fn verify_finds_what_is_wrong() {
    let cases = [
        (
            "UPDATE blobs SET data = CAST('other' AS BLOB) WHERE size = (SELECT min(size) FROM blobs)",
            "does not match its digest",
        ),
        (
            "DELETE FROM blobs WHERE size = (SELECT max(size) FROM blobs)",
            "1 rows of `objects` speak of rows of `blobs` that are not there",
        ),
        (
            "UPDATE objects SET holder = 0 WHERE position = 0",
            "Deployment.apps web/o1 on a is held by 0 layers instead of one",
        ),
        (
            "UPDATE objects SET position = 7 WHERE position = 1",
            "objects of a/l0 are missing",
        ),
        (
            "UPDATE journal SET intents = '[{]'",
            "the journal cannot be read: entry 1: ",
        ),
        (
            "UPDATE revisions SET outcome = 'done'",
            "entry 1 is in flight although its revision was done",
        ),
        (
            "UPDATE objects SET since = 9",
            "an object is newer than its layer",
        ),
        (
            "UPDATE clusters SET target = 'moon'",
            "`target` holds no target",
        ),
        (
            "UPDATE words SET word = 99 WHERE text = 'cni'",
            "of a table of shared values is missing",
        ),
    ];
    for (damage, wanted) in cases {
        let (_folder, path) = place();
        let mut store = write(&path);
        let revision = store.begin(&start(0)).unwrap();
        let batch = vec![add("a"), put("a", "l0", 0, &[1, 2]), intent("a", "l1", 1)];
        store.record(revision, &batch).unwrap();
        store.finish(revision, Outcome::Failed).unwrap();
        clean(&store);
        let connection = store.parts().0.unwrap();
        connection
            .pragma_update(None, "foreign_keys", false)
            .unwrap();
        connection.execute_batch(damage).unwrap();
        let findings: Vec<String> = verify(&store)
            .unwrap()
            .iter()
            .map(ToString::to_string)
            .collect();
        assert!(
            findings.iter().any(|finding| finding.contains(wanted)),
            "{damage}: {findings:?}"
        );
    }
}
