#!/bin/sh
# Runs a command as root: directly, or through sudo, which keeps Vigia's settings.
set -eu
[ "$(id -u)" != 0 ] || exec "$@"
if ! command -v sudo >/dev/null; then
	echo "this needs root: $*" >&2
	echo "Run make as root, or install sudo." >&2
	exit 1
fi
settings=$(env | sed -n 's/^\(VIGIA_[A-Z_]*\)=.*/\1/p' | paste -sd, -)
ask=-n # without a terminal, no password can be typed
[ ! -t 2 ] || ask=
# shellcheck disable=SC2086  # empty or one word
exec sudo $ask ${settings:+--preserve-env="$settings"} -- "$@"
