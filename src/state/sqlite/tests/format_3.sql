-- What a state of format 3 held beside what format 2 held: laid over the schema of that format.

UPDATE objects SET unmarked = 1;
