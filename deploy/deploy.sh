#!/usr/bin/env bash
# Applies an overlay, removes what another one left, and waits until it runs and its Services lead to it.
source "$(dirname "$0")/tools.sh"
folder=$(overlay deploy)
need_kubectl
need_pushed

apply "$folder"
