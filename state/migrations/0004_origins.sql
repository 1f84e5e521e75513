-- Format 4 of the state: where objects came from, and for what they were rendered.

-- What was there before us: 'adopted' when it bears our marks, 'unmarked' as long as nobody has written it; null for what we
-- made. No history.
ALTER TABLE objects ADD COLUMN origin TEXT;

UPDATE objects SET origin = 'unmarked' WHERE unmarked;

ALTER TABLE objects DROP COLUMN unmarked;

-- The version of Kubernetes that the cluster was last applied for; null when that is not known. Whoever looks later finds what
-- the server can do by then, and this still says why a layer renders differently.
ALTER TABLE sightings ADD COLUMN applied_for TEXT;
