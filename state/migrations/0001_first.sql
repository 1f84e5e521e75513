-- Format 1 of the state.
--
-- What is current stands in `clusters`, `layers` and `objects`, in the order in which it is read. When a revision changes
-- or removes a row, the row as it was goes to the `past_` table of the same shape, with the revision that ended it in
-- `until`: a row was true after every revision r with since <= r < until. So what is current stays small and together
-- however long the history is, and nothing is lost. What a target said of a file (`seen_...`) is no history: it is
-- brought up to date in place.
--
-- Texts and keys that thousands of rows share stand once in `words`, `object_keys`, `contents` and `profiles`; the views
-- at the end put them back together for people.

-- The state itself: one row.
CREATE TABLE meta (
    one       INTEGER PRIMARY KEY CHECK (one = 1),
    lineage   TEXT    NOT NULL,             -- made once; a plan for another lineage is never applied
    serial    INTEGER NOT NULL,             -- raised by every transaction that changes anything
    project   TEXT,                         -- the project's name, when it is known
    key_check BLOB                          -- keyed hash of a constant, to tell a wrong key
) STRICT;

-- One row for each apply (or `state mv`, `state rm` ...).
CREATE TABLE revisions (
    revision INTEGER PRIMARY KEY,           -- counted from 1, without gaps
    started  TEXT NOT NULL,                 -- RFC 3339
    finished TEXT,                          -- null while it runs, and for ever when it was killed
    outcome  TEXT CHECK (outcome IN ('done', 'failed', 'interrupted')),
    command  TEXT NOT NULL,                 -- what was asked for
    who      TEXT NOT NULL                  -- user and host
) STRICT;

-- Which clusters a revision changed, and how many of their layers.
CREATE TABLE changes (
    revision INTEGER NOT NULL REFERENCES revisions (revision),
    cluster  INTEGER NOT NULL,              -- may be a cluster that is gone
    name     TEXT    NOT NULL,              -- the cluster's name at the end of the revision
    layers   INTEGER NOT NULL,
    PRIMARY KEY (revision, cluster)
) STRICT, WITHOUT ROWID;

-- Texts that many rows share: names of layers and categories, lists of dependencies (names with spaces between), ignored
-- fields (JSON).
CREATE TABLE words (
    word INTEGER PRIMARY KEY,
    text TEXT NOT NULL UNIQUE
) STRICT;

-- What objects are within their cluster. Clusters with the same profiles share these rows.
CREATE TABLE object_keys (
    object    INTEGER PRIMARY KEY,
    plane     TEXT NOT NULL CHECK (plane IN ('workload', 'management')),
    api_group TEXT NOT NULL,                -- empty for the core group
    kind      TEXT NOT NULL,
    namespace TEXT NOT NULL,                -- empty for objects that have none
    name      TEXT NOT NULL,
    UNIQUE (name, kind, namespace, api_group, plane)
) STRICT;

-- What layers were made of: a pack, a chart, manifests.
CREATE TABLE contents (
    content INTEGER PRIMARY KEY,
    kind    TEXT NOT NULL CHECK (kind IN ('pack', 'chart', 'manifests', 'namespaces')),
    name    TEXT NOT NULL,
    version TEXT NOT NULL,                  -- empty when it has none
    digest  BLOB NOT NULL CHECK (length(digest) = 32),
    UNIQUE (digest, kind, name, version)
) STRICT;

-- Which edition of a profile layers came from.
CREATE TABLE profiles (
    profile INTEGER PRIMARY KEY,
    name    TEXT NOT NULL,
    version TEXT NOT NULL,
    digest  BLOB NOT NULL CHECK (length(digest) = 32),
    UNIQUE (digest, name, version)
) STRICT;

-- What was applied, so that diffs and rollbacks need nothing else; sensitive values are masked. Never removed.
CREATE TABLE blobs (
    digest  BLOB    PRIMARY KEY CHECK (length(digest) = 32),    -- BLAKE3 of the text
    size    INTEGER NOT NULL,               -- bytes of the text
    packing INTEGER NOT NULL CHECK (packing IN (0, 1)),         -- 0: as it is, 1: raw deflate
    data    BLOB    NOT NULL
) STRICT;

-- The clusters. The number is a cluster's own for ever; its name may change.
CREATE TABLE clusters (
    cluster             INTEGER PRIMARY KEY AUTOINCREMENT,
    since               INTEGER NOT NULL REFERENCES revisions (revision),
    name                TEXT    NOT NULL UNIQUE,
    uid                 TEXT    NOT NULL,   -- what macros read as cluster.uid
    target              TEXT    NOT NULL,   -- JSON: where its objects are
    delete_when_removed INTEGER NOT NULL,   -- whether its objects go when its document goes
    seen_size           INTEGER,            -- the target's index file as we left it: bytes,
    seen_mtime          INTEGER,            --   nanoseconds since 1970,
    seen_ctime          INTEGER,            --   nanoseconds since 1970,
    seen_inode          INTEGER             --   number of the inode (its 64 bits as a signed number)
) STRICT;

CREATE TABLE past_clusters (
    cluster             INTEGER NOT NULL,
    until               INTEGER NOT NULL REFERENCES revisions (revision),
    since               INTEGER NOT NULL REFERENCES revisions (revision),
    name                TEXT    NOT NULL,
    uid                 TEXT    NOT NULL,
    target              TEXT    NOT NULL,
    delete_when_removed INTEGER NOT NULL,
    PRIMARY KEY (cluster, until)
) STRICT, WITHOUT ROWID;

CREATE INDEX past_clusters_by_name ON past_clusters (name);

