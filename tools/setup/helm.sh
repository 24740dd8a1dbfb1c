#!/bin/bash
# Builds helm at build/tools, once. Takes 2 to 4 minutes.
set -euo pipefail
cd "$(dirname -- "$0")/../.."

module=tools/go/helm
helm=helm.sh/helm/v3
version=$(sed -n "s|.*\<$helm \(v[^ ]*\).*|\1|p" "$module/go.mod")
kubernetes=$(sed -n 's|.*k8s.io/client-go v0\.\([0-9]*\)\..*|\1|p' "$module/go.mod")

# From helm's own makefile. Without them, helm assumes Kubernetes 1.20.
ldflags="-s -w -X $helm/internal/version.version=$version"
for package in pkg/chartutil pkg/lint/rules; do
	ldflags+=" -X $helm/$package.k8sVersionMajor=1 -X $helm/$package.k8sVersionMinor=$kubernetes"
done
exec tools/go/build-go.sh helm "$module" "$helm/cmd/helm" "$ldflags"
