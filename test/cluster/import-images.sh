#!/bin/bash
# Imports images into the store of the containerd below ROOT, with that containerd: in the emulator
# this takes a minute. Run it in its own mount and PID namespaces.
#
#   test/cluster/import-images.sh ROOT ARCHIVE…
set -euo pipefail
[ $# -gt 1 ] || { sed -n '2,/^[^#]/ s/^# \{0,1\}//p' "$0" >&2; exit 2; }
root=$1
shift

# An overlay cannot be stacked on itself, so this is a separate mount.
mount --bind "$root" "$root"
mount -t proc proc "$root/proc"
mount --rbind /dev "$root/dev"
mount -t tmpfs tmpfs "$root/run"
mount -t tmpfs tmpfs "$root/tmp"
for archive; do
	touch "$root/tmp/${archive##*/}"
	mount --bind "$archive" "$root/tmp/${archive##*/}"
done

# shellcheck disable=SC2016
exec chroot "$root" /bin/bash -euc '
	echo "disabled_plugins = [\"io.containerd.grpc.v1.cri\"]" >/tmp/config.toml
	containerd --config /tmp/config.toml --log-level error &
	server=$!
	until ctr version >/dev/null 2>&1; do
		kill -0 $server
		sleep 0.1
	done
	for archive; do ctr -n k8s.io images import --digests=false "/tmp/$archive" >/dev/null; done
	kill $server
	wait $server
' - "${@##*/}"
