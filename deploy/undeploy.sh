#!/usr/bin/env bash
# Deletes what an overlay applied, then whatever is left of another one and of settings of before, and waits until the
# load balancer is gone too.
source "$(dirname "$0")/tools.sh"
folder=$(overlay undeploy)
need_kubectl

kubectl delete -k "$folder" --ignore-not-found --wait
kubectl delete deployments,daemonsets,services,poddisruptionbudgets,networkpolicies,serviceaccounts,configmaps \
  --all-namespaces --selector "$ours" --ignore-not-found --wait
kubectl delete namespaces --selector "$ours" --ignore-not-found --wait
