#!/bin/bash
# Installs prometheus, promtool, alertmanager and amtool at build/tools: the machine's own, or else
# those of Debian's packages. The packages are unpacked, not installed, so that no service is set
# up.
set -euo pipefail
cd "$(dirname -- "$0")/../.."

cache=${VIGIA_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/vigia}
tools=$PWD/build/tools
mkdir -p build/tools

# Prints the path of the machine's own tool under one of the names.
own() {
	local name path
	for name; do
		if path=$(command -v "$name") && [ "$path" != "$tools/$name" ]; then
			echo "$path"
			return
		fi
	done
	return 1
}

# Succeeds if a tool is in build/tools, or the machine has it under one of its names.
is_there() {
	local path
	! "build/tools/$1" --version >/dev/null 2>&1 || return 0
	path=$(own "$@") && ln -sf "$path" "build/tools/$1"
}

# Unpacks a suite's package that contains a program, once, and prints the directory.
unpacked() {
	local suite=$1 package=$2 program=$3 dir=$cache/$1-$2
	if [ ! -x "$dir/usr/bin/$program" ]; then
		echo "setup: $package, unpacked in $dir" >&2
		tools/setup/apt-suite.sh "$suite" "$(dpkg --print-architecture)" fetch "$dir" "$package"
	fi
	echo "$dir"
}

# Debian 12's Prometheus is built without pod discovery.
finds_pods() {
	"$1" check config --syntax-only /dev/stdin >/dev/null 2>&1 <<-END
		scrape_configs: [{ job_name: a, kubernetes_sd_configs: [{ role: pod }] }]
	END
}

if ! finds_pods build/tools/promtool || ! build/tools/prometheus --version >/dev/null 2>&1; then
	if promtool=$(own promtool) && prometheus=$(own prometheus) && finds_pods "$promtool"; then
		ln -sf "$promtool" "$prometheus" build/tools/
	else
		for tool in prometheus promtool; do
			program=$(unpacked trixie $tool $tool)/usr/bin/$tool
			ln -sf "$program" build/tools/$tool
		done
	fi
fi

codename=$(. /etc/os-release && echo "$VERSION_CODENAME")
package=prometheus-alertmanager
if ! is_there amtool; then
	dir=$(unpacked "$codename" $package amtool)
	ln -sf "$dir/usr/bin/amtool" build/tools/amtool
fi
# Debian's Alertmanager needs its templates below /usr/share. They are there only in its own mount
# namespace, which needs root.
if [ "$(id -u)" != 0 ] && [ -x build/tools/alertmanager ]; then exit 0; fi
if ! is_there alertmanager $package; then
	dir=$(unpacked "$codename" $package $package)
	rm -f build/tools/alertmanager
	cat >build/tools/alertmanager <<-SCRIPT
		#!/bin/sh
		exec unshare --mount sh -c 'mount --bind "\$0/usr/share" /usr/share &&
			exec "\$0/usr/bin/$package" "\$@"' '${dir//\'/\'\\\'\'}' "\$@"
	SCRIPT
	chmod +x build/tools/alertmanager
fi
