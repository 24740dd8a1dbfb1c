#!/bin/sh
# The first process of a node that is a container, as in kind. It sees only the cgroups below its
# own. Its /sys is read-only and has no bpffs, and it has a separate /run.
#
#   node-container.sh NAME
set -e
hostname "$1"
mount --make-rprivate /
umount -lR /sys/fs/cgroup
awk '$3 == "bpf" { print $2 }' /proc/mounts | xargs -r -n 1 umount -l
mount -t sysfs -o ro sysfs /sys
mount -t cgroup2 cgroup2 /sys/fs/cgroup
mount -t tmpfs -o mode=0755 tmpfs /run
mkdir /sys/fs/cgroup/init.scope
echo 0 >/sys/fs/cgroup/init.scope/cgroup.procs
echo ready
exec sleep infinity
