#!/usr/bin/env bash
# One call by Python's `http.client` is three in the trace, and the service that is called does not hear of the trace.
#
# One expects: AWS's SDK for Python has `httplib` among the libraries that it patches. A call made by it, or by `urllib.request` which is
# built on it, is a subsegment, and the callee is sent a header that names the subsegment as its parent.
#
# What happens: sending, waiting for the answer's head and each `read` of its body are a remote call each; the last ones have a method that
# is called READ. A body that is read in pieces has as many calls as pieces. The header is sent only where a subsegment is open around the
# call, and it names that one: a call made right in a request's handler sends none, and the callee begins a trace of its own. `requests`,
# patched beside it, is right in all of this.
#
# Why it matters: the map shows a back end with three times the requests that it has, or with one for each 64 kB of a download that
# `shutil.copyfileobj` writes to a file. The trace has it as a remote service that does not trace, while the same service stands elsewhere on
# the map as one that nobody calls. Who wraps the call in a subsegment, to look into it, finds the header there: the subsegment brings it.
#
# Needs: python3 with venv. Half a minute.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
unset AWS_XRAY_DAEMON_ADDRESS AWS_XRAY_CONTEXT_MISSING
python3 -m venv python
python/bin/pip install --quiet aws-xray-sdk==2.15.0 requests==2.32.5

# A back end that answers 64 kB and keeps the header; each way to call it is one call, in a segment, and in a subsegment of one.
cat >call.py <<'PYTHON'
import http.server, json, platform, socket, threading

asked = []


class Back(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        asked.append(self.headers.get("X-Amzn-Trace-Id"))
        self.send_response(200)
        self.send_header("content-length", "65536")
        self.end_headers()
        self.wfile.write(b"x" * 65536)

    def log_message(self, *_):
        pass


back = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Back)
threading.Thread(target=back.serve_forever, daemon=True).start()
url = f"http://127.0.0.1:{back.server_port}/"
daemon = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
daemon.bind(("127.0.0.1", 0))
daemon.settimeout(5)

from aws_xray_sdk.core import patch, xray_recorder

patch(["httplib", "requests"])
import http.client, urllib.request
import requests

xray_recorder.configure(service="shop", sampling=False, daemon_address=f"127.0.0.1:{daemon.getsockname()[1]}")


def by_http_client():
    connection = http.client.HTTPConnection("127.0.0.1", back.server_port)
    connection.request("GET", "/")
    connection.getresponse().read()


def by_urllib():
    urllib.request.urlopen(url).read()


def by_urllib_in_pieces():
    answer = urllib.request.urlopen(url)
    while answer.read(4096):
        pass


def by_requests():
    requests.get(url)


def calls(document):
    for part in document.get("subsegments", []):
        if part.get("namespace") == "remote":
            yield part
        yield from calls(part)


def see(call, is_in_subsegment):
    with xray_recorder.in_segment("shop"):
        if is_in_subsegment:
            with xray_recorder.in_subsegment("work"):
                call()
        else:
            call()
    document, header = json.loads(daemon.recv(65536).split(b"\n", 1)[1]), asked.pop()
    found = list(calls(document))
    methods = [one["http"]["request"]["method"].upper() for one in found]
    if header is None:
        parent = "no header"
    else:
        parent = "parent: the call" if any(one["id"] in header for one in found) else "parent: what is around the call"
    return f"{len(found)} calls, {methods.count('READ')} of them READ, {parent}"


failed = False


def expect(call, is_in_subsegment, described):
    global failed
    seen = see(call, is_in_subsegment)
    print(f"{call.__name__:20} {'in a subsegment' if is_in_subsegment else 'in a segment':16} {seen}")
    if seen != described:
        print(f"  no longer as described: {described}")
        failed = True


expect(by_http_client, False, "3 calls, 1 of them READ, no header")
expect(by_http_client, True, "3 calls, 1 of them READ, parent: what is around the call")
expect(by_urllib, False, "3 calls, 1 of them READ, no header")
expect(by_urllib, True, "3 calls, 1 of them READ, parent: what is around the call")
expect(by_urllib_in_pieces, False, "19 calls, 17 of them READ, no header")
expect(by_requests, False, "1 calls, 0 of them READ, parent: the call")
expect(by_requests, True, "1 calls, 0 of them READ, parent: the call")
print(f"aws-xray-sdk 2.15.0 with http.client and urllib.request of Python {platform.python_version()}, requests 2.32.5")
raise SystemExit(failed)
PYTHON
python/bin/python call.py
