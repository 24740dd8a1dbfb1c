#!/bin/bash
# Puts kube, etcd and the Kubernetes API server as one program, at build/tools. It is built once from
# test/kubernetes and the Go module proxy that the machine's Go is set up with, and kept in the cache.
set -euo pipefail
cd "$(dirname -- "$0")/.."

# The caches of Go, 2 GB, are thrown away once it is built.
cache=${VIGIA_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/vigia}/kubernetes
source=test/kubernetes
target=build/tools/kube
sum=$(cat "$source"/go.{mod,sum} "$source"/*.go | sha256sum)
program=$cache/kube-$(uname -m)-${sum:0:16}

# From Go 1.21 on one Go fetches another, as go.mod wants it, as a module.
is_new_enough() {
	local version
	version=$(GOTOOLCHAIN=local "$1" env GOVERSION 2>/dev/null) || return 1
	version=${version#go1.}
	[ "${version%%[!0-9]*}" -ge 21 ]
}

# Prints the path of a Go: the machine's own, else Debian's package, unpacked rather than installed.
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
		apt_suite "$suite" fetch "$cache/debian" "$package" "${package/-go=/-src=}" >&2 || continue
		package=${package%-go=*}
		go=$cache/debian/usr/lib/${package/golang/go}/bin/go
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
	tools/apt-suite.sh "$suite" "$(dpkg --print-architecture)" "$@"
}

build() {
	local go version ldflags
	go=$(find_go)
	version=$(sed -n 's/^\tk8s.io\/kubernetes //p' "$source/go.mod")
	echo "setup: building Kubernetes $version for the tests, once: 5 to 10 minutes on two cores"
	ldflags="-s -w -X k8s.io/component-base/version.gitVersion=$version"
	export GOMODCACHE=$cache/go/mod GOCACHE=$cache/go/build GOTOOLCHAIN=auto CGO_ENABLED=0
	export GOFLAGS="-modcacherw -buildvcs=false -mod=readonly"
	(cd "$source" && nice -n 10 "$go" build -trimpath -ldflags "$ldflags" -o "$program.new" . \
		2> >(grep -v '^go: downloading ' >&2))
	mv "$program.new" "$program"
	rm -rf "$cache/go" "$cache/debian"
}

mkdir -p build/tools "$cache"
if [ ! -x "$program" ]; then
	# Another checkout may be at it.
	exec 9>"$cache/lock"
	flock 9
	[ -x "$program" ] || build
fi
ln -sf "$program" "$target"
