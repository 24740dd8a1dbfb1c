#!/bin/bash
# Puts prometheus and promtool at build/tools: the machine's own, else Debian's package, unpacked
# rather than installed, so that no service is set up on the machine.
set -euo pipefail
cd "$(dirname -- "$0")/.."

cache=${VIGIA_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/vigia}
dir=$cache/prometheus
mkdir -p build/tools

for tool in prometheus promtool; do
	target=build/tools/$tool
	! "$target" --version >/dev/null 2>&1 || continue
	if own=$(command -v "$tool"); then
		ln -sf "$own" "$target"
		continue
	fi
	if [ ! -x "$dir/usr/bin/$tool" ]; then
		echo "setup: prometheus, unpacked in $dir"
		tools/apt-suite.sh "$(. /etc/os-release && echo "$VERSION_CODENAME")" \
			"$(dpkg --print-architecture)" fetch "$dir" prometheus
	fi
	cp -f "$dir/usr/bin/$tool" "$target"
done
