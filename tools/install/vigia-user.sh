#!/bin/bash
# Makes the system user that the daemon becomes on a plain host: `nobody` is shared with others, who
# could then read the tables.
set -euo pipefail
cd "$(dirname -- "$0")/../.."
PATH=$PATH:/usr/sbin:/sbin

id -u vigia >/dev/null 2>&1 && exit
echo 'setup: adding the system user vigia'
tools/as-root.sh useradd --system --no-create-home --shell /usr/sbin/nologin vigia
