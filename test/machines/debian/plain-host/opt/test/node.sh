# The first process of a node that is a container. It sees what is below its own cgroup alone, its /sys is
# read-only and has no bpffs, and its /run is its own.
#   node.sh NAME DIRECTORY-OF-FLAGS
# shellcheck shell=bash
set -euo pipefail

name=$1
flags=$2
uid=6f1d5b2a-0c3e-4d5f-8a9b-00000000000$name
id=$(od -An -N32 -tx1 /dev/urandom | tr -d ' \n')
stem=kubelet-kubepods-burstable
container=/sys/fs/cgroup/kubelet.slice/kubelet-kubepods.slice/$stem.slice
container=$container/$stem-pod${uid//-/_}.slice/cri-containerd-$id.scope

get() {
	exec 9<>/dev/tcp/127.0.0.1/9770 || return 1
	printf 'GET %s HTTP/1.0\r\n\r\n' "$1" >&9
	tr -d '\r' <&9
	exec 9>&-
}

await_tick() {
	local now taken
	now=$(date +%s)
	until taken=$(get /metrics 2>/dev/null | sed -n 's/^vigia_snapshot_timestamp_seconds //p') &&
		[ -n "$taken" ] && [ "${taken%.*}" -gt "$now" ]; do
		sleep 0.2
	done
}

burn() {
	bash -c 'echo 0 >"$0/cgroup.procs" && exec timeout 0.5 bash -c "while :; do :; done"' "$1" || true
}

# say MOMENT: the pods' containers, as exported and in the kernel
say() {
	burn "$container"
	await_tick
	get /metrics | grep '^vigia_container_cpu_seconds_total{namespace="",' |
		sed "s/^/@@ node.$name.$1 /"
	echo "@@ node.$name.$1.cpu $(sed -n 's/^usage_usec //p' "$container/cpu.stat")"
}

echo "node-$name" >/proc/sys/kernel/hostname
mount --make-rprivate /
sed -n 's/^[^ ]* \([^ ]*\) bpf .*/\1/p' /proc/mounts | xargs -r -n 1 umount -l
umount -lR /sys
mount -t sysfs -o ro sysfs /sys
mount -t cgroup2 cgroup2 /sys/fs/cgroup
mount -t tmpfs -o mode=0755 tmpfs /run
ip link set lo up
mkdir /sys/fs/cgroup/init.scope
echo 0 >/sys/fs/cgroup/init.scope/cgroup.procs
mkdir -p "$container"
echo "@@ node.$name.container $uid ${id:0:12}"

/usr/local/bin/vigia run --interval=1s --mining=off >/run/vigia.log 2>&1 &
await_tick
/usr/local/bin/vigia doctor | sed -n "s/^ok  *cgroup v2  */@@ node.$name.doctor /p"
say measured
touch "$flags/$name.measured"
until [ -e "$flags/$name.unload" ]; do sleep 0.2; done
say last
kill -INT %1
wait %1 || cat /run/vigia.log
/usr/local/bin/vigia unload | sed "s/^/@@ node.$name.unload /"
touch "$flags/$name.unloaded"
