#!/bin/bash
# Installs the missing packages of the named groups, on Debian or Ubuntu, without questions.
#
#   tools/setup/setup.sh [build] [run] [demo] [test] [bench]
set -euo pipefail
cd "$(dirname -- "$0")/../.."
PATH=$PATH:/usr/sbin:/sbin

# The command or file to look for = the package that contains it.
build=(
	make=make
	clang=clang
	llvm-strip=llvm
	/usr/include/bpf/bpf_helpers.h=libbpf-dev
	/usr/include/linux/bpf.h=linux-libc-dev
	node=nodejs
	npm=npm
)
run=(
	mount=mount
	flock=util-linux
	/usr/share/doc/libcap2=libcap2
	/usr/share/doc/zlib1g=zlib1g
)
demo=(
	ip=iproute2
	taskset=util-linux
)
test=(
	clang-format=clang-format
	ip=iproute2
	nft=nftables
	ethtool=ethtool
	iperf3=iperf3
	socat=socat
	dnsmasq=dnsmasq-base
	ps=procps
	setpriv=util-linux
	flock=util-linux
	systemd-analyze=systemd
	buildah=buildah
	crun=crun
	openssl=openssl
	qemu-system-x86_64=qemu-system-x86
	qemu-system-aarch64=qemu-system-arm
	busybox=busybox-static
	cpio=cpio
	zstd=zstd
	mkfs.ext4=e2fsprogs
	gcc=gcc
	/usr/include/stdio.h=libc6-dev
	aarch64-linux-gnu-gcc=gcc-aarch64-linux-gnu
	/usr/aarch64-linux-gnu/include/stdio.h=libc6-dev-arm64-cross
)
# Harmless programs for bench-mining. None of them starts a service.
bench=(
	stress-ng=stress-ng
	flac=flac
	opusenc=opus-tools
	lame=lame
	vpxenc=vpx-tools
	/usr/lib/python3/dist-packages/numpy=python3-numpy
	sqlite3=sqlite3
	xz=xz-utils
	bzip2=bzip2
	perl=perl
	awk=mawk
	chrt=util-linux
)

install_packages() {
	local entry missing=()
	for entry; do
		[ -e "${entry%=*}" ] || command -v "${entry%=*}" >/dev/null || missing+=("${entry#*=}")
	done
	[ ${#missing[@]} -gt 0 ] || return 0
	if ! command -v apt-get >/dev/null; then
		echo "setup: no apt-get here; please install: ${missing[*]}" >&2
		return 1
	fi
	if [ "$(id -u)" != 0 ] && ! command -v sudo >/dev/null; then
		echo "setup: cannot install ${missing[*]} without root or sudo" >&2
		return 1
	fi
	echo "setup: installing ${missing[*]}"
	local apt=(tools/as-root.sh env DEBIAN_FRONTEND=noninteractive apt-get -q
		-o DPkg::Lock::Timeout=300 -o Dpkg::Use-Pty=0 -o Acquire::Retries=3)
	"${apt[@]}" update >/dev/null </dev/null ||
		echo 'setup: some package lists cannot be read; going on without them' >&2
	"${apt[@]}" install -y --no-install-recommends "${missing[@]}" >/dev/null </dev/null
}

[ $# -gt 0 ] || { sed -n '2,/^[^#]/ s/^# \{0,1\}//p' "$0" >&2; exit 2; }
packages=()
for group; do
	case $group in
	build) packages+=("${build[@]}") ;;
	run) packages+=("${run[@]}") ;;
	demo) packages+=("${demo[@]}") ;;
	test) packages+=("${test[@]}") ;;
	bench) packages+=("${bench[@]}") ;;
	*) echo "setup: no group is named $group" >&2; exit 2 ;;
	esac
done
install_packages "${packages[@]}"
for group; do
	case $group in
	build) tools/setup/node.sh ;;
	run) tools/setup/bpftool.sh ;;
	test)
		tools/setup/prometheus.sh
		tools/setup/kubernetes.sh
		tools/setup/helm.sh
		tools/setup/qemu.sh
		;;
	esac
done
