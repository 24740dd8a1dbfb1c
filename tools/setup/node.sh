#!/bin/bash
# Installs the npm packages of package-lock.json, including the pinned Node, unless they are
# installed.
set -euo pipefail
cd "$(dirname -- "$0")/../.."

stamp=node_modules/.stamp

# npm skips optional packages such as rolldown's binary if their `engines` do not match its own
# Node, and distributions have old ones. Then the pinned Node is fetched first to run npm, with the
# machine's npm settings and certificates.
prefer_pinned_node() {
	[ "$(node -p 'process.versions.node.split(".")[0]')" -lt 22 ] || return 0
	local node
	node=$(node -p 'require("./package.json").devDependencies.node')
	dir=$(mktemp -d)
	trap 'rm -rf "$dir"' EXIT
	cp .npmrc "$dir/"
	cat >"$dir/package.json" <<-JSON
		{ "private": true, "dependencies": { "node": "$node", "npm": "11.19.1" },
		  "allowScripts": { "node": true } }
	JSON
	(cd "$dir" && install_by npm install)
	npm_config_globalconfig=$(npm config get globalconfig)
	export npm_config_globalconfig NODE_USE_SYSTEM_CA=1 PATH=$dir/node_modules/.bin:$PATH
}

# The rebuild is for machines whose npm does not run install scripts.
install_by() {
	"$@" --loglevel=error --no-progress </dev/null >/dev/null
	node_modules/.bin/node --version >/dev/null 2>&1 ||
		npm rebuild node --ignore-scripts=false --loglevel=error </dev/null >/dev/null
}

# The lock file contains exact versions. Its checksum shows whether node_modules matches.
sum=$(uname -m && sha256sum package-lock.json)
if [ "$(cat "$stamp" 2>/dev/null)" = "$sum" ] && node_modules/.bin/node --version >/dev/null; then
	exit 0
fi
echo 'setup: installing the npm packages of package-lock.json'
prefer_pinned_node
install_by npm ci
echo "$sum" >"$stamp"
