#!/bin/bash
# Reads packages of Debian suites other than the machine's own, through an apt root in the cache.
# The machine's apt configuration, lists and dpkg database stay as they are; no root is needed.
#
#   tools/setup/apt-suite.sh SUITE[,SUITE…] ARCH update            reads the lists again
#   tools/setup/apt-suite.sh SUITE[,SUITE…] ARCH newest REGEX      prints NAME=VERSION of the newest match
#   tools/setup/apt-suite.sh SUITE[,SUITE…] ARCH closure PKG…      prints NAME=VERSION of PKG and of all
#                                                            that it depends on
#   tools/setup/apt-suite.sh SUITE[,SUITE…] ARCH fetch DIR PKG…    downloads PKG (a NAME or NAME=VERSION)
#                                                            and unpacks it below DIR
#
# REGEX (extended) matches a whole package name. To fetch does not follow dependencies. Lists are
# read when there are none, when they are a week old, and when a package they name is gone. Each .deb
# is kept, so that a second fetch needs no network. Several may run at once. The mirror and its key
# are those that the machine's own sources name. Cache: $VIGIA_CACHE, by default ~/.cache/vigia.
#
#   kernel=$(tools/setup/apt-suite.sh bullseye,bullseye-security amd64 \
#     newest 'linux-image-5\.10\.0-[0-9]+-cloud-amd64')
#   tools/setup/apt-suite.sh bullseye,bullseye-security amd64 fetch build/vm/5.10 "$kernel"
set -euo pipefail
shopt -s nullglob

fail() {
	echo "apt-suite: $*" >&2
	exit 1
}

# Prints "URI SUITE KEYRING" for every repository of the machine, from both kinds of sources file.
sources() {
	local Etc_sourcelist='' Etc_sourceparts='' # set by apt-config
	eval "$(apt-config shell Etc_sourcelist Dir::Etc::sourcelist/f \
		Etc_sourceparts Dir::Etc::sourceparts/d)"
	awk '
		/^[[:space:]]*deb[[:space:]]/ {
			key = match($0, /signed-by=[^] ]*/) ? substr($0, RSTART + 10, RLENGTH - 10) : "-"
			sub(/\[[^]]*\]/, "")
			print $2, $3, key
		}
	' /dev/null "$Etc_sourceparts"/*.list $([ ! -f "$Etc_sourcelist" ] || echo "$Etc_sourcelist")
	local file
	for file in "$Etc_sourceparts"/*.sources; do
		awk '
			function flush(    i) {
				if (enabled && types ~ /(^| )deb( |$)/)
					for (i = 1; i <= split(suites, suite, " "); i++)
						print uri, suite[i], (key == "" ? "-" : key)
				types = uri = suites = key = ""
				enabled = 1
			}
			BEGIN { enabled = 1 }
			/^#/ { next }
			/^[[:space:]]*$/ { flush(); next }
			{ field = tolower($1); rest = $0; sub(/^[^:]*:[[:space:]]*/, "", rest) }
			field == "types:" { types = rest }
			field == "uris:" { uri = $2 }
			field == "suites:" { suites = rest }
			field == "signed-by:" { key = $2 }
			field == "enabled:" { enabled = tolower($2) != "no" }
			END { flush() }
		' "$file"
	done
}

