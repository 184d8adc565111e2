#!/usr/bin/env bash
# Builds the three images for this machine, under the names that are deployed.
source "$(dirname "$0")/tools.sh"
need_docker

for program in $programs; do
  name=$(image "${program#*:}")
  build "${program%%:*}" "$name" build
  echo "$name"
done
