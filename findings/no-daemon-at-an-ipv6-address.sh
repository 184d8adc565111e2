#!/usr/bin/env bash
# A daemon with an IPv6 address: AWS's SDKs for Python and Node.js do not take it, and Java's sends to 127.0.0.1 instead.
#
# One expects: AWS_XRAY_DAEMON_ADDRESS is an address and a port. On a cluster of IPv6, where EKS gives pods and nodes nothing else, a pod gets the
# node's address from the API (`status.hostIP`), and the variable is `[fd00::a]:2000`, as addresses with a port are written everywhere.
#
# What happens: Python's and Node.js' SDK split the text at its colons and refuse what they find: the service does not start. Node.js'
# finds no port. Java's starts, and sends each segment to 127.0.0.1:2000, which in a pod is the pod itself, where nobody
# listens. It logs which variable it follows if the address is one of IPv4, and nothing if it does not follow it. The form with
# `tcp:` and `udp:` changes nothing.
#
# Why it matters: the metrics of such a Java service are fine, its log is empty and the map lacks it. A host name in place of the address
# is no way out where it has no IPv4 address: Python's and Node.js' SDK open sockets of IPv4 alone. The collector's OTLP port is one.
#
# Needs: python3 with venv, npm, a JDK with mvn, IPv6 on loopback. One minute, most of it downloads.
set -euo pipefail
folder=$(mktemp -d)
daemon=
trap '[ -z "$daemon" ] || kill "$daemon"; rm -rf "$folder"' EXIT
cd "$folder"
export AWS_REGION=eu-west-1
unset AWS_XRAY_DAEMON_ADDRESS

# A daemon by both families on one port; it writes the name of each segment, and the address that it came to.
cat >daemon.py <<'PYTHON'
import json, select, socket
four = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
four.bind(("127.0.0.1", 0))
port = four.getsockname()[1]
six = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
six.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
six.bind(("::1", port))
with open("port", "w") as file:
    file.write(f"{port}\n")
while True:
    for ready in select.select([four, six], [], [])[0]:
        document = json.loads(ready.recv(65536).split(b"\n", 1)[1])
        with open("arrived", "a") as arrived:
            arrived.write(f"{document['name']} {'127.0.0.1' if ready is four else '::1'}\n")
PYTHON
touch arrived
python3 daemon.py &
daemon=$!
until [ -s port ]; do sleep 0.1; done
port=$(cat port)

# Each program sends one segment, named by its argument; Java's also prints where its SDK sends to.
python3 -m venv python
python/bin/pip install --quiet aws-xray-sdk==2.15.0
cat >send.py <<'PYTHON'
import sys

try:
    from aws_xray_sdk.core import xray_recorder
except Exception as error:
    sys.exit(f"refused: {error}")
xray_recorder.configure(sampling=False)
xray_recorder.begin_segment(sys.argv[1])
xray_recorder.end_segment()
PYTHON
mkdir node
(cd node && npm init --yes >/dev/null && npm install --silent --no-fund --no-audit aws-xray-sdk-core@3.12.0)
cat >node/send.js <<'NODE'
try {
  const { Segment } = require("aws-xray-sdk-core");
  new Segment(process.argv[2]).close();
} catch (error) {
  console.log("refused:", error.message);
}
NODE
mkdir java
cat >java/pom.xml <<'XML'
<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion><groupId>send</groupId><artifactId>send</artifactId><version>1</version>
  <dependencies><dependency>
    <groupId>com.amazonaws</groupId><artifactId>aws-xray-recorder-sdk-core</artifactId><version>2.19.0</version>
  </dependency></dependencies>
</project>
XML
(cd java && mvn --quiet --batch-mode dependency:copy-dependencies -DoutputDirectory=lib >mvn.log 2>&1)
cat >java/Send.java <<'JAVA'
import com.amazonaws.xray.AWSXRayRecorderBuilder;
import com.amazonaws.xray.config.DaemonConfiguration;
import com.amazonaws.xray.strategy.sampling.AllSamplingStrategy;

class Send {
  public static void main(String[] arguments) {
    var recorder = AWSXRayRecorderBuilder.standard().withSamplingStrategy(new AllSamplingStrategy()).build();
    recorder.beginSegment(arguments[0]);
    recorder.endSegment();
    System.out.println("sends to " + new DaemonConfiguration().getAddressForEmitter());
    System.exit(0);
  }
}
JAVA
run() { # run LANGUAGE NAME
  case $1 in
    python) python/bin/python send.py "$2" ;;
    node) node node/send.js "$2" ;;
    java) java -cp 'java/lib/*' java/Send.java "$2" ;;
  esac 2>&1 || true
}

failed=0
expect() { # expect ADDRESS LANGUAGE PATTERN: what the program says, and where its segment arrives within two seconds
  local name=$2-$RANDOM$RANDOM said seen
  said=$(AWS_XRAY_DAEMON_ADDRESS=$1 run "$2" "$name" | sed -nE 's/^INFO: (Environment variable \w+ is set).*/logs "\1"/p; /^(refused|sends)/p' | uniq | tr '\n' ';')
  for _ in {1..20}; do grep -q "^$name " arrived && break; sleep 0.1; done
  seen="${said//;/; }arrives $(sed -n "s/^$name /at /p" arrived | grep . || echo nowhere)"
  printf '%-36s %-7s %s\n' "${1//$port/PORT}" "$2" "${seen//$port/PORT}"
  [[ ${seen//$port/PORT} == $3 ]] || { echo "  no longer as described: $3"; failed=1; }
}
for address in "127.0.0.1:$port" "[::1]:$port" "tcp:[::1]:$port udp:[::1]:$port"; do
  if [[ $address == *::1* ]]; then
    expect "$address" python 'refused: Invalid daemon address *; arrives nowhere'
    expect "$address" node 'refused: *ort *; arrives nowhere'
    expect "$address" java 'sends to */127.0.0.1:2000; arrives nowhere'
  else
    expect "$address" python 'arrives at 127.0.0.1'
    expect "$address" node 'arrives at 127.0.0.1'
    expect "$address" java 'logs "Environment variable AWS_XRAY_DAEMON_ADDRESS is set"; sends to */127.0.0.1:PORT; arrives at 127.0.0.1'
  fi
done
echo "aws-xray-sdk 2.15.0 (Python), aws-xray-sdk-core 3.12.0 (Node.js), aws-xray-recorder-sdk-core 2.19.0 (Java)"
exit $failed
