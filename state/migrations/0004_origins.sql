-- Format 4 of the state: where objects came from.

-- What was there before us: 'adopted' when it bears our marks, 'unmarked' as long as nobody has written it; null for what we
-- made. No history.
ALTER TABLE objects ADD COLUMN origin TEXT;

UPDATE objects SET origin = 'unmarked' WHERE unmarked;

ALTER TABLE objects DROP COLUMN unmarked;
