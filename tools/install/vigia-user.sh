#!/bin/bash
# Creates the system user of the daemon on a plain host. Other programs share `nobody` and could
# then read the tables.
set -euo pipefail
cd "$(dirname -- "$0")/../.."
PATH=$PATH:/usr/sbin:/sbin

id -u vigia >/dev/null 2>&1 && exit
echo 'setup: adding the system user vigia'
tools/as-root.sh useradd --system --no-create-home --shell /usr/sbin/nologin vigia
