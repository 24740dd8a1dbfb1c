# Loads the programs, causes known use, reads the tables as uid 65534 and unloads.
# What it says in lines `@@ KEY …` is asserted by the host; /load.sh and /unload.sh come from there.
# shellcheck shell=sh
set -eu

bpffs=/run/vigia/bpf
tables=$bpffs/current/tables
cgroups=/sys/fs/cgroup

# inside CGROUP COMMAND…
inside() {
	(
		echo 0 >"$cgroups/$1/cgroup.procs"
		shift
		exec "$@"
	)
}

say_cgroup() {
	echo "@@ $1.stat id $(stat -c %i "$cgroups/$1") $(tr '\n' ' ' <"$cgroups/$1/cpu.stat")"
}

# The usage table includes figures of flows only after settling.
say_table() {
	if [ "$1" = usage ]; then as-nobody "$tables/settle" >/dev/null; fi
	echo "@@ $1.$2 $(as-nobody "$tables/$1")"
}

# bpftool lists its own iterator as well
loaded() {
	for kind in prog map link; do
		bpftool "$kind" list | grep '^[0-9]' | grep -v pid_iter | sed "s/^/$kind /" || true
	done
	bpftool cgroup tree "$cgroups" | grep cgroup_inet || true
	find "$bpffs" -mindepth 1
}

# The burner is in its cgroup and asleep at both reads, so they must agree exactly.
use_cpu() {
	mkfifo /tmp/go /tmp/going
	inside burner sh -c '
		echo >/tmp/going && read -r _
		burn 1000
		echo >/tmp/going && read -r _
	' </tmp/go >/dev/null &
	exec 3>/tmp/go
	for moment in rested burned; do
		read -r _ </tmp/going
		sleep 0.2
		say_cgroup burner
		say_table usage "$moment"
		echo >&3
	done
	wait $!
	exec 3>&-

	echo '20000 100000' >"$cgroups/throttled/cpu.max"
	inside throttled burn 300 >/dev/null
	mkdir "$cgroups/brief"
	inside brief sh -c 'burn 50 >/dev/null; true'
	rmdir "$cgroups/brief"
}

# use_network FAMILY ADDRESS PING
use_network() {
	for protocol in tcp udp; do
		echo "@@ $protocol$1 $(inside "west$1" nsenter -t "$west" -n transfer "$protocol" "$2" \
			4000000 "/proc/$east/ns/net" "$cgroups/east$1/cgroup.procs")"
	done
	inside "asks$1" nsenter -t "$west" -n transfer dns "$2" \
		0 "/proc/$east/ns/net" "$cgroups/answers$1/cgroup.procs" >/dev/null
	inside "west$1" nsenter -t "$west" -n "$3" -q -c 3 -i 0.1 -s 100 "$2" >/dev/null
	inside "refused$1" nsenter -t "$west" -n nc -w 5 "$2" 9 </dev/null 2>/dev/null || true
}

# hold NAME PORT: a connection from west to east; see hold.c for its input and output
hold() {
	mkfifo "/tmp/$1.ask" "/tmp/$1.answer"
	inside "$1-west" nsenter -t "$west" -n hold 10.7.0.2 "$2" "/proc/$east/ns/net" \
		"$cgroups/$1-east/cgroup.procs" <"/tmp/$1.ask" >"/tmp/$1.answer" &
}

# One older than the programs and one newer, both reported while they are open.
use_held() {
	hold held 7002
	exec 6>/tmp/held.ask 7</tmp/held.answer
	read -r _ <&7
	echo 700 >&6 && read -r _ <&7
	echo 500 >&4 && read -r _ <&5
	for table in flow connection; do say_table "$table" held; done
	exec 4>&- 5<&- 6>&- 7<&-
	for cgroup in older-west older-east held-west held-east; do
		until grep -q 'populated 0' "$cgroups/$cgroup/cgroup.events"; do usleep 10000; done
		say_cgroup "$cgroup"
	done
}

use_loopback() {
	echo "@@ loopback $(inside loopback nsenter -t "$west" -n transfer tcp 127.0.0.1 \
		4000000 "/proc/$west/ns/net" "$cgroups/loopback/cgroup.procs")"
}

# Several threads per CPU, so that a preemptible kernel preempts one while it sends.
use_barrage() {
	echo "@@ barrage $(inside barrage nsenter -t "$west" -n barrage 10000 10 each 4)"
}

# Two threads per CPU, so that they are preempted.
set_fpu() {
	for kind in four fast interval; do
		inside "$kind" fpu 3 "$kind" 4
	done
}

map_memory() {
	inside dataset memory 2080 100
	inside cache memory 256 100
}

read_while_busy() {
	inside busy burn 2000 >/dev/null &
	sleep 1
	say_cgroup busy
	say_table usage busy
	say_cgroup busy
	wait $!
}

# The row of the dead cgroup is freed in three openings: seen, unlinked after the retention,
# retired.
reap() {
	for _ in 1 2 3; do
		as-nobody "$tables/reap" >/dev/null
		as-nobody "$tables/sweep" >/dev/null
		sleep 0.6
	done
}

mkdir -p "$bpffs"
mount -t bpf -o mode=0755 bpf "$bpffs"
echo +cpu >"$cgroups/cgroup.subtree_control"
echo "@@ preemption $(dmesg | grep -o 'Dynamic Preempt: .*')"
echo "@@ possible $(cat /sys/devices/system/cpu/possible)"
echo "@@ unprivileged_bpf_disabled $(cat /proc/sys/kernel/unprivileged_bpf_disabled)"
echo "@@ reader $(as-nobody /proc/self/status)"

. /network.sh
. /services.sh
mkdir "$cgroups/older-west" "$cgroups/older-east"
hold older 7001
exec 4>/tmp/older.ask 5</tmp/older.answer
read -r _ <&5
echo 10000 >&4 && read -r _ <&5

loaded >/tmp/before
sh -eu /load.sh
loaded >/tmp/during
echo "@@ loaded $(grep -c ^prog /tmp/during) programs"
for cgroup in burner throttled busy west4 east4 refused4 west6 east6 refused6 loopback \
	asks4 answers4 asks6 answers6 held-west held-east four fast interval dataset cache \
	barrage; do
	mkdir "$cgroups/$cgroup"
done

use_held
use_cpu
use_network 4 10.7.0.2 ping
use_network 6 fd07::2 ping6
use_services
use_loopback
use_barrage
set_fpu
map_memory
read_while_busy
say_cgroup throttled
for table in usage path cpu flow connection answer footprint clue; do say_table "$table" worked; done
reap
say_table usage reaped

sh -eu /unload.sh
for _ in 1 2 3 4 5; do # the kernel frees programs some time after their last user
	loaded >/tmp/after
	! cmp -s /tmp/before /tmp/after || break
	sleep 1
done
diff /tmp/before /tmp/after | sed 's/^/@@ left /'
