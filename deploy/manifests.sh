#!/usr/bin/env bash
# Prints an overlay as one file, or writes one file for each into target/manifests.
source "$(dirname "$0")/tools.sh"
need_kubectl

if [ -n "${OVERLAY:-}" ]; then
  kubectl kustomize "$(overlay manifests)"
  exit 0
fi
mkdir -p target/manifests
for folder in k8s/overlays/*/; do
  file=target/manifests/$(basename "$folder").yaml
  kubectl kustomize "$folder" >"$file"
  echo "$file"
done
