# Two network namespaces, west and east, joined by a cable. Sets $west and $east to a process in each.
# shellcheck shell=sh

new_namespace() {
	unshare -n sleep 3600 >/dev/null 2>&1 &
	namespace=$!
	while [ "$(readlink /proc/$namespace/ns/net)" = "$(readlink /proc/self/ns/net)" ]; do
		usleep 10000
	done
}

# configure PID INTERFACE HOST
configure() {
	ip link set "$2" netns "$1"
	nsenter -t "$1" -n sh -c "
		echo 0 >/proc/sys/net/ipv6/conf/$2/accept_dad
		ip link set lo up
		ip link set $2 up
		ip addr add 10.7.0.$3/24 dev $2
		ip addr add fd07::$3/64 dev $2
	"
}

new_namespace && west=$namespace
new_namespace && east=$namespace
ip link add name cable type veth # the kernel names the other end
configure "$west" cable 1
configure "$east" veth0 2
