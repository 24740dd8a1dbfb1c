#!/bin/bash
# Prints the path of a Go that can build the tests' programs: the machine's own, or else Debian's
# package, unpacked below DIR and not installed.
#
#   tools/go/find-go.sh DIR
set -euo pipefail
[ $# = 1 ] || { sed -n '2,/^[^#]/ s/^# \{0,1\}//p' "$0" >&2; exit 2; }
unpacked=$1
cd "$(dirname -- "$0")/../.."

# Since Go 1.21, Go fetches the version that a go.mod requires, as a module.
is_new_enough() {
	local version
	version=$(GOTOOLCHAIN=local "$1" env GOVERSION 2>/dev/null) || return 1
	version=${version#go1.}
	[ "${version%%[!0-9]*}" -ge 21 ]
}

find_go() {
	local own codename suite package go
	for own in "$(command -v go || true)" /usr/local/go/bin/go; do
		if [ -x "$own" ] && is_new_enough "$own"; then
			echo "$own"
			return
		fi
	done
	codename=$(. /etc/os-release && echo "$VERSION_CODENAME")
	for suite in "$codename" "$codename-backports" trixie; do
		package=$(apt_suite "$suite" newest 'golang-1\.(2[1-9]|[3-9][0-9])-go' 2>/dev/null) || continue
		apt_suite "$suite" fetch "$unpacked" "$package" "${package/-go=/-src=}" >&2 || continue
		package=${package%-go=*}
		go=$unpacked/usr/lib/${package/golang/go}/bin/go
		if is_new_enough "$go"; then
			echo "$go"
			return
		fi
	done
	echo 'setup: no Go 1.21 or newer was found for this machine; install one and put it on PATH' >&2
	return 1
}

apt_suite() {
	local suite=$1
	shift
	tools/setup/apt-suite.sh "$suite" "$(dpkg --print-architecture)" "$@"
}

find_go
