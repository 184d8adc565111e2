# shellcheck shell=bash
# Shared by the scripts beside this one; they are what `make help` lists.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

images_file=k8s/components/images/kustomization.yaml

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

# The name and tag under which an image is deployed.
image() {
  awk -v name="$1" '$2 == "name:" && $3 == name { found = 1 }
    found && $1 == "newName:" { image = $2 } found && $1 == "newTag:" { print image ":" $2; exit }' "$images_file"
}

need_pushed() {
  if grep -q 'newTag: unpushed' "$images_file"; then
    fail "the images are in no registry yet: make push REGISTRY=… writes their names into $images_file"
  fi
}

# What the images are tagged with.
revision() {
  git rev-parse --short=12 HEAD
}

# Whether the images would be of something else than the commit.
is_dirty() {
  [ -n "$(git status --porcelain -- Cargo.toml Cargo.lock .cargo .dockerignore 'Dockerfile.*' segment xray pod frontend backend console)" ]
}

# build PACKAGE NAME COMMAND…: one image by `docker COMMAND…`.
build() {
  local package=$1 name=$2
  shift 2
  DOCKER_BUILDKIT=1 docker "$@" --file "Dockerfile.$package" --tag "$name" --build-arg "REVISION=$(revision)" .
}

# Package and image of each program.
# shellcheck disable=SC2034 # The scripts that read this file use it.
programs="frontend:x-ray-sample-front-k8s backend:x-ray-sample-back-k8s console:x-ray-console"

# Waits until what was applied runs; when it does not, says what the pods say.
wait_for_pods() {
  local kubectl=(kubectl ${KUBECTL_CONTEXT:+--context "$KUBECTL_CONTEXT"})
  local name
  for name in x-ray-sample-back-k8s x-ray-sample-front-k8s; do
    if ! "${kubectl[@]}" -n x-ray-sample rollout status deployment "$name" --timeout 180s; then
      echo "the last words of the pods:" >&2
      "${kubectl[@]}" -n x-ray-sample get pods --selector "app=$name" \
        -o 'jsonpath={range .items[*].status.containerStatuses[*]}{.state.waiting.reason}{" "}{.state.waiting.message}{" "}{.lastState.terminated.message}{"\n"}{end}' >&2
      fail "$name does not become ready"
    fi
  done
}