# Prints the sources line for one suite, derived from the machine's line for its own suite.
source_line() {
	local suite=$1 own pattern line uri _ key
	own=$(. /etc/os-release && echo "${VERSION_CODENAME:-sid}")
	pattern=" ($own|stable|oldstable|testing|unstable|sid) "
	case $suite in *-security | */updates) pattern=' [^ ]*(-security|/updates) ' ;; esac
	line=$(sources | grep -v '^cdrom:' | grep -E -m1 "$pattern") ||
		fail "apt's own sources name no Debian mirror for a suite like $suite"
	read -r uri _ key <<<"$line"
	local keys=$archive_keys
	if [[ $key == /* && -r $key && $key != "$archive_keys" ]]; then keys+=,$key; fi
	echo "deb [signed-by=$keys] $uri $suite main"
}

# Writes the private apt root. #clear keeps the machine's hooks, which tidy its own cache, out.
make_root() {
	mkdir -p "$root/lists/partial" "$root/archives/partial"
	: >"$root/status"
	local suite
	for suite in ${suites//,/ }; do source_line "$suite"; done >"$root/sources.list"
	cat >"$root/apt.conf" <<-CONF
		#clear APT::Update::Post-Invoke;
		#clear APT::Update::Post-Invoke-Success;
		#clear APT::Architectures;
		APT::Architecture "$arch";
		APT::Architectures { "$arch"; };
		APT::Sandbox::User "root";
		Acquire::Languages "none";
		Acquire::Retries "3";
		Acquire::IndexTargets::deb::DEP-11::DefaultEnabled "false";
		Dir::Cache "$root";
		Dir::Cache::archives "archives";
		Dir::Cache::pkgcache "pkgcache.bin";
		Dir::Cache::srcpkgcache "srcpkgcache.bin";
		Dir::Etc::sourcelist "$root/sources.list";
		Dir::Etc::sourceparts "/dev/null";
		Dir::Etc::preferences "/dev/null";
		Dir::Etc::preferencesparts "/dev/null";
		Dir::State::lists "$root/lists";
		Dir::State::status "$root/status";
	CONF
}

update() {
	make_root
	find "$root/archives" -name '*.deb' -mtime +60 -delete
	echo "apt-suite: reading the package lists of $suites ($arch)" >&2
	local log=$root/update.log
	if apt-get -c "$root/apt.conf" -q --error-on=any update >"$log" 2>&1 </dev/null; then
		touch "$root/updated"
		return
	fi
	sed 's/^/  apt: /' "$log" >&2
	if grep -q -e NO_PUBKEY -e EXPKEYSIG "$log"; then
		fail "this machine's keyring is too old for $suites: upgrade debian-archive-keyring"
	fi
	return 1
}

# Reads the lists if there are none or if they are old. Old ones are used if the mirror fails.
ensure_lists() {
	if [ ! -e "$root/updated" ]; then
		update || fail "the package lists of $suites ($arch) cannot be read (see above)"
	elif [ -n "$(find "$root/updated" -mtime +7)" ]; then
		update || echo "apt-suite: going on with the lists of $(date -r "$root/updated" +%F)" >&2
	fi
}

newest() {
	local names
	names=$(apt-cache -c "$root/apt.conf" pkgnames | grep -Ex -- "$1") ||
		fail "no package of $suites ($arch) is named like $1"
	# shellcheck disable=SC2086  # names of packages hold no spaces
	apt-cache -c "$root/apt.conf" madison $names |
		awk -F ' *[|] *' '{ sub(/^ */, "", $1); print $2, $1 "=" $2 }' |
		sort -V | tail -n 1 | cut -d ' ' -f 2
}

closure() {
	apt-get -c "$root/apt.conf" -qq --no-install-recommends --simulate install "$@" |
		sed -nE 's/^Inst (\S+) \((\S+) .*/\1=\2/p'
}

# Prints the cached files of packages, after downloading missing ones.
download() {
	local lines file package missing=()
	local -A asked
	for package; do asked[${package%%=*}]=$package; done
	lines=$(apt-get -c "$root/apt.conf" -qq download --print-uris "$@") || return 1
	while read -r _ file _; do
		[ -s "$root/archives/$file" ] || missing+=("${asked[${file%%_*}]}")
	done <<<"$lines"
	if [ ${#missing[@]} -gt 0 ]; then
		echo "apt-suite: downloading ${missing[*]} ($arch)" >&2
		(cd "$root/archives/partial" && rm -f -- *.deb &&
			apt-get -c "$root/apt.conf" -qq download "${missing[@]}" </dev/null >&2 &&
			mv -- *.deb ..) || return 1
	fi
	while read -r _ file _; do
		touch -- "$root/archives/$file"
		echo "$root/archives/$file"
	done <<<"$lines"
}

fetch() {
	local dir=$1 files file
	shift
	mkdir -p -- "$dir"
	if ! files=$(download "$@"); then
		update && files=$(download "${@%%=*}") || fail "$* cannot be fetched"
	fi
	while read -r file; do dpkg -x "$file" "$dir"; done <<<"$files"
}

usage() {
	sed -n '2,/^[^#]/ s/^# \{0,1\}//p' "$0" >&2
	exit 2
}

[ $# -ge 3 ] || usage
suites=$1 arch=$2 command=$3
shift 3
[ "$(. /etc/os-release && echo "$ID")" = debian ] ||
	fail "this machine is not a Debian: it has no Debian mirror to ask for $suites"
archive_keys=/usr/share/keyrings/debian-archive-keyring.gpg
[ -r "$archive_keys" ] || fail "$archive_keys is missing: install debian-archive-keyring"

root=${VIGIA_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/vigia}/apt/${suites//[,\/]/+}-$arch
mkdir -p "$root"
root=$(cd "$root" && pwd)
exec 9>"$root/lock"
flock 9

case $command in
update) update ;;
newest) [ $# -eq 1 ] || usage; ensure_lists; newest "$1" ;;
closure) [ $# -ge 1 ] || usage; ensure_lists; closure "$@" ;;
fetch) [ $# -ge 2 ] || usage; ensure_lists; fetch "$@" ;;
*) usage ;;
esac
