#!/bin/bash
# Builds, runs the tests (all, or those selected by vitest's arguments) and always ends with a line
# "N passed, N failed", optionally followed by ", N skipped". Fails if a test failed or if none ran.
set -uo pipefail
cd "$(dirname -- "$0")/.."

report=build/test-report.json
if ! { tools/setup/setup.sh build run test && make build; }; then
	echo 'The build failed, so no test ran.'
	echo '0 passed, 1 failed'
	exit 1
fi
rm -f "$report"
node=node_modules/.bin/node
PATH=$PWD/build/tools:$PWD/node_modules/.bin:$PATH:/usr/sbin:/sbin
tools/as-root.sh env "PATH=$PATH" "$node" node_modules/vitest/vitest.mjs run \
	--reporter=default --reporter=json --outputFile.json="$report" "$@" </dev/null
"$node" tools/test-summary.ts "$report" $?
