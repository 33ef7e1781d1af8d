#!/bin/sh
# Compiles a Kubernetes control plane from public source: etcd, kube-apiserver, kube-controller-manager, kube-scheduler, and kubectl.
# The versions stand in go.mod. The programs go to ~/.cache/minixdr-cluster/<version>/ (MINIXDR_CLUSTER_BIN names another folder).
# Prints the folder last. Nothing is done where they are there already.
set -eu
cd "$(dirname "$0")"
version=$(sed -n 's|^require k8s.io/kubernetes ||p' go.mod)
out=${MINIXDR_CLUSTER_BIN:-${XDG_CACHE_HOME:-$HOME/.cache}/minixdr-cluster/$version}
programs="kube-apiserver kube-controller-manager kube-scheduler kubectl etcd"
missing=
for program in $programs; do [ -x "$out/$program" ] || missing="$missing $program"; done
if [ -z "$missing" ]; then echo "$out"; exit 0; fi
command -v go >/dev/null || { echo "Go is not installed: install $(sed -n 's/^go //p' go.mod) or newer (https://go.dev/dl)" >&2; exit 1; }
mkdir -p "$out"
started=$(date +%s)
library=$(echo "$version" | sed 's/^v1/v0/')
minor=$(echo "$version" | cut -d. -f2)
stamp="-s -w"
for package in k8s.io/component-base/version k8s.io/client-go/pkg/version; do
  stamp="$stamp -X $package.gitVersion=$version -X $package.gitMajor=1 -X $package.gitMinor=$minor"
done
echo "compiling Kubernetes $version (libraries $library) with $(go version | cut -d' ' -f3): 15 to 40 minutes on two cores, once" >&2
export CGO_ENABLED=0
for program in $missing; do
  case $program in etcd) package=./etcd ;; *) package=k8s.io/kubernetes/cmd/$program ;; esac
  echo "  $(( ($(date +%s) - started) / 60 )) min: $program" >&2
  nice -n 19 go build -p "${JOBS:-2}" -trimpath -ldflags "$stamp" -o "$out/$program.new" "$package"
  mv "$out/$program.new" "$out/$program"
done
echo "compiled in $(( ($(date +%s) - started) / 60 )) min" >&2
echo "$out"
