-- Format 2 of the state: seeds of stable random values, and objects that stay when nothing wants them any more.

-- What random values of a layer are derived from, together with the key, which is not in the state. A row stays when its
-- layer goes, so that a layer that comes back does not come back with a password that was rotated away; it goes with its
-- cluster.
CREATE TABLE seeds (
    cluster    INTEGER NOT NULL REFERENCES clusters (cluster),
    layer      INTEGER NOT NULL REFERENCES words (word),        -- whose it is now
    name       INTEGER NOT NULL REFERENCES words (word),        -- the layer's name when it was first made
    generation INTEGER NOT NULL CHECK (generation >= 1),        -- raised by `--rotate` alone
    made       TEXT    NOT NULL,                                -- RFC 3339, whole seconds: what templates take for now
    PRIMARY KEY (cluster, layer),
    UNIQUE (cluster, name, generation)                          -- two layers never share one
) STRICT, WITHOUT ROWID;

-- Why an object stays on the target when nothing wants it any more; null when it goes.
ALTER TABLE objects ADD COLUMN keep TEXT CHECK (keep IN ('crds', 'policy'));

ALTER TABLE past_objects ADD COLUMN keep TEXT CHECK (keep IN ('crds', 'policy'));

DROP VIEW readable_objects;

CREATE VIEW readable_objects AS
SELECT clusters.name AS cluster, names.text AS layer, objects.position, objects.since, object_keys.kind,
       object_keys.api_group, object_keys.namespace, object_keys.name, objects.masked, objects.holder, objects.hook,
       objects.keep, hex(objects.blob) AS blob
FROM objects
JOIN clusters USING (cluster)
JOIN words AS names ON names.word = objects.layer
JOIN object_keys USING (object);

-- For people: the seeds that are there.
CREATE VIEW readable_seeds AS
SELECT clusters.name AS cluster, names.text AS layer, firsts.text AS name, seeds.generation, seeds.made
FROM seeds
JOIN clusters USING (cluster)
JOIN words AS names ON names.word = seeds.layer
JOIN words AS firsts ON firsts.word = seeds.name;
