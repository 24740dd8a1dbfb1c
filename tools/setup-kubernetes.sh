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

build() {
	local go version ldflags
	go=$(tools/find-go.sh "$cache/debian")
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
