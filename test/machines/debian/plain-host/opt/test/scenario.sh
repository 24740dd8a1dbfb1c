# A host's life with Vigia, which is installed and enabled when it boots. Lines `@@ KEY …` of what it
# says are asserted by plain-host.test.ts.
# shellcheck shell=bash
set -euo pipefail
. /opt/test/state.sh
. /opt/test/nodes.sh

source=/usr/src/vigia
settings=/etc/default/vigia

get() {
	exec 9<>/dev/tcp/127.0.0.1/9770 || return 1
	printf 'GET %s HTTP/1.0\r\n\r\n' "$1" >&9
	tr -d '\r' <&9
	exec 9>&-
}

journal() {
	journalctl -q --no-pager -o cat -n 40 -u vigia -u vigia-load -u vigia-unload
}

fail() {
	echo "timed out waiting for: $*"
	systemctl status --no-pager vigia vigia-load || true
	journal
	exit 1
}

await_ready() {
	local deadline=$((SECONDS + 120)) answer
	until answer=$(get /readyz 2>/dev/null) && [[ $answer == 'HTTP/1.'?' 200'* ]]; do
		[ "$SECONDS" -lt "$deadline" ] || fail ready
		sleep 0.1
	done
}

# scrape NAME: all figures of the sender, from the running daemon
scrape() {
	await_ready
	get /metrics | grep 'pod="sender.service"' | sed "s/^/@@ scrape.$1 /"
	echo "@@ at $1 $(cut -d ' ' -f 1 /proc/uptime)"
}

# Waits for a snapshot newer than the call.
await_tick() {
	local deadline=$((SECONDS + 60)) now taken
	now=$(date +%s)
	until taken=$(get /metrics | sed -n 's/^vigia_snapshot_timestamp_seconds //p') &&
		[ "${taken%.*}" -gt "$now" ]; do
		[ "$SECONDS" -lt "$deadline" ] || fail "a snapshot after $now, newest $taken"
		sleep 0.2
	done
}

say_daemon() {
	local pid
	pid=$(systemctl show -P MainPID vigia)
	grep -E '^(Uid|Gid|Groups|CapInh|CapPrm|CapEff|CapBnd|CapAmb|NoNewPrivs|Seccomp):' \
		"/proc/$pid/status" | tr -s '\t' ' ' | sed 's/:/ /; s/^/@@ status./'
	echo "@@ user $(id -u vigia)"
	echo "@@ threads $(cat /proc/"$pid"/task/*/status | grep -c '^CapEff:.*[1-9a-f]' || true)"
	nsenter --target "$pid" --mount setpriv --reuid="$(id -u vigia)" --clear-groups mkdir \
		/run/vigia/x /run/vigia/bpf/x /run/vigia/bpf/current/x 2>&1 | sed 's/.*: /@@ mkdir /' || true
	ls -ld /run/vigia/daemon /run/vigia/bpf/consumer-lock | cut -d ' ' -f 1,3 | sed 's/^/@@ own /'
}

say_units() {
	local unit
	for unit in vigia vigia-load; do
		echo "@@ units.$1 $unit $(systemctl is-active $unit) $(systemctl is-enabled $unit)"
	done
}

# The other end of the cable drops packets for other addresses.
lay_cable() {
	modprobe veth
	ip link add cable type veth peer name end
	ip addr add 10.7.0.1/24 dev cable
	ip link set cable up
	ip link set end up
	ip neigh add 10.7.0.2 lladdr 02:00:00:00:00:02 dev cable nud permanent
}

echo "@@ booted $(cut -d ' ' -f 1 /proc/uptime)"
await_ready
echo "@@ ready $(cut -d ' ' -f 1 /proc/uptime)"
say_units boot
say_daemon

lay_cable
systemctl start sender
await_tick
scrape started
/usr/local/bin/vigia connections --pod=sender -o json | head -c 300 | tr '\n' ' ' | sed 's/^/@@ connections /'
echo

kill -KILL "$(systemctl show -P MainPID vigia)"
until [ "$(systemctl show -P NRestarts vigia)" = 1 ]; do sleep 0.1; done
scrape killed

printf 'VIGIA_MINING=off\nVIGIA_INTERVAL=never\n' >>"$settings"
systemctl restart vigia 2>/dev/null || echo "@@ refused $(journal | grep VIGIA_INTERVAL | tail -n 1)"
sed -i 's/never/1s/' "$settings"
"$source/tools/install/install.sh" | sed 's/^/@@ upgrade /'
scrape upgraded
journalctl -q --no-pager -o cat -u vigia-load | grep 'counters continue' | sed 's/^/@@ loaded /'

systemctl stop vigia
say_units stopped
echo "@@ programs $(bpftool prog list | grep -c ' name charge_')"
systemctl start vigia
scrape stopped

run_nodes

touch /run/stop
until [ -s /run/sent ]; do sleep 0.1; done
await_ready
await_tick
scrape end
echo "@@ sent $(cat /run/sent)"
echo "@@ cpu $(sed -n 's/^usage_usec //p' /sys/fs/cgroup/system.slice/sender.service/cpu.stat)"
echo "@@ memory $(cat /sys/fs/cgroup/system.slice/vigia.service/memory.peak)"
echo "@@ warnings $(journalctl -q --no-pager -o cat -u vigia | grep -c '"level":"\(warn\|error\)"' || true)"

"$source/tools/install/uninstall.sh" | sed 's/^/@@ uninstall /'
for _ in 1 2 3 4 5 6 7 8 9 10; do # the kernel frees programs some time after their last user
	state >/run/state.after
	! cmp -s /run/state.before /run/state.after || break
	sleep 0.5
done
diff /run/state.before /run/state.after | sed 's/^/@@ left /' || true
find / -xdev -path '*vigia*' -not -path "$source*" -not -path '/run/*' | sed 's/^/@@ left /'
# Missing units that this test's units name.
systemctl list-units --all --plain --no-legend 'vigia*' 'run-vigia*' | grep -v ' not-found ' |
	sed 's/^/@@ left /' || true

echo "@@ at end $(cut -d ' ' -f 1 /proc/uptime)"
