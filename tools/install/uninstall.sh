#!/bin/bash
# Stops the installation of install.sh, unloads its programs from the kernel and removes its files.
# Prints what it keeps. With DESTDIR, it only removes files.
#
#   [PREFIX=/usr/local] [DESTDIR=] tools/install/uninstall.sh
set -euo pipefail
cd "$(dirname -- "$0")/../.."
. tools/install/paths.sh

if [ ! -e "$DESTDIR$home/dist/vigia.mjs" ]; then
	echo "uninstall: no Vigia is installed in $DESTDIR$PREFIX" >&2
	exit 1
fi

stop() {
	if [ ! -d /run/systemd/system ]; then
		"$PREFIX/bin/vigia" unload
	elif ! systemctl start vigia-unload.service; then
		echo 'uninstall: nothing was removed, because the programs could not be unloaded: journalctl -u vigia-unload' >&2
		return 1
	else
		systemctl disable --quiet vigia.service
	fi
}

remove_settings() {
	if cmp -s "$DESTDIR$settings" "$DESTDIR$home/vigia.default"; then
		rm -f -- "$DESTDIR$settings"
	elif [ -e "$DESTDIR$settings" ]; then
		echo "uninstall: kept $DESTDIR$settings, which was edited"
	fi
}

# Removes Vigia's files, and with DESTDIR the directories that become empty.
remove_files() {
	local dir
	rm -f -- "$DESTDIR$PREFIX/bin/vigia" "$DESTDIR$sysusers/vigia.conf" \
		"${unit_names[@]/#/$DESTDIR$units/}"
	rm -rf -- "$DESTDIR$home" "$DESTDIR$home.new" "$DESTDIR$home.old"
	[ -n "$DESTDIR" ] || return 0
	cd -- "$DESTDIR"
	for dir in "$PREFIX/bin" "${home%/*}" "$sysusers" "$units" "${settings%/*}"; do
		[ ! -e "${dir#/}" ] || rmdir -p --ignore-fail-on-non-empty -- "${dir#/}"
	done
}

[ -n "$DESTDIR" ] || stop
remove_settings
remove_files
[ -z "$DESTDIR" ] || exit 0
[ ! -d /run/systemd/system ] || systemctl daemon-reload
! id -u vigia >/dev/null 2>&1 || echo 'uninstall: kept the user vigia (userdel vigia)'
