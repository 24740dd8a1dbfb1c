#!/bin/bash
# Puts prometheus, promtool, alertmanager and amtool at build/tools: the machine's own, else those of
# Debian's packages, unpacked rather than installed, so that no service is set up on the machine.
set -euo pipefail
cd "$(dirname -- "$0")/.."

cache=${VIGIA_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/vigia}
mkdir -p build/tools

# Succeeds if a tool is there or the machine has it under one of its names.
is_there() {
	local target=build/tools/$1 name own
	! "$target" --version >/dev/null 2>&1 || return 0
	for name; do
		own=$(command -v "$name") && [ ! "$own" -ef "$target" ] || continue
		ln -sf "$own" "$target"
		return 0
	done
	return 1
}

# Unpacks a package that has a program, unless that was done, and prints the directory.
unpacked() {
	local dir=$cache/$1
	if [ ! -x "$dir/usr/bin/$2" ]; then
		echo "setup: $1, unpacked in $dir" >&2
		tools/apt-suite.sh "$(. /etc/os-release && echo "$VERSION_CODENAME")" \
			"$(dpkg --print-architecture)" fetch "$dir" "$1"
	fi
	echo "$dir"
}

for tool in prometheus promtool; do
	is_there $tool || cp -f "$(unpacked prometheus $tool)/usr/bin/$tool" build/tools/$tool
done

package=prometheus-alertmanager
is_there amtool || cp -f "$(unpacked $package amtool)/usr/bin/amtool" build/tools/amtool
# Debian's wants its templates below /usr/share, where they are only in a mount namespace of its own,
# which takes root to make.
if [ "$(id -u)" != 0 ] && [ -x build/tools/alertmanager ]; then exit 0; fi
if ! is_there alertmanager $package; then
	dir=$(unpacked $package $package)
	rm -f build/tools/alertmanager
	cat >build/tools/alertmanager <<-SCRIPT
		#!/bin/sh
		exec unshare --mount sh -c 'mount --bind "\$0/usr/share" /usr/share &&
			exec "\$0/usr/bin/$package" "\$@"' '${dir//\'/\'\\\'\'}' "\$@"
	SCRIPT
	chmod +x build/tools/alertmanager
fi
