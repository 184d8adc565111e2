#!/usr/bin/env bash
# Removes what ecs.sh made; what is gone already is no mistake. The task definitions stay, and cost nothing.
source "$(dirname "$0")/tools.sh"
need_aws

# removed COMMAND…: runs it; that there is nothing to remove is said and is right, anything else stops.
removed() {
  local said
  if ! said=$("$@" 2>&1); then
    grep -q -E 'NotFound|NoSuchEntity|NotActive' <<<"$said" || fail "$said"
    echo "gone already: ${*:2:2} ${*: -1}"
  fi
}

for service in x-ray-sample-front-k8s x-ray-sample-back-k8s; do
  removed aws ecs delete-service --force --cluster x-ray-sample --service "$service"
done
aws ecs wait services-inactive --cluster x-ray-sample --services x-ray-sample-front-k8s x-ray-sample-back-k8s || true
removed aws ecs delete-cluster --cluster x-ray-sample
removed aws logs delete-log-group --log-group-name x-ray-sample
for role in execution:service-role/AmazonECSTaskExecutionRolePolicy task:AWSXRayDaemonWriteAccess; do
  removed aws iam detach-role-policy --policy-arn "arn:aws:iam::aws:policy/${role#*:}" --role-name "x-ray-sample-${role%%:*}"
  removed aws iam delete-role --role-name "x-ray-sample-${role%%:*}"
done
namespace=$(aws servicediscovery list-namespaces --query "Namespaces[?Name=='x-ray-sample'].Id" --output text)
[ -z "$namespace" ] || aws servicediscovery delete-namespace --id "$namespace" >/dev/null
