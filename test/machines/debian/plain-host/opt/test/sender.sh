# Until told to stop, sends datagrams of 100 bytes, then sleeps, so that its cgroup stays.
# shellcheck shell=bash
set -eu
mkfifo /run/never
exec 3>/dev/udp/10.7.0.2/7000 4<>/run/never
sent=0
until [ -e /run/stop ]; do
	printf '%0100d' 0 >&3
	sent=$((sent + 1))
	read -rt 0.01 -u 4 || true
done
echo "$sent" >/run/sent
exec sleep infinity
