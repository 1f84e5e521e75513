#!/usr/bin/env python3
"""Makes the corpora of the fuzz targets out of the packs in STRATIFORM_PACKS. They are not kept in the repository."""

import hashlib
import os
import pathlib
import tarfile

CORPUS = pathlib.Path(__file__).parent / "corpus"
LARGEST = 64 * 1024
OWN = {
    "template": [
        b'{{ define "x" }}{{ .Values.a | quote }}{{ end }}{{ include "x" . }}',
        b'{{- range $k, $v := .Values.map }}{{ $k }}={{ tpl (toString $v) $ }}{{ else }}-{{ end -}}',
        b'{{ with $x := dict "a" (list 1 2.5 nil) }}{{ toYaml $x | fromYaml | toJson | nindent 2 }}{{ end }}',
    ],
    "values": [b"a: &x {b: 1}\nc:\n  <<: *x\n", b"text: |-\n  a\n   b\nn: [0755, 1e3, ~]\n---\na: null\n"],
    "archive": [],
}


def keep(target, data):
    if 0 < len(data) <= LARGEST:
        folder = CORPUS / target
        folder.mkdir(parents=True, exist_ok=True)
        (folder / hashlib.sha256(data).hexdigest()[:16]).write_bytes(data)


for target, seeds in OWN.items():
    (CORPUS / target).mkdir(parents=True, exist_ok=True)
    for seed in seeds:
        keep(target, seed)

packs = os.environ.get("STRATIFORM_PACKS")
archives = sorted(pathlib.Path(packs).glob("*/charts/*.tgz")) if packs else []
for archive in archives:
    keep("archive", archive.read_bytes())
    with tarfile.open(archive) as files:
        for file in files.getmembers():
            if not file.isfile():
                continue
            data = files.extractfile(file).read()
            if "/templates/" in file.name:
                keep("template", data)
            elif file.name.endswith("values.yaml"):
                keep("values", data)
for target in OWN:
    print(target, sum(1 for _ in (CORPUS / target).iterdir()))
