#!/bin/bash
# SPDX-License-Identifier: ISC
# compile-commands.sh 'CC AND FLAGS' FILE…: prints compile_commands.json.

set -euo pipefail

# Prints a text as it stands inside a JSON string.
json_text()
{
	local text=${1//\\/\\\\}
	printf '%s' "${text//\"/\\\"}"
}

if [ $# -lt 1 ]; then
	echo "usage: compile-commands.sh 'CC AND FLAGS' FILE…" >&2
	exit 2
fi
compiler=$(json_text "$1")
dir=$(json_text "$PWD")
shift
separator='['
for file; do
	name=$(json_text "$file")
	printf '%s\n  {"directory": "%s", "file": "%s", "command": "%s -c %s"}' \
		"$separator" "$dir" "$name" "$compiler" "$name"
	separator=,
done
[ $# -gt 0 ] || printf '['
printf '\n]\n'
