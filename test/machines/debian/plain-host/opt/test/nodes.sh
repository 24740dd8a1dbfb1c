# Two nodes that are containers, as kind makes them, beside the host's own Vigia: each has a Vigia that was
# loaded from within. Sourced by scenario.sh.
# shellcheck shell=bash

flags=/var/tmp/nodes

# node NAME: starts a node below a cgroup like docker's, in the background
node() {
	local cgroup
	cgroup=/sys/fs/cgroup/docker-$(od -An -N32 -tx1 /dev/urandom | tr -d ' \n').scope
	mkdir "$cgroup"
	bash -c 'echo 0 >"$0/cgroup.procs" && exec "$@"' "$cgroup" \
		unshare --cgroup --mount --pid --fork --net --uts --kill-child --mount-proc \
		bash /opt/test/node.sh "$1" "$flags" &
}

# await_node NAME WHAT
await_node() {
	local deadline=$((SECONDS + 300))
	until [ -e "$flags/$1.$2" ]; do
		[ "$SECONDS" -lt "$deadline" ] && [ -n "$(jobs -r)" ] || fail "node $1: $2"
		sleep 0.2
	done
}

run_nodes() {
	mkdir -p "$flags"
	node a
	node b
	await_node a measured
	await_node b measured
	touch "$flags/a.unload"
	await_node a unloaded
	touch "$flags/b.unload"
	await_node b unloaded
	wait
	find /sys/fs/cgroup -depth -path '*/docker-*' -type d -exec rmdir {} +
	rm -r "$flags"
}
