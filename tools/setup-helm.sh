#!/bin/bash
# Puts helm at build/tools. It is built once from test/helm and the Go module proxy that the machine's
# Go is set up with, and kept in the cache.
set -euo pipefail
cd "$(dirname -- "$0")/.."

# The caches of Go, 1 GB, are thrown away once it is built.
cache=${VIGIA_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/vigia}/helm
source=test/helm
target=build/tools/helm
sum=$(cat "$source"/go.{mod,sum} "$0" | sha256sum)
program=$cache/helm-$(uname -m)-${sum:0:16}

# helm's own makefile sets the same: without them it takes charts to be for Kubernetes 1.20.
build() {
	local go version kubernetes ldflags module=helm.sh/helm/v3
	go=$(tools/find-go.sh "$cache/debian")
	version=$(sed -n "s|.*\<$module \(v[^ ]*\).*|\1|p" "$source/go.mod")
	kubernetes=$(sed -n 's|.*k8s.io/client-go v0\.\([0-9]*\)\..*|\1|p' "$source/go.mod")
	echo "setup: building helm $version for the tests, once: 2 to 4 minutes on two cores"
	ldflags="-s -w -X $module/internal/version.version=$version"
	for package in pkg/chartutil pkg/lint/rules; do
		ldflags+=" -X $module/$package.k8sVersionMajor=1"
		ldflags+=" -X $module/$package.k8sVersionMinor=$kubernetes"
	done
	export GOMODCACHE=${GOMODCACHE:-$cache/go/mod} GOCACHE=${GOCACHE:-$cache/go/build}
	export GOTOOLCHAIN=auto CGO_ENABLED=0 GOFLAGS="-modcacherw -buildvcs=false -mod=readonly"
	(cd "$source" && nice -n 10 "$go" build -trimpath -ldflags "$ldflags" -o "$program.new" \
		"$module/cmd/helm" 2> >(grep -v '^go: downloading ' >&2))
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
