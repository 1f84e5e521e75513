#!/bin/sh
# Looks for drift, and leaves two files in a folder: stratiform.prom for Prometheus, drift.json for people and programs.
# Usage: drift.sh PROJECT FOLDER
#
# Exit codes are those of `stratiform drift`: 0 when nothing has changed, 2 when something has, anything else when it
# could not be found out. In the last case the old files stay, so that a broken job does not look like a healthy fleet.
set -eu

project=$1
folder=$2
report=$(mktemp "$folder/.drift.XXXXXX")
metrics=$(mktemp "$folder/.metrics.XXXXXX")
trap 'rm -f "$report" "$metrics"' EXIT

# Runs a command with its output in a file, and lets through what is no failure.
look() {
    file=$1
    shift
    status=0
    "$@" > "$file" || status=$?
    case $status in
        0 | 2) ;;
        *) exit "$status" ;;
    esac
}

look "$report" stratiform -C "$project" drift --format json
look "$metrics" stratiform -C "$project" drift --format prometheus

# mktemp lets only the owner read. A rename is atomic: nobody ever reads half a file.
chmod 0644 "$report" "$metrics"
mv "$report" "$folder/drift.json"
mv "$metrics" "$folder/stratiform.prom"
exit "$status"
