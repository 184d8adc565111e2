#!/usr/bin/env bash
# Applies an overlay and waits until it runs.
source "$(dirname "$0")/tools.sh"
folder=$(overlay deploy)
need_kubectl
need_pushed

kubectl apply -k "$folder"
wait_for_pods "$folder"
