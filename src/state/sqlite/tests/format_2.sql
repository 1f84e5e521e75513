-- What a state of format 2 held beside what format 1 held: laid over the schema of that format.

INSERT INTO seeds VALUES (1, 1, 1, 2, '2025-11-02T10:00:00Z');
UPDATE objects SET keep = 'crds';
