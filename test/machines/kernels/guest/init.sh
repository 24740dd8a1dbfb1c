#!/bin/sh
# The first process of a guest: mounts the usual file systems, runs the scenario, powers off.
export PATH=/bin XTABLES_LIBDIR=/lib
busybox mount -t proc proc /proc
/bin/busybox --install -s /bin
mount -t sysfs sysfs /sys
mount -t devtmpfs dev /dev
mount -t cgroup2 cgroup2 /sys/fs/cgroup
mkdir -p /run /tmp
dmesg -n 1 # from here on, the console is only for marks
echo 2 >/proc/sys/kernel/unprivileged_bpf_disabled
(sleep 300 && poweroff -f) & # in case the host does not stop the guest
unxz /modules/*.xz 2>/dev/null
for module in /modules/*.ko; do insmod "$module"; done
echo "@@ booted $(uname -r) $(cut -d ' ' -f 1 /proc/uptime)"
sh /scenario.sh
echo "@@ end $?"
poweroff -f
