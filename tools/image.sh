#!/bin/bash
# Builds the image of deploy/Dockerfile and prints its unpacked size.
#
#   tools/image.sh IMAGE [FLAG…]
#
# Uses docker, podman or buildah, the first that works, unless ENGINE names one. FLAGs are passed to
# its build, such as --platform=linux/arm64 or --build-arg=BUILD_BASE=node@sha256:…
set -euo pipefail
[ $# -gt 0 ] || { sed -n '2,/^[^#]/ s/^# \{0,1\}//p' "$0" >&2; exit 2; }
image=$1
shift
cd "$(dirname -- "$0")/.."

# docker and podman may be installed without a usable service or storage.
find_engine() {
	local engine
	for engine in docker podman buildah; do
		if command -v "$engine" >/dev/null && "$engine" info >/dev/null 2>&1; then
			echo "$engine"
			return
		fi
	done
	echo 'image: none of docker, podman and buildah works here; install one, such as buildah' >&2
	return 1
}

# The engines' own figures are for compressed layers, or rounded.
unpacked_bytes() {
	local container
	if [ "$engine" = buildah ]; then
		container=$(buildah from --pull-never "$image")
		du -sb "$(buildah mount "$container")" | cut -f 1
	else
		container=$("$engine" create "$image")
		"$engine" export "$container" | wc -c
	fi
	"$engine" rm "$container" >/dev/null
}

engine=${ENGINE:-$(find_engine)}
commit=$(git describe --always --dirty --exclude='*' --abbrev=40 2>/dev/null || true)
version=$(sed -n 's/^  "version": "\(.*\)",$/\1/p' package.json)
echo "image: building $image with $engine"
"$engine" build --file deploy/Dockerfile --tag "$image" \
	--build-arg "COMMIT=$commit" --build-arg "VERSION=$version" "$@" .
echo "image: $image has $(($(unpacked_bytes) / 1000000)) MB, unpacked"
