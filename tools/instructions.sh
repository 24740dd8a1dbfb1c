#!/bin/bash
# Prints the number of BPF instructions of each function of the given objects.
set -euo pipefail
for object; do
	llvm-readelf --symbols --wide "$object" | awk -v object="${object##*/}" '
		$4 == "FUNC" { printf "%6d  %-28s %s\n", $3 / 8, $8, object }'
done
