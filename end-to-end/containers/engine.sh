# shellcheck shell=bash
# An engine for the scripts beside this one: the one that runs, or one of their own (Debian's docker.io, as root).

# A client without buildx builds with BuildKit only if it is as old as Debian's.
if ! docker buildx version >/dev/null 2>&1 && [ -x /usr/bin/docker ]; then
  PATH=/usr/bin:$PATH
fi

engine_folder=
start_engine() {
  if docker info >/dev/null 2>&1; then
    return
  fi
  command -v dockerd >/dev/null || { echo "no engine answers, and dockerd is missing: apt-get install docker.io" >&2; exit 1; }
  engine_folder=$(mktemp -d)
  export DOCKER_HOST=unix://$engine_folder/docker.sock
  dockerd --data-root "$engine_folder/data" --exec-root "$engine_folder/run" --host "$DOCKER_HOST" \
    --pidfile "$engine_folder/pid" >"$engine_folder/log" 2>&1 &
  for _ in $(seq 300); do
    if docker info >/dev/null 2>&1; then
      return
    fi
    sleep 0.1
  done
  tail -5 "$engine_folder/log" >&2
  echo "dockerd does not start" >&2
  exit 1
}

stop_engine() {
  if [ -n "$engine_folder" ]; then
    kill "$(cat "$engine_folder/pid")"
    wait || true
    rm -rf "$engine_folder"
  fi
}
