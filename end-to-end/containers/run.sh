#!/usr/bin/env bash
# Builds the three images with their Dockerfiles and runs them as the manifests do: one network, the Services' names,
# read-only root, no capabilities, user 65532, the manifests' memory limits. Asks /api, finds the trace at the
# console, and prints sizes, memory and start times. Starts an engine if none is reachable, and ends what it began.
source "$(dirname "$0")/../../deploy/tools.sh"
need_docker
need_kubectl
need curl "apt-get install curl"
need python3 "apt-get install python3"
python3 -c 'import yaml' 2>/dev/null || fail "PyYAML is missing: pip install pyyaml"
source end-to-end/containers/engine.sh

network=x-ray-sample-$$
run=()
cleanup() {
  [ ${#run[@]} -eq 0 ] || docker rm --force "${run[@]}" >/dev/null
  docker network rm "$network" >/dev/null 2>&1 || true
  stop_engine
}
trap cleanup EXIT
start_engine
docker network create "$network" >/dev/null

built=$(date +%s)
end-to-end/containers/base-image.sh
for program in frontend backend console; do
  build "$program" "$program:tested" build --quiet --network host >/dev/null
done
echo "built in $(($(date +%s) - built)) s"

# limit DEPLOYMENT: the memory that the manifests give it.
limit() {
  kubectl kustomize k8s/overlays/local | python3 -c '
import sys, yaml
for o in yaml.safe_load_all(sys.stdin):
    if o["kind"] == "Deployment" and o["metadata"]["name"] == sys.argv[1]:
        print(o["spec"]["template"]["spec"]["containers"][0]["resources"]["limits"]["memory"].replace("Mi", "m"))' "$1"
}

# container PROGRAM DEPLOYMENT ARGUMENT…
container() {
  local program=$1 deployment=$2
  shift 2
  run+=("$network-$program")
  docker run --detach --name "$network-$program" --network "$network" --read-only --cap-drop ALL --user 65532:65532 \
    --security-opt no-new-privileges --memory "$(limit "$deployment")" --restart no "$@" "$program:tested" >/dev/null
}

# start_time PROGRAM: milliseconds from the engine's word that it started to its own that it listens.
start_time() {
  local started listening
  started=$(docker inspect --format '{{.State.StartedAt}}' "$network-$1")
  listening=$(docker logs --timestamps "$network-$1" 2>&1 | awk '/listening/ && !found++ { print $1 }')
  echo $((($(date --date "$listening" +%s%N) - $(date --date "$started" +%s%N)) / 1000000))
}

# ask PROGRAM PORT PATH: by the container's own address.
address() {
  docker inspect --format '{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}' "$network-$1"
}
ask() {
  curl --silent --show-error --fail --max-time 5 --retry 50 --retry-connrefused --retry-delay 0 --retry-max-time 10 \
    "${@:4}" "http://$(address "$1"):$2$3"
}

daemon=aws-xray.xray
container console x-ray-console --network-alias "$daemon" --env "XRAY_CONSOLE_ALLOW_HOST=$daemon" --env XRAY_CONSOLE_MAX_BYTES=67108864
container backend x-ray-sample-back-k8s --network-alias x-ray-sample-back-k8s --env "AWS_XRAY_DAEMON_ADDRESS=$daemon:2000" --env POD_NAME=back
container frontend x-ray-sample-front-k8s --env BACKEND_URL=http://x-ray-sample-back-k8s:8080 --env "AWS_XRAY_DAEMON_ADDRESS=$daemon:2000" --env POD_NAME=front
for probe in "console 2000" "backend 8080" "frontend 8080"; do
  # shellcheck disable=SC2086 # A program and its port.
  ask $probe /readyz >/dev/null
done

commit=$(docker image inspect --format '{{index .Config.Labels "org.opencontainers.image.revision"}}' frontend:tested)
ask frontend 8080 /settings | grep -q "\"commit\":\"$commit\"" || fail "the front end does not know that it is $commit, as its image's label says"

headers=$(ask frontend 8080 '/api?repeat=true' --dump-header - --output /dev/null)
trace=$(sed -nE 's/^x-amzn-trace-id: root=([0-9a-f-]+).*/\1/ip' <<<"$headers" | tr -d '\r')
[ -n "$trace" ] || fail "no trace in: $headers"
documents=0
for _ in $(seq 100); do
  documents=$(ask console 2000 /Traces --request POST --data "{\"TraceIds\":[\"$trace\"]}" |
    python3 -c 'import json, sys; print(sum(len(t["Segments"]) for t in json.load(sys.stdin)["Traces"]))')
  # The front end's segment, and one of the back end for each of its twenty calls.
  [ "$documents" -lt 21 ] || break
  sleep 0.1
done
[ "$documents" -ge 21 ] || { docker logs "$network-frontend"; fail "the console has $documents documents of $trace instead of 21"; }
echo "trace $trace: $documents segments at the console"

# Load, so that the limits are of measured use: 2,000 requests, 50 at a time.
for _ in $(seq 20); do
  seq 100 | xargs -P 50 -I{} curl --silent --fail --output /dev/null "http://$(address frontend):8080/api?{}"
done
# stopped PROGRAM: what the kernel says that it took at most, and that SIGTERM ends it well.
for program in frontend backend console; do
  id=$(docker inspect --format '{{.Id}}' "$network-$program")
  pid=$(docker inspect --format '{{.State.Pid}}' "$network-$program")
  peak=$(awk '/VmHWM/ { print $2 }' "/proc/$pid/status")
  size=$(docker image inspect --format '{{.Size}}' "$program:tested")
  start=$(start_time "$program")
  docker stop --time 40 "$network-$program" >/dev/null
  code=$(docker inspect --format '{{.State.ExitCode}} {{.State.OOMKilled}}' "$id")
  echo "$program: image $size bytes, at most $peak kB resident, listened after $start ms, ended with $code"
  [ "$size" -le 9500000 ] || fail "$program: the image is over 9.5 MB"
  [ "$code" = "0 false" ] || fail "$program: it did not end well by SIGTERM"
done

# What cannot be used is in the last line that the container wrote: Kubernetes's termination message.
for wrong in BACKEND_URL=ftp://back AWS_XRAY_DAEMON_ADDRESS=aws-xray.xray; do
  said=$(docker run --rm --network none --env "$wrong" frontend:tested 2>&1) && fail "$wrong was taken"
  grep -q "${wrong%%=*}=\"${wrong#*=}\"" <<<"$(tail -1 <<<"$said")" || fail "$wrong is not in the last line: $said"
  echo "last line: $(tail -1 <<<"$said")"
done
