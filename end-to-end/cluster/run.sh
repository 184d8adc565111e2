#!/usr/bin/env bash
# The sample on a real cluster of two nodes or more: deployed, under load, its daemons restarted, killed, scaled away, and one
# overlay in the place of another. Prints a table of what was lost and what of that was counted.
#
# With KUBECONFIG it is that cluster, whose nodes must have or be able to pull the images that the manifests name; the namespaces
# x-ray-sample, xray, xray-host and x-ray-witness are its own and are deleted at the end. Without, kind makes a cluster.
# RATE is requests a second (50); ROWS chooses among daemonset kill console node host-port spread.
source "$(dirname "$0")/../../deploy/tools.sh"
need_kubectl
need python3 "apt-get install python3"
rate=${RATE:-50}
rows=${ROWS:-daemonset kill console node host-port spread}
work=target/cluster-test
cluster=

cleanup() {
  stop_forwards
  if [ -n "$cluster" ]; then
    kind delete cluster --name "$cluster"
  else
    "${kubectl[@]}" label nodes --all x-ray-sample/without-daemon- >/dev/null
    "${kubectl[@]}" delete namespaces x-ray-sample xray xray-host x-ray-witness --ignore-not-found --wait=false
  fi
}

# A cluster with a control plane and two workers, and the images in them.
make_cluster() {
  need_docker
  need kind "install kind 0.24 or newer, https://kind.sigs.k8s.io/docs/user/quick-start/#installation; or set KUBECONFIG"
  cluster=x-ray-sample-test
  printf 'kind: Cluster\napiVersion: kind.x-k8s.io/v1alpha4\nnodes: [{role: control-plane}, {role: worker}, {role: worker}]\n' |
    kind create cluster --name "$cluster" --wait 180s --config -
  kubectl+=(--context "kind-$cluster")
  deploy/images.sh
  for program in $programs; do
    kind load docker-image --name "$cluster" "$(image "${program#*:}")"
  done
}

# overlay_of NAME COMPONENT…: the base with these components, everything traced, and what takes traces sending them on.
overlay_of() {
  local folder=$work/$1 daemon=xray
  shift
  [[ $* != *host-port* ]] || daemon=xray-host
  mkdir -p "$folder"
  sed 's|http://console:2000|http://witness.x-ray-witness:2000|' values/daemon-to-console.yaml >"$folder/daemon.yaml"
  {
    printf 'resources: [../../../k8s/base]\ncomponents:\n'
    printf -- '- ../../../k8s/components/%s\n' "$@"
    cat <<END
configMapGenerator:
- {name: x-ray-sample, namespace: x-ray-sample, behavior: merge, literals: [OTEL_TRACES_SAMPLER=parentbased_always_on]}
- {name: daemon-settings, namespace: $daemon, files: [daemon.yaml]}
patches:
- {path: ../../../end-to-end/cluster/daemon.yaml, target: {kind: DaemonSet}}
- target: {kind: Deployment, name: x-ray-console}
  patch: |-
    - {op: add, path: /spec/template/spec/containers/0/env/-, value: {name: XRAY_CONSOLE_FORWARD, value: "witness.x-ray-witness:2000"}}
- target: {kind: Service, name: x-ray-sample-front-k8s}
  patch: |-
    - {op: replace, path: /spec/type, value: ClusterIP}
END
  } >"$folder/kustomization.yaml"
  # The file of patches is outside of the folder.
  cp end-to-end/cluster/daemon.yaml "$folder/daemonset.yaml"
  sed -i 's|../../../end-to-end/cluster/daemon.yaml|daemonset.yaml|' "$folder/kustomization.yaml"
  echo "$folder"
}

forwards=()
urls=()
stop_forwards() {
  [ ${#forwards[@]} -eq 0 ] || kill "${forwards[@]}" 2>/dev/null || true
  forwards=()
  urls=()
}

# forward NAMESPACE POD PORT: prints nothing, adds the URL.
forward() {
  local log
  log=$work/forward-${#forwards[@]}
  "${kubectl[@]}" -n "$1" port-forward "$2" ":$3" >"$log" 2>&1 &
  forwards+=($!)
  for _ in $(seq 100); do
    grep -q 'Forwarding from 127' "$log" && break
    sleep 0.1
  done
  grep -q 'Forwarding from 127' "$log" || fail "kubectl port-forward $2: $(cat "$log")"
  urls+=("http://$(sed -nE 's/^Forwarding from (127[^ ]*) .*/\1/p' "$log" | head -n1)")
}

# deployed OVERLAY: applies it, and leads from here to the witness and to every front end.
deployed() {
  stop_forwards
  apply "$1" >"$work/apply.log" 2>&1 || fail "$(cat "$work/apply.log")"
  # What a rollout replaced has ended: a front end that goes would fail the requests that are sent to it by name.
  for _ in $(seq 90); do
    [ -n "$("${kubectl[@]}" -n x-ray-sample get pods -o 'jsonpath={.items[*].metadata.deletionTimestamp}')" ] || break
    sleep 1
  done
  forward x-ray-witness deployment/witness 2000
  witness=${urls[0]}
  urls=()
  for pod in $("${kubectl[@]}" -n x-ray-sample get pods -l tier=frontend -o name); do
    forward x-ray-sample "$pod" 8080
  done
}

# arrived: the documents that the witness has accepted so far.
arrived() {
  python3 -c 'import json, sys, urllib.request as u; print(json.load(u.urlopen(sys.argv[1] + "/status"))["documents"]["accepted"])' "$witness"
}

# counted: what the services count as lost so far.
counted() {
  local pod
  for pod in $("${kubectl[@]}" -n x-ray-sample get pods -o 'jsonpath={.items[*].metadata.name}'); do
    "${kubectl[@]}" get --raw "/api/v1/namespaces/x-ray-sample/pods/$pod:9090/proxy/metrics"
  done | awk '/^xray_(refused|rejected|shed|unresolved|unreachable|congested|failed|too_large)_total / { lost += $2 } END { print lost + 0 }'
}

# settled: waits until nothing more arrives, and prints how much did.
settled() {
  local before=-1 now
  now=$(arrived)
  while [ "$before" != "$now" ]; do
    before=$now
    sleep 5
    now=$(arrived)
  done
  echo "$now"
}

# row NAME SECONDS COMMAND…: load, and the command in the middle of it.
row() {
  local name=$1 seconds=$2 arrived_before counted_before made failed lost
  shift 2
  arrived_before=$(settled)
  counted_before=$(counted)
  python3 end-to-end/cluster/load.py "$rate" "$seconds" "${urls[@]/%//api}" >"$work/load" &
  local load=$!
  sleep 4
  "$@" >>"$work/commands.log" 2>&1
  wait "$load"
  read -r made failed <"$work/load"
  lost=$((2 * made - ($(settled) - arrived_before)))
  printf '| %-44s | %9s | %6s | %6s | %7s |\n' "$name" $((2 * made)) "$failed" "$lost" $(($(counted) - counted_before))
}

restart_daemons() {
  "${kubectl[@]}" -n "$1" rollout restart daemonset aws-xray
}

kill_a_daemon() {
  local pod
  pod=$("${kubectl[@]}" -n xray get pods -l app=aws-xray -o 'jsonpath={.items[0].metadata.name}')
  "${kubectl[@]}" -n xray delete pod "$pod" --force --grace-period=0
}

console_away() {
  "${kubectl[@]}" -n xray scale deployment x-ray-console --replicas=0
  sleep 32
  "${kubectl[@]}" -n xray scale deployment x-ray-console --replicas=1
}

node_without_daemon() {
  local node
  node=$("${kubectl[@]}" -n x-ray-sample get pods -o 'jsonpath={.items[0].spec.nodeName}')
  "${kubectl[@]}" label node "$node" x-ray-sample/without-daemon=true
  sleep 10
  "${kubectl[@]}" label node "$node" x-ray-sample/without-daemon-
}

# spread: the replicas of each half after a rollout, by node.
spread() {
  "${kubectl[@]}" -n x-ray-sample rollout restart deployment >/dev/null
  wait_for_pods "$1" >/dev/null
  for tier in frontend backend; do
    # A pod that goes is still said to run.
    "${kubectl[@]}" -n x-ray-sample get pods -l "tier=$tier" --no-headers \
      -o custom-columns=:metadata.deletionTimestamp,:spec.nodeName | awk '$1 == "<none>" { print $2 }' |
      sort | uniq -c | awk -v tier="$tier" 'NR == 1 { printf "%s: ", tier } { printf "%s %s  ", $2, $1 }'
  done
  echo
}

has() {
  [[ " $rows " == *" $1 "* ]]
}

rm -rf "$work"
mkdir -p "$work"
trap cleanup EXIT
[ -n "${KUBECONFIG:-}" ] || make_cluster
sed "s|image: x-ray-console|image: $(image x-ray-console)|" end-to-end/cluster/witness.yaml | "${kubectl[@]}" apply -f - >/dev/null
"${kubectl[@]}" -n x-ray-witness rollout status deployment witness --timeout 120s >/dev/null || {
  last_words x-ray-witness witness >&2
  fail "the console that tells what arrives does not become ready: kubectl -n x-ray-witness logs deployment/witness"
}
eks=$(overlay_of daemon xray-daemon)
local=$(overlay_of console local-console)
host=$(overlay_of host host-port)

# One in the place of the other, both ways; whether their Services lead to them is looked at each time.
for folder in "$local" "$eks" "$local"; do
  deployed "$folder"
done
echo "overlays change in place"
printf '\n| %-44s | %9s | %6s | %6s | %7s |\n|---|---|---|---|---|\n' "$rate requests/s" documents failed lost counted
if has console; then
  row 'console at 0 replicas for 32 s' 40 console_away
fi
if has daemonset || has kill || has node || has spread; then
  deployed "$eks"
fi
if has daemonset; then
  row 'DaemonSet restarted' 30 restart_daemons xray
fi
if has kill; then
  row "daemon's pod killed by force" 15 kill_a_daemon
fi
if has node; then
  row 'node without a daemon, 10 s' 20 node_without_daemon
fi
if has spread; then
  printf '\nreplicas on each node after a rollout\n'
  for _ in 1 2 3 4 5; do
    spread "$eks"
  done
  echo
fi
if has host-port; then
  deployed "$host"
  row 'host port, DaemonSet restarted' 40 restart_daemons xray-host
fi
