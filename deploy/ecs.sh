#!/usr/bin/env bash
# The pair on ECS with Fargate, the daemon beside each service. Whatever is there already is kept or updated.
# Reads SUBNETS (comma-separated, public) and SECURITY_GROUP (lets TCP 8080 in).
source "$(dirname "$0")/tools.sh"
need_aws
need_pushed
for half in front back; do
  ! grep -q '"image": "[^"]*:unpushed"' "ecs/$half-task.json" || fail "ecs/$half-task.json names an image that is in no registry yet: make push REGISTRY=…"
done
[ -n "${SUBNETS:-}" ] || fail "SUBNETS is not set: export SUBNETS=subnet-…,subnet-…"
[ -n "${SECURITY_GROUP:-}" ] || fail "SECURITY_GROUP is not set: export SECURITY_GROUP=sg-…"
policies=arn:aws:iam::aws:policy
network="awsvpcConfiguration={subnets=[$SUBNETS],securityGroups=[$SECURITY_GROUP],assignPublicIp=ENABLED}"

# role NAME POLICY: attaching a policy twice is no mistake.
role() {
  aws iam get-role --role-name "$1" >/dev/null 2>&1 ||
    aws iam create-role --role-name "$1" --assume-role-policy-document file://ecs/trust.json >/dev/null
  aws iam attach-role-policy --role-name "$1" --policy-arn "$2"
}

# service NAME FILE
service() {
  local status
  status=$(aws ecs describe-services --cluster x-ray-sample --services "$1" --query 'services[0].status' --output text)
  if [ "$status" = ACTIVE ]; then
    aws ecs update-service --cluster x-ray-sample --service "$1" --task-definition "$1" --force-new-deployment >/dev/null
  else
    aws ecs create-service --cli-input-json "file://$2" --network-configuration "$network" >/dev/null
  fi
}

role x-ray-sample-execution "$policies/service-role/AmazonECSTaskExecutionRolePolicy"
role x-ray-sample-task "$policies/AWSXRayDaemonWriteAccess"
group=$(aws logs describe-log-groups --log-group-name-prefix x-ray-sample --output text \
  --query "logGroups[?logGroupName=='x-ray-sample'].logGroupName")
[ -n "$group" ] || aws logs create-log-group --log-group-name x-ray-sample
# The namespace is that of Service Connect; a cluster that exists is returned as it is.
aws ecs create-cluster --cluster-name x-ray-sample --service-connect-defaults namespace=x-ray-sample >/dev/null

for half in back front; do
  aws ecs register-task-definition --cli-input-json "file://ecs/$half-task.json" >/dev/null
  service "x-ray-sample-$half-k8s" "ecs/$half-service.json"
done
aws ecs wait services-stable --cluster x-ray-sample --services x-ray-sample-back-k8s x-ray-sample-front-k8s

task=$(aws ecs list-tasks --cluster x-ray-sample --service-name x-ray-sample-front-k8s --query 'taskArns[0]' --output text)
interface=$(aws ecs describe-tasks --cluster x-ray-sample --tasks "$task" --output text \
  --query "tasks[0].attachments[0].details[?name=='networkInterfaceId'].value")
address=$(aws ec2 describe-network-interfaces --network-interface-ids "$interface" --output text \
  --query 'NetworkInterfaces[0].Association.PublicIp')
echo "http://$address:8080"
