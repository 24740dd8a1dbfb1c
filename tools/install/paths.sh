# Where what is installed lies; for install.sh and uninstall.sh.
# shellcheck shell=bash disable=SC2034  # they use what is set here
PREFIX=${PREFIX:-/usr/local} DESTDIR=${DESTDIR:-}
[[ $PREFIX == /* ]] || { echo "PREFIX=$PREFIX is not an absolute path" >&2; exit 2; }
[[ $PREFIX != *[\|\&\\%[:space:]]* ]] || # characters that sed or systemd would interpret
	{ echo "PREFIX=$PREFIX must not contain spaces or any of | & \\ %" >&2; exit 2; }
[[ -z $DESTDIR || $DESTDIR == /* ]] || DESTDIR=$PWD/$DESTDIR

home=$PREFIX/lib/vigia
settings=/etc/default/vigia
unit_names=(vigia.service vigia-load.service vigia-unload.service)
case $PREFIX in # systemd searches only these two and /etc
/usr | /usr/local) units=$PREFIX/lib/systemd/system sysusers=$PREFIX/lib/sysusers.d ;;
*) units=/etc/systemd/system sysusers=/etc/sysusers.d ;;
esac
