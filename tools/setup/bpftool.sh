#!/bin/bash
# Installs a bpftool with `prog loadall … autoattach` (7.2) at build/tools/bpftool: the machine's
# own, or else one unpacked from a newer suite. The machine's packages stay unchanged.
set -euo pipefail
cd "$(dirname -- "$0")/../.."
shopt -s nullglob

target=build/tools/bpftool
cache=${VIGIA_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/vigia}

serves() {
	"$1" prog help 2>&1 | grep -q autoattach
}

# Ubuntu's /usr/sbin/bpftool refuses to run on a kernel whose tools are not installed.
link_own() {
	local candidate
	for candidate in "$(command -v bpftool || true)" /usr/sbin/bpftool \
		$(printf '%s\n' /usr/lib/linux-tools{/*,-*}/bpftool | sort -rV); do
		if [ -x "$candidate" ] && serves "$candidate"; then
			ln -sf "$candidate" "$target"
			return
		fi
	done
	return 1
}

unpack_newer() {
	local own suite log
	own=$(. /etc/os-release && echo "$VERSION_CODENAME")
	mkdir -p "$cache"
	log=$cache/setup-bpftool.log
	: >"$log"
	for suite in "$own-backports" "$own" trixie sid; do
		local dir=$cache/bpftool/$suite
		tools/setup/apt-suite.sh "$suite" "$(dpkg --print-architecture)" fetch "$dir" bpftool \
			>>"$log" 2>&1 || continue
		if serves "$dir/usr/sbin/bpftool"; then
			cp -f "$dir/usr/sbin/bpftool" "$target"
			echo "setup: bpftool from $suite, unpacked in $dir"
			return
		fi
		echo "bpftool of $suite does not run here or does not know autoattach" >>"$log"
	done
	cat "$log" >&2
	return 1
}

install_linux_tools() {
	local package
	for package in bpftool linux-tools-generic \
		"linux-tools-generic-hwe-$(. /etc/os-release && echo "$VERSION_ID")"; do
		echo "setup: installing $package"
		tools/as-root.sh env DEBIAN_FRONTEND=noninteractive apt-get -qq install -y \
			--no-install-recommends "$package" >/dev/null </dev/null || continue
		! link_own || return 0
	done
	return 1
}

mkdir -p build/tools
! serves "$target" || exit 0
rm -f "$target"
! link_own || exit 0
case $(. /etc/os-release && echo "$ID") in
debian) ! unpack_newer || exit 0 ;;
*) ! install_linux_tools || exit 0 ;;
esac
echo 'setup: no bpftool that knows autoattach (7.2 or newer) was found for this machine.' >&2
echo 'Install one and put it on PATH, or set VIGIA_BPFTOOL to its path.' >&2
exit 1
