#!/usr/bin/env bash
# Prints an overlay as one file, or writes one file for each into target/manifests, and each half of the pair as a file of
# its own, which is kept in the repository: `kubectl apply -f` takes it as it is.
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
for half in back front; do
  file=${half}end/x-ray-sample-$half-k8s.yml
  {
    echo "# \`make manifests\` wrote this, of k8s/files/$half: kubectl apply -f $file"
    kubectl kustomize "k8s/files/$half"
  } >"$file"
  echo "$file"
done
