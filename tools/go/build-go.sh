#!/bin/bash
# Builds a Go program at build/tools. It is built once, from the Go module proxy that the machine's
# Go uses, and cached. Go's own cache of 1 to 2 GB is deleted afterwards.
#
#   tools/go/build-go.sh NAME MODULE PACKAGE LDFLAGS
#
# MODULE is the directory of a go.mod, PACKAGE the package to build. Different module files or flags
# make a different program.
set -euo pipefail
[ $# = 4 ] || { sed -n '2,/^[^#]/ s/^# \{0,1\}//p' "$0" >&2; exit 2; }
name=$1 module=$2 package=$3 ldflags=$4
cd "$(dirname -- "$0")/../.."
shopt -s nullglob

cache=${VIGIA_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/vigia}/$(basename -- "$module")
sum=$({ cat "$module"/go.{mod,sum} "$module"/*.go && echo "$package $ldflags"; } | sha256sum)
program=$cache/$name-$(uname -m)-${sum:0:16}

build() {
	local go
	go=$(tools/go/find-go.sh "$cache/debian")
	echo "setup: building $name for the tests, once: some minutes on two cores"
	export GOMODCACHE=$cache/go/mod GOCACHE=$cache/go/build GOTOOLCHAIN=auto CGO_ENABLED=0
	export GOFLAGS="-modcacherw -buildvcs=false -mod=readonly"
	(cd "$module" && nice -n 10 "$go" build -trimpath -ldflags "$ldflags" -o "$program.new" \
		"$package" 2> >(grep -v '^go: downloading ' >&2))
	mv "$program.new" "$program"
	rm -rf "$cache/go" "$cache/debian"
}

mkdir -p build/tools "$cache"
if [ ! -x "$program" ]; then
	# Another checkout may be building it.
	exec 9>"$cache/lock"
	flock 9
	[ -x "$program" ] || build
fi
ln -sf "$program" "build/tools/$name"
