#!/bin/bash
# Installs the emulators of the tests' virtual machines at build/tools: the machine's own, or else
# those of its suite's backports, unpacked and not installed.
#
# Versions before 8.1 can translate code while another CPU patches it, and keep the result
# (https://gitlab.com/qemu-project/qemu/-/issues/1696). A kernel that flips a static key in its
# scheduler then sometimes panics.
set -euo pipefail
cd "$(dirname -- "$0")/../.."

cache=${VIGIA_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/vigia}
packages=(qemu-system-x86 qemu-system-arm qemu-system-common qemu-system-data)
mkdir -p build/tools

is_sound() {
	local version major minor
	version=$("$1" --version 2>/dev/null | sed -n '1s/^QEMU emulator version \([0-9]*\.[0-9]*\).*/\1/p')
	IFS=. read -r major minor <<<"${version:-0.0}"
	[ "$major" -gt 8 ] || { [ "$major" = 8 ] && [ "$minor" -ge 1 ]; }
}

for arch in x86_64 aarch64; do
	name=qemu-system-$arch
	! is_sound "build/tools/$name" || continue
	own=$(PATH=${PATH//"$PWD/build/tools:"/} command -v "$name")
	rm -f "build/tools/$name"
	if is_sound "$own"; then
		ln -s "$own" "build/tools/$name"
		continue
	fi
	suite=$(. /etc/os-release && echo "$VERSION_CODENAME")-backports
	dir=$cache/$suite-qemu
	if [ ! -x "$dir/usr/bin/$name" ]; then
		echo "setup: qemu from $suite, unpacked in $dir"
		tools/setup/apt-suite.sh "$suite" "$(dpkg --print-architecture)" fetch "$dir" "${packages[@]}"
	fi
	# Its firmware is in the unpacked directory. The BIOS comes from the machine.
	cat >"build/tools/$name" <<-SCRIPT
		#!/bin/sh
		dir='${dir//\'/\'\\\'\'}'
		exec "\$dir/usr/bin/$name" -L "\$dir/usr/share/qemu" -L /usr/share/seabios "\$@"
	SCRIPT
	chmod +x "build/tools/$name"
done
