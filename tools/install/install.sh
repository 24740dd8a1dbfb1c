#!/bin/bash
# Installs the build with its Node and bpftool, and starts it under systemd. Run again, it upgrades
# and the counters continue. With DESTDIR, for packages, it only writes files.
#
#   [PREFIX=/usr/local] [DESTDIR=] tools/install/install.sh
set -euo pipefail
cd "$(dirname -- "$0")/../.."
. tools/install/paths.sh

for part in dist/vigia.mjs dist/licenses.txt dist/sbom.cdx.json dist/bpf/cpu.bpf.o build/tools/bpftool node_modules/node/bin/node; do
	[ -r "$part" ] || { echo "install: $part is missing: run make build setup-run" >&2; exit 1; }
done

# Replaces the whole directory, so that no file of another version stays. Running processes keep
# their open files.
install_program() {
	local new=$DESTDIR$home.new
	rm -rf -- "$new"
	install -d -- "$new/bin" "$new/dist/bpf" "$DESTDIR$PREFIX/bin"
	install -m 755 bin/vigia build/tools/bpftool node_modules/node/bin/node "$new/bin"
	install -m 644 LICENSE deploy/systemd/vigia.default "$new"
	install -m 644 dist/*.mjs dist/licenses.txt dist/sbom.cdx.json "$new/dist"
	install -m 644 dist/bpf/*.o bpf/LICENSE "$new/dist/bpf"
}

replace_program() {
	local old=$DESTDIR$home.old
	rm -rf -- "$old"
	[ ! -e "$DESTDIR$home" ] || mv -T -- "$DESTDIR$home" "$old"
	mv -T -- "$DESTDIR$home.new" "$DESTDIR$home"
	rm -rf -- "$old"
	ln -sfn ../lib/vigia/bin/vigia "$DESTDIR$PREFIX/bin/vigia"
}

# Replaces a file that is unchanged since the previous version. An edited file stays.
install_settings() {
	local theirs=$DESTDIR$settings ours=deploy/systemd/vigia.default
	if [ -e "$theirs" ] && ! cmp -s "$theirs" "$DESTDIR$home/vigia.default"; then
		cmp -s "$theirs" "$ours" ||
			echo "install: kept $theirs; all settings are in $DESTDIR$home/vigia.default"
		return
	fi
	install -D -m 644 "$ours" "$theirs"
}

install_units() {
	local unit
	install -d -- "$DESTDIR$units" "$DESTDIR$sysusers"
	for unit in "${unit_names[@]}"; do
		sed "s|/usr/local/|$PREFIX/|" "deploy/systemd/$unit" >"$DESTDIR$units/$unit"
		chmod 644 "$DESTDIR$units/$unit"
	done
	install -m 644 deploy/systemd/vigia.sysusers "$DESTDIR$sysusers/vigia.conf"
}

add_user() {
	if command -v systemd-sysusers >/dev/null; then
		systemd-sysusers "$sysusers/vigia.conf"
	else
		tools/install/vigia-user.sh
	fi
}

start() {
	add_user
	if [ ! -d /run/systemd/system ]; then
		echo 'install: systemd does not run here, so nothing was started: sudo vigia run'
		return
	fi
	systemctl daemon-reload
	systemctl enable --quiet vigia.service
	systemctl restart vigia.service ||
		{ echo 'install: vigia.service did not start: journalctl -u vigia -u vigia-load' >&2; return 1; }
	echo 'install: vigia.service runs; its settings: /etc/default/vigia'
}

install_program
install_settings
replace_program
install_units
[ -n "$DESTDIR" ] || start
