#!/usr/bin/env bash
# Waits for the front end's address and prints it.
source "$(dirname "$0")/tools.sh"
need_kubectl

service=(-n x-ray-sample get service x-ray-sample-front-k8s)
kind=$(kubectl "${service[@]}" -o 'jsonpath={.spec.type}')
[ "$kind" = LoadBalancer ] ||
  fail "the service is a $kind and gets no address: kubectl -n x-ray-sample port-forward service/x-ray-sample-front-k8s 8080:80, and open http://localhost:8080"
for _ in $(seq "${ATTEMPTS:-60}"); do
  host=$(kubectl "${service[@]}" -o 'jsonpath={.status.loadBalancer.ingress[0].hostname}{.status.loadBalancer.ingress[0].ip}')
  if [ -n "$host" ]; then
    echo "http://$host"
    exit 0
  fi
  sleep 5
done
fail "EXTERNAL-IP is still pending; docs/deploy.md, \"EXTERNAL-IP stays pending\", says why"
