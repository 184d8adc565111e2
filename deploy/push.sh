#!/usr/bin/env bash
# Builds the three images for amd64 and arm64, pushes them to REGISTRY under the commit's tag, and writes name, tag and
# digest where they are deployed from: a tag can be moved to another image, a digest cannot. REGISTRY is a host and a path, as 123456789012.dkr.ecr.eu-west-1.amazonaws.com/x-ray-sample.
source "$(dirname "$0")/tools.sh"
need_docker
registry=${REGISTRY:-}
[ -n "$registry" ] || fail "say where to: make push REGISTRY=123456789012.dkr.ecr.eu-west-1.amazonaws.com/x-ray-sample"
[[ $registry =~ ^[a-z0-9.-]+(:[0-9]+)?(/[a-z0-9._/-]+)?$ ]] || fail "REGISTRY=$registry: write a host and a path, without https:// and without a tag"
docker buildx version >/dev/null 2>&1 || fail "docker buildx is missing: it builds for two architectures, https://docs.docker.com/go/buildx/"
if is_dirty; then
  fail "there are changes that no commit has, and the tag names a commit: commit them first"
fi
tag=$(revision)
# The driver "docker" builds for one platform at a time, unless the engine keeps its images in containerd.
driver=$(docker buildx inspect | sed -nE 's/^Driver: +//p')
if [ "$driver" = docker ] && [[ $(docker info --format '{{.DriverStatus}}') != *io.containerd* ]]; then
  export BUILDX_BUILDER=x-ray-sample
  docker buildx inspect "$BUILDX_BUILDER" >/dev/null 2>&1 ||
    docker buildx create --name "$BUILDX_BUILDER" --driver docker-container >/dev/null
fi

mkdir -p target/pushed
for program in $programs; do
  build "${program%%:*}" "$registry/${program#*:}:$tag" \
    buildx build --platform linux/amd64,linux/arm64 --push --metadata-file "target/pushed/${program#*:}.json"
done

# digest NAME: of both architectures together, as docker wrote it down.
digest() {
  sed -nE 's/.*"containerimage.digest": *"(sha256:[0-9a-f]{64})".*/\1/p' "target/pushed/$1.json"
}

for program in $programs; do
  [ -n "$(digest "${program#*:}")" ] || fail "docker did not say the digest of ${program#*:}: buildx 0.8 or newer does"
done
sed -i.old '/^    digest: /d' "$images_file"
for program in $programs; do
  name=${program#*:}
  digest=$(digest "$name")
  sed -i.old -E "/name: $name\$/,/newTag:/{s|newName: .*|newName: $registry/$name|;s|newTag: .*|newTag: \"$tag\"\\
    digest: $digest|;}" "$images_file"
  for task in ecs/*-task.json; do
    sed -i.old -E "s#\"image\": \"([^\"]*/)?$name[:@][^\"]*\"#\"image\": \"$registry/$name@$digest\"#" "$task"
  done
  for manifest in $single_manifests; do
    sed -i.old -E "s|image: ([^ ]*/)?$name:.*|image: $registry/$name:$tag@$digest|" "$manifest"
  done
done
for changed in "$images_file" ecs/*-task.json $single_manifests; do
  rm -f "$changed.old"
done
echo "pushed $tag; next: make deploy OVERLAY=eks"
