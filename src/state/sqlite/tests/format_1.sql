-- What a state of format 1 held: laid over the schema of that format.

INSERT INTO meta VALUES (1, '6a1f0d8e-3c52-4f0b-9d7e-2b7c5a0e9f11', 3, 'fleet', NULL);
INSERT INTO revisions VALUES (1, '2025-11-02T10:00:00Z', '2025-11-02T10:00:05Z', 'done', 'apply', 'anna@host');
INSERT INTO revisions VALUES (2, '2025-11-03T10:00:00Z', NULL, NULL, 'apply', 'anna@host');
INSERT INTO changes VALUES (1, 1, 'prod-1', 1);
INSERT INTO changes VALUES (2, 1, 'prod-1', 1);
INSERT INTO words VALUES (1, 'web'), (2, 'ingress'), (3, ''), (4, '[]');
INSERT INTO object_keys VALUES (1, 'workload', '', 'ConfigMap', 'web', 'settings');
INSERT INTO contents VALUES (1, 'pack', 'web', '1.2.3', x'00000000000000000000000000000000000000000000000000000000000000aa');
INSERT INTO profiles VALUES (1, 'base', '1.0.0', x'00000000000000000000000000000000000000000000000000000000000000bb');
INSERT INTO blobs VALUES (x'79ca47741c8cb10ba3e5aefcc24f0b092cbae89b84bce0b73986224fcbd23356', 16, 0, CAST('kind: ConfigMap' || char(10) AS BLOB));
INSERT INTO clusters VALUES (1, 1, 'prod-1', '00000000-0000-0000-0000-000000000007',
    '{"directory":{"path":"out","secrets":"omit"}}', 0, NULL, NULL, NULL, NULL);
INSERT INTO layers VALUES (1, 1, 2, 0, 2, 1, 1, x'00000000000000000000000000000000000000000000000000000000000000cc',
    x'79ca47741c8cb10ba3e5aefcc24f0b092cbae89b84bce0b73986224fcbd23356', 3, 4);
INSERT INTO objects VALUES (1, 1, 0, 2, 1, x'79ca47741c8cb10ba3e5aefcc24f0b092cbae89b84bce0b73986224fcbd23356',
    x'00000000000000000000000000000000000000000000000000000000000000dd', 0, 1, 0, NULL, NULL, NULL, NULL);
INSERT INTO past_objects VALUES (1, 1, 0, 2, 1, 1, x'79ca47741c8cb10ba3e5aefcc24f0b092cbae89b84bce0b73986224fcbd23356',
    x'00000000000000000000000000000000000000000000000000000000000000ee', 0, 1, 0);
INSERT INTO past_layers VALUES (1, 1, 2, 1, 0, 2, 1, 1, NULL,
    x'79ca47741c8cb10ba3e5aefcc24f0b092cbae89b84bce0b73986224fcbd23356', 3, 4);
INSERT INTO journal VALUES (1, 2, 1, 1,
    '[{"key":{"plane":"workload","group":"","kind":"ConfigMap","namespace":"web","name":"settings"},"action":"delete","hook":false}]');