-- The layers of the clusters.
CREATE TABLE layers (
    cluster       INTEGER NOT NULL REFERENCES clusters (cluster),
    layer         INTEGER NOT NULL REFERENCES words (word),         -- its name
    since         INTEGER NOT NULL REFERENCES revisions (revision), -- that last changed it or one of its objects
    position      INTEGER NOT NULL,                                 -- in the stack, from 0
    category      INTEGER NOT NULL REFERENCES words (word),
    content       INTEGER NOT NULL REFERENCES contents (content),
    profile       INTEGER NOT NULL REFERENCES profiles (profile),
    fingerprint   BLOB CHECK (length(fingerprint) = 32),            -- null when it was applied only in part
    values_blob   BLOB    NOT NULL REFERENCES blobs (digest),
    depends_on    INTEGER NOT NULL REFERENCES words (word),
    ignore_fields INTEGER NOT NULL REFERENCES words (word),
    PRIMARY KEY (cluster, layer)
) STRICT, WITHOUT ROWID;

CREATE TABLE past_layers (
    cluster       INTEGER NOT NULL,
    layer         INTEGER NOT NULL REFERENCES words (word),
    until         INTEGER NOT NULL REFERENCES revisions (revision),
    since         INTEGER NOT NULL REFERENCES revisions (revision),
    position      INTEGER NOT NULL,
    category      INTEGER NOT NULL REFERENCES words (word),
    content       INTEGER NOT NULL REFERENCES contents (content),
    profile       INTEGER NOT NULL REFERENCES profiles (profile),
    fingerprint   BLOB CHECK (length(fingerprint) = 32),
    values_blob   BLOB    NOT NULL REFERENCES blobs (digest),
    depends_on    INTEGER NOT NULL REFERENCES words (word),
    ignore_fields INTEGER NOT NULL REFERENCES words (word),
    PRIMARY KEY (cluster, layer, until)
) STRICT, WITHOUT ROWID;

-- The inventory: the objects that we own, in the order in which they are applied.
CREATE TABLE objects (
    cluster    INTEGER NOT NULL,
    layer      INTEGER NOT NULL,
    position   INTEGER NOT NULL,            -- in the layer, from 0
    since      INTEGER NOT NULL REFERENCES revisions (revision),
    object     INTEGER NOT NULL REFERENCES object_keys (object),
    blob       BLOB    NOT NULL REFERENCES blobs (digest),
    content    BLOB    NOT NULL CHECK (length(content) = 32),       -- keyed hash of the bytes that were applied
    masked     INTEGER NOT NULL,            -- whether something in the blob is masked
    holder     INTEGER NOT NULL,            -- whether this layer's copy is the one on the target
    hook       INTEGER NOT NULL,            -- whether it is a Helm hook
    seen_size  INTEGER,                     -- the object's file as we left it, as in clusters
    seen_mtime INTEGER,
    seen_ctime INTEGER,
    seen_inode INTEGER,
    PRIMARY KEY (cluster, layer, position),
    FOREIGN KEY (cluster, layer) REFERENCES layers (cluster, layer)
) STRICT, WITHOUT ROWID;

CREATE TABLE past_objects (
    cluster  INTEGER NOT NULL,
    layer    INTEGER NOT NULL REFERENCES words (word),
    position INTEGER NOT NULL,
    until    INTEGER NOT NULL REFERENCES revisions (revision),
    since    INTEGER NOT NULL REFERENCES revisions (revision),
    object   INTEGER NOT NULL REFERENCES object_keys (object),
    blob     BLOB    NOT NULL REFERENCES blobs (digest),
    content  BLOB    NOT NULL CHECK (length(content) = 32),
    masked   INTEGER NOT NULL,
    holder   INTEGER NOT NULL,
    hook     INTEGER NOT NULL,
    PRIMARY KEY (cluster, layer, position, until)
) STRICT, WITHOUT ROWID;

-- What is in flight: written before a target is touched, removed in the same transaction that writes what became of it.
-- A row that is still there when nobody holds the lock was left by an apply that was killed.
CREATE TABLE journal (
    entry    INTEGER PRIMARY KEY,
    revision INTEGER NOT NULL REFERENCES revisions (revision),
    cluster  INTEGER NOT NULL REFERENCES clusters (cluster),
    layer    INTEGER NOT NULL REFERENCES words (word),
    intents  TEXT    NOT NULL               -- JSON: objects, and what was about to be done with them
) STRICT;

CREATE INDEX journal_by_layer ON journal (cluster, layer);

-- For people: everything that is current, in plain words.
CREATE VIEW readable_layers AS
SELECT clusters.name AS cluster, names.text AS layer, layers.since, layers.position, categories.text AS category,
       contents.kind, contents.name AS content, contents.version, profiles.name AS profile,
       profiles.version AS profile_version, needs.text AS depends_on, hex(layers.values_blob) AS values_blob
FROM layers
JOIN clusters USING (cluster)
JOIN words AS names ON names.word = layers.layer
JOIN words AS categories ON categories.word = layers.category
JOIN words AS needs ON needs.word = layers.depends_on
JOIN contents ON contents.content = layers.content
JOIN profiles ON profiles.profile = layers.profile;

CREATE VIEW readable_objects AS
SELECT clusters.name AS cluster, names.text AS layer, objects.position, objects.since, object_keys.kind,
       object_keys.api_group, object_keys.namespace, object_keys.name, objects.masked, objects.holder, objects.hook,
       hex(objects.blob) AS blob
FROM objects
JOIN clusters USING (cluster)
JOIN words AS names ON names.word = objects.layer
JOIN object_keys USING (object);
