#!/bin/bash
# Compiles the launcher of the image, with what bin/vigia says of Node's flags and heap.
#
#   deploy/image/compile-launcher.sh OUTPUT [FLAGS OF THE COMPILER]
set -euo pipefail
[ $# -ge 1 ] || { sed -n '2,/^[^#]/ s/^# \{0,1\}//p' "$0" >&2; exit 2; }
output=$1
shift
cd "$(dirname -- "$0")/../.."

flags=$(sed -n 's/^exec "\$node" \(--.*\) --max-old-space-size=\$heap \\$/\1/p' bin/vigia)
heap='s/^heap=\([0-9]*\) peers_per_mb=\([0-9]*\) max_peers=\([0-9]*\)$/\1 \2 \3/p'
read -r heap_mb peers_per_mb max_peers <<<"$(sed -n "$heap" bin/vigia)"
[ -n "$flags" ] && [ -n "$max_peers" ] || {
	echo 'compile-launcher: bin/vigia does not say how Node is started' >&2
	exit 1
}
exec clang -O2 -Wall -Wextra -Werror "-DNODE_FLAGS=$(sed 's/[^ ]\{1,\}/"&",/g' <<<"$flags")" \
	"-DHEAP_MB=$heap_mb" "-DPEERS_PER_MB=$peers_per_mb" "-DMAX_PEERS=$max_peers" "$@" \
	-o "$output" deploy/image/launcher.c
