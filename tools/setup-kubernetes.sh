#!/bin/bash
# Puts kube, etcd and the Kubernetes API server as one program, at build/tools: 5 to 10 minutes, once.
set -euo pipefail
cd "$(dirname -- "$0")/.."

module=test/kubernetes
version=$(sed -n 's/^\tk8s.io\/kubernetes //p' "$module/go.mod")
exec tools/build-go.sh kube "$module" . "-s -w -X k8s.io/component-base/version.gitVersion=$version"
