# shellcheck shell=bash
# Shared by the scripts beside this one; they are what `make help` lists.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

images_file=k8s/components/images/kustomization.yaml
# The pair for `kubectl apply -f`, as `make manifests` writes it.
single_manifests="backend/x-ray-sample-back-k8s.yml frontend/x-ray-sample-front-k8s.yml"
# Package and image of each program.
programs="frontend:x-ray-sample-front-k8s backend:x-ray-sample-back-k8s console:x-ray-console"

fail() {
  echo "error: $*" >&2
  exit 1
}

# need TOOL WHERE: stops before anything was changed.
need() {
  command -v "$1" >/dev/null || fail "$1 is missing: $2"
}

need_docker() {
  need docker "install Docker Engine 23 or newer, https://docs.docker.com/engine/install/"
}

need_kubectl() {
  need kubectl "install kubectl 1.30 or newer, https://kubernetes.io/docs/tasks/tools/"
}

need_aws() {
  need aws "install the AWS CLI version 2, https://docs.aws.amazon.com/cli/"
}

# The overlay that OVERLAY names.
overlay() {
  local folders=(k8s/overlays/*)
  local folder=k8s/overlays/${OVERLAY:-}
  [ -n "${OVERLAY:-}" ] || fail "say which overlay: make $1 OVERLAY=eks; there are ${folders[*]##*/}"
  [ -f "$folder/kustomization.yaml" ] || fail "OVERLAY=$OVERLAY is none; there are ${folders[*]##*/}"
  echo "$folder"
}

# The name and tag under which an image is deployed, or its digest where somebody wrote no tag; nothing if it has neither.
image() {
  awk -v name="$1" '$2 == "name:" { found = $3 == name } !found { next }
    { gsub("\"", "") }
    $1 == "newName:" { image = $2; tagged = 0 } $1 == "newTag:" { print image ":" $2; tagged = 1 }
    $1 == "digest:" && !tagged { print image "@" $2 }' "$images_file"
}

# need_pushed: each image is in a registry, and which one of it is deployed is said.
need_pushed() {
  local program name
  for program in $programs; do
    name=$(image "${program#*:}")
    case ${name##*/} in
      *:unpushed) fail "the images are in no registry yet: make push REGISTRY=… writes their names into $images_file" ;;
      *[:@]?*) ;;
      *) fail "${program#*:} has no tag in $images_file: write its newTag" ;;
    esac
  done
}

# What the images are tagged with.
revision() {
  git rev-parse --short=12 HEAD
}

version() {
  sed -nE 's/^version = "(.*)"$/\1/p' Cargo.toml
}

# Whether the images would be of something else than the commit.
is_dirty() {
  [ -n "$(git status --porcelain -- Cargo.toml Cargo.lock .cargo .dockerignore 'Dockerfile.*' segment traces environment http-server xray pod frontend backend console \
    ':!*/x-ray-sample-*-k8s.yml')" ]
}

# build PACKAGE NAME COMMAND…: one image by `docker COMMAND…`.
build() {
  local package=$1 name=$2
  shift 2
  DOCKER_BUILDKIT=1 docker "$@" --file "Dockerfile.$package" --tag "$name" \
    --build-arg "VERSION=$(version)" --build-arg "REVISION=$(revision)" .
}

# The cluster that is meant.
kubectl=(kubectl ${KUBECTL_CONTEXT:+--context "$KUBECTL_CONTEXT"})
# What is deployed bears it.
ours=app.kubernetes.io/part-of=x-ray-sample

# apply OVERLAY: applies it, removes what another overlay left, and waits until everything runs and is reached.
#
# The server merges: kubectl by itself takes two ports of one number for one port, whatever their protocols.
apply() {
  "${kubectl[@]}" apply --server-side --force-conflicts -k "$1"
  remove_left "$1"
  wait_for_pods "$1"
  need_endpoints "$1"
}

# objects KINDS OPTION…: kind, namespace and name of each, one a line.
objects() {
  "${kubectl[@]}" get "$@" -o 'jsonpath={range .items[*]}{.kind}{" "}{.metadata.namespace}{" "}{.metadata.name}{"\n"}{end}'
}

# remove_left OVERLAY: what bears our label and is not of this overlay. Settings of before stay, for
# `kubectl rollout undo`.
remove_left() {
  local applied left kind namespace name
  applied=$(objects -k "$1")
  left=$(objects deployments,daemonsets,services,poddisruptionbudgets,networkpolicies,serviceaccounts -A -l "$ours")
  while read -r kind namespace name; do
    if [ -n "$name" ] && ! grep -qxF "$kind $namespace $name" <<<"$applied"; then
      echo "of another overlay:"
      "${kubectl[@]}" -n "$namespace" delete "$kind" "$name" </dev/null
    fi
  done <<<"$left"
}

# wait_for_pods OVERLAY: waits until everything that was applied runs; when it does not, says what its pods say.
wait_for_pods() {
  local workloads kind namespace name
  workloads=$(objects -k "$1" | grep -E '^(Deployment|DaemonSet) ') || fail "nothing of $1 is in the cluster"
  while read -r kind namespace name; do
    if ! "${kubectl[@]}" -n "$namespace" rollout status "$kind" "$name" --timeout 180s </dev/null; then
      last_words "$namespace" "$name" >&2
      fail "$name does not become ready"
    fi
  done <<<"$workloads"
}

# need_endpoints OVERLAY: behind every port of every Service something is ready.
need_endpoints() {
  local kind namespace name port
  while read -r kind namespace name; do
    for port in $("${kubectl[@]}" -n "$namespace" get service "$name" -o 'jsonpath={.spec.ports[*].name}' </dev/null); do
      has_endpoint "$namespace" "$name" "$port" || fail "nothing is behind the port $port of the Service $name, though its \
pods are ready: kubectl -n $namespace get endpointslices -l kubernetes.io/service-name=$name -o yaml"
    done
  done < <(objects -k "$1" | grep '^Service ')
}

# has_endpoint NAMESPACE SERVICE PORT: waits a moment, because the slices follow the pods.
has_endpoint() {
  local slices
  for _ in $(seq 20); do
    slices=$("${kubectl[@]}" -n "$1" get endpointslices -l "kubernetes.io/service-name=$2" </dev/null \
      -o 'jsonpath={range .items[*]}{.endpoints[*].conditions.ready}{" "}{.ports[*].name}{"\n"}{end}')
    if grep -E '^(true|false| )*true' <<<"$slices" | grep -qw "$3"; then
      return 0
    fi
    sleep 0.5
  done
  return 1
}

# last_words NAMESPACE APP: why its pods wait, or ended, now or the time before, or have no node.
last_words() {
  local container='{.state.waiting.reason}{" "}{.state.waiting.message}{" "}{.state.terminated.message}{" "}{.lastState.terminated.message}{"\n"}'
  local pod='{.status.conditions[?(@.status=="False")].message}{"\n"}'
  echo "the last words of the pods of $2:"
  # Several conditions may have one cause.
  "${kubectl[@]}" -n "$1" get pods --selector "app=$2" \
    -o "jsonpath={range .items[*]}$pod{range .status.containerStatuses[*]}$container{end}{end}" | awk '!said[$0]++'
}
