#!/bin/bash
# Builds a Debian root from the packages installed on this machine, as the base of an image without
# a registry: a minimal system, the packages that tools/setup/setup.sh installs for a build, and
# their dependencies. DIR/usr is its /usr, DIR/rest everything else. Needs no network.
#
#   lab/kubernetes/image-base.sh DIR
set -euo pipefail
[ $# = 1 ] || { sed -n '2,/^[^#]/ s/^# \{0,1\}//p' "$0" >&2; exit 2; }
dir=$1
cd "$(dirname -- "$0")/../.."

packages() {
	local build=() run=() # set by setup.sh
	eval "$(sed -n '/^\(build\|run\)=(/,/^)/p' tools/setup/setup.sh)"
	{
		dpkg-query -Wf '${Package} ${Essential}\n' | sed -n 's/ yes$//p'
		printf '%s\n' "${build[@]#*=}" "${run[@]#*=}" | grep -vxE 'nodejs|npm'
	} | xargs apt-cache depends --recurse --installed --important | grep -v '^[ <]' |
		{ xargs dpkg-query -Wf '${db:Status-Status} ${Package}\n' 2>/dev/null || true; } |
		sed -n 's/^installed //p'
}

# Prints their files and the links of update-alternatives, without documentation.
files() {
	local file
	{
		packages | xargs dpkg-query -L
		find /usr/bin /usr/sbin -lname '/etc/alternatives/*'
	} | grep '^/' | sed -E 's!^/(bin|sbin|lib[0-9x]*)(/|$)!/usr/\1\2!' |
		grep -vE '^/usr/share/(man|locale|info)/|^/usr/share/doc/[^/]+/([^c]|.*/)' |
		sort -u |
		while read -r file; do
			[ ! -e "$file" ] && [ ! -L "$file" ] || echo "${file#/}"
		done
}

copy() {
	tar -C / -c --no-recursion -T - | tar -C "$1" -x
}

add_etc() {
	cp -a /etc/alternatives etc/
	cp /usr/share/base-passwd/passwd.master etc/passwd
	cp /usr/share/base-passwd/group.master etc/group
}

add_dpkg() {
	mkdir -p var/lib/dpkg/info
	cp -a /var/lib/dpkg/{status,arch} var/lib/dpkg/ 2>/dev/null || true
	cp -a /var/lib/dpkg/info/{format,*.list} var/lib/dpkg/info/
}

# Tools that setup.sh does not take from this Debian package. It looks for npm, but does not need it
# if node_modules exists.
add_tools() {
	cp "$1/build/tools/bpftool" usr/sbin/bpftool
	ln -s /src/node_modules/.bin/node usr/local/bin/node
	ln -s /bin/false usr/local/bin/npm
}

mkdir -p "$dir/rest"
list=$(files)
grep '^usr/' <<<"$list" | copy "$dir"
grep -v '^usr\(/\|$\)' <<<"$list" | copy "$dir/rest"
checkout=$PWD
(cd "$dir" && mkdir -p usr/local/bin && add_tools "$checkout")
cd "$dir/rest"
for link in bin sbin lib lib64; do ln -s "usr/$link" "$link"; done
add_etc
add_dpkg
