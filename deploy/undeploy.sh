#!/usr/bin/env bash
# Deletes what an overlay applied, and waits until the load balancer is gone too.
source "$(dirname "$0")/tools.sh"
folder=$(overlay undeploy)
need_kubectl

kubectl delete -k "$folder" --ignore-not-found --wait
