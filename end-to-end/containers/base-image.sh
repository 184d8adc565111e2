#!/usr/bin/env bash
# Makes the Dockerfiles' base image out of this machine's own Debian packages and Rust toolchain and gives it the
# base image's name, for machines that cannot pull it. Where it is there already, pulled or made, nothing is done.
set -euo pipefail
cd "$(dirname "$0")/../.."

name=$(sed -nE 's/^FROM .* (rust:[^ ]+) AS build$/\1/p' Dockerfile.frontend)
if docker image inspect "$name" >/dev/null 2>&1; then
  exit 0
fi
for target in x86_64-unknown-linux-musl aarch64-unknown-linux-musl; do
  rustup target list --installed | grep -qx "$target" || rustup target add "$target"
done

packages=(base-files base-passwd bash ca-certificates coreutils dash findutils gcc grep libc6-dev sed)
# What they need in turn, as far as it is installed here.
closure=$(apt-cache depends --recurse --installed --no-recommends --no-suggests --no-conflicts --no-breaks \
  --no-replaces --no-enhances "${packages[@]}" | grep -E '^[a-z0-9]' | sed 's/:.*//' | sort -u)
files=$(mktemp) && trap 'rm -f "$files"' EXIT
{
  for package in $closure; do dpkg-query --listfiles "$package" 2>/dev/null || true; done
  # Certificates are linked there when they are configured, by no package.
  find /etc/ssl/certs /etc/alternatives /usr/bin -maxdepth 1 -type l
  find /etc/ssl/certs -type f
  printf '%s\n' /bin /sbin /lib /lib64 /etc/passwd /etc/group
} | while read -r file; do
  # Packages name /lib/x, which is /usr/lib/x here: a link stays a link, a folder on the way is followed.
  if [ -L "$file" ] || [ -f "$file" ]; then echo "$(readlink -f "$(dirname "$file")")/$(basename "$file")"; fi
done | grep -v -E '^/usr/share/(doc|man|locale|info)/' | sort -u >"$files"

toolchain=$(rustc --print sysroot)
rustup_home=$(rustup show home)
tar --create --no-recursion --absolute-names --exclude "*/cargo-*" --files-from "$files" \
  --recursion "$toolchain/bin" "$toolchain/lib" "$rustup_home/settings.toml" "${CARGO_HOME:-$HOME/.cargo}/bin" \
  --transform "flags=r;s,^$toolchain,/usr/local/rustup/toolchains/$(basename "$toolchain"),S" \
  --transform "flags=r;s,^$rustup_home/settings.toml,/usr/local/rustup/settings.toml," \
  --transform "flags=r;s,^${CARGO_HOME:-$HOME/.cargo}/bin,/usr/local/cargo/bin," |
  docker import \
    --change 'ENV PATH=/usr/local/cargo/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin' \
    --change 'ENV RUSTUP_HOME=/usr/local/rustup' --change 'ENV CARGO_HOME=/usr/local/cargo' \
    --message "$(rustc --version), Debian $(cat /etc/debian_version)" - "$name"
echo "$name: made of $(rustc --version) and Debian $(cat /etc/debian_version)"
