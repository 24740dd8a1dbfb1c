#!/bin/bash
# Lays out the root of the image: what "make build" made, Node, bpftool, mount and flock, the shared
# libraries that these need, and nothing else.
#
#   deploy/image/assemble.sh DIR
set -euo pipefail
shopt -s nullglob
[ $# = 1 ] || { sed -n '2,/^[^#]/ s/^# \{0,1\}//p' "$0" >&2; exit 2; }
root=$1
cd "$(dirname -- "$0")/../.."

cache=${VIGIA_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/vigia}
programs=(
	node_modules/node/bin/node=/usr/bin/node
	build/tools/bpftool=/usr/sbin/bpftool
	"$(command -v mount)=/usr/bin/mount" # for a bpffs of our own
	"$(command -v umount)=/usr/bin/umount"
	"$(command -v flock)=/usr/bin/flock" # for the locks of loads and of readers
)

add_programs() {
	local program
	for program in "${programs[@]}"; do
		install -D -m 0755 -- "$(realpath -- "${program%=*}")" "$root${program#*=}"
	done
}

# Prints the libraries that the programs are linked with, libc's loader among them.
libraries() {
	local program
	for program in "${programs[@]}"; do
		ldd "${program%=*}" | sed -n 's/^\(.* =>\)\{0,1\}[[:space:]]*\(\/[^ ]*\) (.*/\2/p'
	done | sort -u
}

# Programs look for the loader below /lib or /lib64, which are links, as in Debian.
add_libraries() {
	local link library place
	for link in lib lib64; do
		mkdir -p "$root/usr/$link"
		ln -s "usr/$link" "$root/$link"
	done
	libraries | while read -r library; do
		place=$(realpath -- "$(dirname -- "$library")")
		install -D -m 0755 -- "$(realpath -- "$library")" "$root$place/$(basename -- "$library")"
	done
}

add_launcher() {
	mkdir -p "$root/usr/bin"
	deploy/image/compile-launcher.sh "$root/usr/bin/vigia"
}

add_vigia() {
	install -D -m 0644 -t "$root/usr/lib/vigia" dist/*.mjs
	install -D -m 0644 -t "$root/usr/lib/vigia/bpf" dist/bpf/*.o
}

# A uid of our own: that of nobody is shared with other pods of the node.
add_etc() {
	mkdir -p "$root/etc"
	cat >"$root/etc/passwd" <<-'FILE'
		root:x:0:0:root:/:/usr/sbin/nologin
		vigia:x:9770:9770:Vigia:/nonexistent:/usr/sbin/nologin
		nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin
	FILE
	printf '%s\n' root:x:0: vigia:x:9770: nogroup:x:65534: >"$root/etc/group"
	echo 'hosts: files dns' >"$root/etc/nsswitch.conf"
	cp /etc/os-release "$root/etc/os-release" # whose advisories the libraries come under
}

# Licenses ask for their text, and scanners read status.d where there is no dpkg.
add_notices() {
	local package
	mkdir -p "$root/var/lib/dpkg/status.d"
	packages | while read -r package; do
		add_license "$package" "/usr/share/doc/$package/copyright"
		dpkg-query -s "$package" >"$root/var/lib/dpkg/status.d/$package"
	done
	add_license node node_modules/node{,/node_modules}/node-*/LICENSE
	add_license vigia LICENSE
	install -m 0644 -t "$root/usr/share/doc/vigia" dist/licenses.txt dist/sbom.cdx.json
	add_license vigia-bpf bpf/LICENSE
}

add_license() {
	install -D -m 0644 -- "$2" "$root/usr/share/doc/$1/copyright"
}

# Prints those that own the files. Where /lib is a link, dpkg may know them by either path.
packages() {
	{
		libraries
		command -v mount flock
		realpath build/tools/bpftool
	} | sed 's|^\(/usr\)\{0,1\}/|*/|' | { xargs dpkg-query -S 2>/dev/null || true; } |
		sed 's/:.*//' | sort -u
}

# tools/setup/bpftool.sh may have unpacked its package rather than installed it.
add_notice_of_unpacked_bpftool() {
	local notice=("$cache"/bpftool/*/usr/share/doc/bpftool/copyright)
	local package=("$cache"/apt/*/archives/bpftool_*_"$(dpkg --print-architecture)".deb)
	[ ! -e "$root/usr/share/doc/bpftool" ] && [ ${#notice[@]} -gt 0 ] || return 0
	add_license bpftool "${notice[0]}"
	{
		echo 'Status: install ok unpacked'
		dpkg-deb -f "${package[0]}"
	} >"$root/var/lib/dpkg/status.d/bpftool"
}

add_programs
add_libraries
add_launcher
add_vigia
add_etc
add_notices
add_notice_of_unpacked_bpftool
install -d -m 1777 "$root/tmp"
# The socket, where nothing is mounted over its directory, as src/daemon/run-directory.ts makes it.
install -d -m 0755 "$root/run/vigia"
install -d -m 0700 -o 9770 -g 9770 "$root/run/vigia/daemon"
ln -s daemon/vigia.sock "$root/run/vigia/vigia.sock"
