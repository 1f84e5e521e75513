-- Format 3 of the state: what targets with an API server need.

-- Our fields as the server held them when it had taken the object, masked; null where that is what we wrote. Like what was
-- seen of a file it is no history, and brought up to date in place.
ALTER TABLE objects ADD COLUMN held BLOB REFERENCES blobs (digest);

-- Whether the object was taken over from others as it was, so that it bears none of our marks until we write it. No history.
ALTER TABLE objects ADD COLUMN unmarked INTEGER NOT NULL DEFAULT 0;

-- Hooks that ran in a step that has not ended, in the order in which they ran: an interrupted step is done again, and what
-- ran in it is not run again. The rows go with those of the journal.
CREATE TABLE hooks_ran (
    entry   INTEGER PRIMARY KEY,
    cluster INTEGER NOT NULL REFERENCES clusters (cluster),
    layer   INTEGER NOT NULL REFERENCES words (word),
    object  INTEGER NOT NULL REFERENCES object_keys (object),
    event   TEXT    NOT NULL,               -- what it ran for, as helm writes it
    content BLOB    NOT NULL CHECK (length(content) = 32)       -- keyed hash of its text
) STRICT;

CREATE INDEX hooks_ran_by_layer ON hooks_ran (cluster, layer);

-- What was found when somebody last looked at a cluster's server. It is written without lock and revision and leaves the
-- serial as it is: plans stay what they are.
CREATE TABLE sightings (
    cluster      INTEGER PRIMARY KEY REFERENCES clusters (cluster),
    at           TEXT    NOT NULL,                              -- RFC 3339
    drifted      INTEGER NOT NULL,                              -- objects that were not as we left them
    capabilities INTEGER REFERENCES words (word)                -- JSON: what the server can do; null where there is none
) STRICT;

-- For people: what was seen last.
CREATE VIEW readable_sightings AS
SELECT clusters.name AS cluster, sightings.at, sightings.drifted, words.text AS capabilities
FROM sightings
JOIN clusters USING (cluster)
LEFT JOIN words ON words.word = sightings.capabilities;
