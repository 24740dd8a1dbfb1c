#!/bin/bash
# Builds kube, which contains all of Kubernetes and etcd, at build/tools, once. Takes 7 to 10
# minutes.
set -euo pipefail
cd "$(dirname -- "$0")/../.."

module=tools/go/kubernetes
version=$(sed -n 's/^\tk8s.io\/kubernetes //p' "$module/go.mod")
IFS=. read -r major minor _ <<<"${version#v}"
stamp=k8s.io/component-base/version
exec tools/go/build-go.sh kube "$module" . \
	"-s -w -X $stamp.gitVersion=$version -X $stamp.gitMajor=$major -X $stamp.gitMinor=$minor"
