#!/usr/bin/env bash
# Without an overlay: console doctor on this machine. With OVERLAY=…: the same as a Job on every node of the cluster, with
# what the overlay's services are told, and a table of nodes and hops. Exits 1 if a hop is broken anywhere, 3 if none is and a canary was not seen at the end.
source "$(dirname "$0")/tools.sh"

if [ -z "${OVERLAY:-}" ]; then
  need cargo "install Rust, https://rustup.rs"
  export AWS_XRAY_DAEMON_ADDRESS=${AWS_XRAY_DAEMON_ADDRESS:-127.0.0.1:$CONSOLE_PORT}
  # What make run builds: the console alone would be built with other features of its dependencies.
  cargo build --quiet --release --locked
  exec "${CARGO_TARGET_DIR:-target}/release/console" doctor
fi

folder=$(overlay doctor)
need_kubectl
# The local overlay's images are loaded and need no registry.
[ "$OVERLAY" = local ] || need_pushed
patience=${PATIENCE:-120}
# With OTEL_TRACES_EXPORTER=otlp what arrives is a request with a span.
hops=(variables name port header document visible sampling)
cluster=(kubectl -n x-ray-sample)

# The overlay with the doctor on top; only the doctor is applied.
build=target/doctor/$OVERLAY
mkdir -p "$build"
cat >"$build/kustomization.yaml" <<END
apiVersion: kustomize.config.k8s.io/v1beta1
kind: Kustomization
resources:
  - ../../../$folder
components:
  - ../../../k8s/components/doctor
END
rendered=$(kubectl kustomize "$build")
# An address that the overlay gives its pods themselves, as host-port does, wins over the settings that they share.
address=$(awk '/- name: AWS_XRAY_DAEMON_ADDRESS$/ { getline; sub(/^ *value: /, ""); print; exit }' <<<"$rendered")
if [ -n "$address" ]; then
  cat >>"$build/kustomization.yaml" <<END
patches:
  - target:
      kind: Job
    patch: |-
      - op: add
        path: /spec/template/spec/containers/0/env/-
        value:
          name: AWS_XRAY_DAEMON_ADDRESS
          value: $address
END
  rendered=$(kubectl kustomize "$build")
fi

# On Fargate there is a node for each pod, and no daemon on it but the pod's own.
nodes=$(kubectl get nodes -l 'eks.amazonaws.com/compute-type!=fargate' -o 'jsonpath={range .items[*]}{.metadata.name}{"\n"}{end}')
[ -n "$nodes" ] || fail "kubectl shows no nodes: is it the right cluster? kubectl config current-context"

remove() {
  "${cluster[@]}" delete jobs -l app=x-ray-doctor --ignore-not-found --wait="$1" >/dev/null
}
remove true
trap 'remove false' EXIT

number=0
for node in $nodes; do
  number=$((number + 1))
  sed -e "s/x-ray-doctor-NUMBER/x-ray-doctor-$number/" -e "s/nodeName: NODE/nodeName: $node/" <<<"$rendered" |
    kubectl apply -l app=x-ray-doctor -f - >/dev/null
done

# The number of Jobs that have ended, well or not. Not of pods: those of the time before may still be there.
ended() {
  "${cluster[@]}" get jobs -l app=x-ray-doctor -o 'jsonpath={range .items[*]}{.status.conditions[*].type}{"\n"}{end}' | grep -cwE 'Complete|Failed' || true
}
deadline=$((SECONDS + patience))
while [ "$(ended)" -lt "$number" ] && [ "$SECONDS" -lt "$deadline" ]; do
  sleep 1
done

# pad TEXT COLUMNS: printf counts bytes, and the signs have three.
pad() {
  printf '%s%*s' "$1" $(($2 - ${#1})) ''
}

broken=0
unseen=0
details=
hints=
printf '%-44s %s\n' node "${hops[*]}"
number=0
for node in $nodes; do
  number=$((number + 1))
  said=$("${cluster[@]}" logs "job/x-ray-doctor-$number" 2>&1) || true
  row=$(printf '%-44s ' "$node")
  for index in "${!hops[@]}"; do
    sign=$(grep -E '^(✔|✖|–) ' <<<"$said" | sed -n "$((index + 1))s/ .*//p" || true)
    row+=$(pad "${sign:-?}" ${#hops[index]})' '
    [ "${hops[index]}" != visible ] || [ "$sign" = ✔ ] || unseen=1
  done
  echo "${row% }"
  if grep -q '^✖ ' <<<"$said" || ! grep -q '^✔ ' <<<"$said"; then
    broken=1
    details+=$'\n'"$node"$'\n'"$said"$'\n'
  else
    hints+=$(grep '^  → ' <<<"$said" | grep -v internalTrafficPolicy || true)$'\n'
  fi
done
# What all nodes say is said once.
awk 'NF && !said[$0]++' <<<"$hints"
# Where the services' name leads, which the doctors can only tell how to ask: SERVICE.NAMESPACE:PORT.
name=$(awk '$1 == "AWS_XRAY_DAEMON_ADDRESS:" { sub(/:.*/, "", $2); print $2; exit }' <<<"$rendered")
if [ -n "$name" ] && [ -z "$address" ]; then
  policy=$(kubectl -n "${name#*.}" get service "${name%%.*}" -o 'jsonpath={.spec.internalTrafficPolicy}' 2>/dev/null) || true
  case $policy in
    Local) echo "  → $name leads each node to its own daemon (internalTrafficPolicy: Local)" ;;
    Cluster) echo "  → $name leads every node to the same ones (internalTrafficPolicy: Cluster)" ;;
  esac
fi
[ -z "$details" ] || echo "$details"
if [ -n "$address" ] && grep -q 'nothing listens' <<<"$details"; then
  echo "who listens at the nodes' ports: kubectl get pods --all-namespaces -l app=aws-xray -o wide"
fi
[ "$broken" = 0 ] || fail "a hop is broken, or the doctor did not run: see above"
[ "$unseen" = 1 ] || exit 0
cat >&2 <<'END'
No hop is known to be broken, but no canary was seen at the end: AWS's daemon does not say what becomes of a segment.
X-Ray does, a minute later, with a trace for each node:
  aws xray get-trace-summaries --start-time $(($(date +%s) - 600)) --end-time $(date +%s) \
    --filter-expression 'service("console-doctor")' --query 'TraceSummaries[].Id'
END
exit 3
