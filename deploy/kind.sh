#!/usr/bin/env bash
# The local overlay in a cluster of its own on this machine: creates it, loads the images, applies, waits, prints.
source "$(dirname "$0")/tools.sh"
need_docker
need kind "install kind 0.24 or newer, https://kind.sigs.k8s.io/docs/user/quick-start/#installation"
need_kubectl
cluster=x-ray-sample

if ! kind get clusters 2>/dev/null | grep -qx "$cluster"; then
  kind create cluster --name "$cluster" --wait 120s
fi
deploy/images.sh
for program in $programs; do
  kind load docker-image --name "$cluster" "$(image "${program#*:}")"
done
export KUBECTL_CONTEXT=kind-$cluster
kubectl+=(--context "$KUBECTL_CONTEXT")
# By tag: what is loaded is not what `make push` pinned.
rm -rf target/kind
mkdir -p target
cp -r k8s target/kind
sed -i.old '/^    digest: /d' "${images_file/k8s/target/kind}"
apply target/kind/overlays/local
# The tag may be the one of the images before: what runs is started anew.
"${kubectl[@]}" -n xray rollout restart deployment x-ray-console
"${kubectl[@]}" -n x-ray-sample rollout restart deployment
wait_for_pods target/kind/overlays/local
cat <<END

  front end  kubectl --context $KUBECTL_CONTEXT -n x-ray-sample port-forward service/x-ray-sample-front-k8s 8080:80   http://localhost:8080
  console    kubectl --context $KUBECTL_CONTEXT -n xray port-forward service/aws-xray 2000                            http://localhost:2000

kind delete cluster --name $cluster removes it all.
END
