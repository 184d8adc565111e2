#!/usr/bin/env bash
# The client hangs up, and in Go each call that the service still makes is in the trace again and again, until the trace is too large.
#
# One expects: a request whose client has gone is a segment like any other: it ends when the handler returns, with the calls that it made.
# Or, if the context's end ends it, then once.
#
# What happens: in AWS's SDK for Go the end of a request's context, which comes with the client's hanging up, marks the segment as one to be
# sent at once. From then on the end of each subsegment sends the whole segment again, as one in progress, and adds another copy of each
# subsegment that it has: of 5 calls 55 copies are sent, of 10 there are 285. After some twenty the segment is beyond what a datagram
# holds: what follows is not sent, and that includes the document by which the segment ends. A log line says that a message is too long.
#
# Why it matters: the slow requests are the ones that clients give up. Of those the trace has each call many times, all by one id, and the
# busiest of them stay "in progress" for ever: no status, no fault, no time. The daemon gets many times the documents of a request that went
# well, just when things go badly. What helps is a handler in front of the SDK's that gives it the request with `context.WithoutCancel`.
#
# Needs: go. One minute, most of it downloads and one build.
set -euo pipefail
folder=$(mktemp -d)
trap 'chmod -R u+w "$folder"; rm -rf "$folder"' EXIT
cd "$folder"
unset AWS_XRAY_DAEMON_ADDRESS

# A service that makes so many calls after its client has gone (or while it waits), and a daemon that says what arrived of it.
cat >main.go <<'GO'
package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"strconv"
	"time"

	"github.com/aws/aws-xray-sdk-go/v2/strategy/sampling"
	"github.com/aws/aws-xray-sdk-go/v2/xray"
)

type document struct {
	ID, Type    string
	InProgress  bool `json:"in_progress"`
	Fault       bool
	Subsegments []struct{ ID string }
}

func receive(daemon net.PacketConn, documents chan<- document) {
	datagram := make([]byte, 65536)
	for {
		size, _, err := daemon.ReadFrom(datagram)
		if err != nil {
			panic(err)
		}
		var read document
		if err := json.Unmarshal(bytes.SplitN(datagram[:size], []byte("\n"), 2)[1], &read); err != nil {
			panic(err)
		}
		documents <- read
	}
}

func main() {
	hangsUp := os.Args[1] == "hangs-up"
	calls, _ := strconv.Atoi(os.Args[2])
	daemon, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	documents := make(chan document, 1000)
	go receive(daemon, documents)
	all, _ := sampling.NewLocalizedStrategyFromJSONBytes([]byte(`{"version": 2, "default": {"fixed_target": 100, "rate": 1}, "rules": []}`))
	xray.Configure(xray.Config{SamplingStrategy: all, DaemonAddr: daemon.LocalAddr().String(), LogLevel: "error"})

	handler := http.HandlerFunc(func(answer http.ResponseWriter, asked *http.Request) {
		if hangsUp {
			<-asked.Context().Done()
			time.Sleep(200 * time.Millisecond)
		}
		for number := range calls {
			xray.Capture(asked.Context(), fmt.Sprintf("step %d", number), func(context.Context) error {
				time.Sleep(10 * time.Millisecond)
				return nil
			})
		}
		answer.WriteHeader(503)
	})
	service := httptest.NewServer(xray.Handler(xray.NewFixedSegmentNamer("shop"), handler))
	ctx, cancel := context.Background(), func() {}
	if hangsUp {
		ctx, cancel = context.WithTimeout(ctx, 100*time.Millisecond)
	}
	request, _ := http.NewRequestWithContext(ctx, "GET", service.URL, nil)
	if answer, err := http.DefaultClient.Do(request); err == nil {
		answer.Body.Close()
	}
	cancel()
	service.Close()

	documentsSeen, subsegments, ids, state := 0, 0, map[string]bool{}, "in progress"
	for idle := false; !idle; {
		select {
		case read := <-documents:
			documentsSeen++
			// The SDK takes some subsegments out of a segment that has many, and sends them in documents of their own.
			if read.Type == "subsegment" {
				subsegments++
				ids[read.ID] = true
			} else if !read.InProgress {
				state = fmt.Sprintf("ended, fault %t", read.Fault)
			}
			for _, subsegment := range read.Subsegments {
				subsegments++
				ids[subsegment.ID] = true
			}
		case <-time.After(time.Second):
			idle = true
		}
	}
	fmt.Printf("%s, %d documents with %d subsegments, of %d ids\n", state, documentsSeen, subsegments, len(ids))
}
GO
printf 'module gone\n\ngo 1.25\n' >go.mod
go get github.com/aws/aws-xray-sdk-go/v2@v2.0.3 2>/dev/null
GOFLAGS=-mod=mod go build -o gone . 2>build.log

failed=0
expect() { # expect CLIENT CALLS SEEN
  local seen
  ./gone "$1" "$2" >said 2>&1
  seen="$(tail -1 said), $(grep -c 'message too long' said || true) too large to send"
  printf '%-9s %2d calls: %s\n' "$1" "$2" "$seen"
  [[ $seen == $3 ]] || { echo "  no longer as described: $3"; failed=1; }
}
# With the segment the SDK ends a context of its own, and once in many times that is early enough for a second document.
expect waits 5 "ended, fault true, [12] documents with * subsegments, of 5 ids, 0 too large to send"
expect waits 40 "ended, fault true, 2[1-9] documents with * subsegments, of 40 ids, 0 too large to send"
expect hangs-up 5 "ended, fault true, 6 documents with 55 subsegments, of 5 ids, 0 too large to send"
expect hangs-up 10 "ended, fault true, 11 documents with 285 subsegments, of 10 ids, 0 too large to send"
expect hangs-up 40 "in progress, * documents with [1-9]??? subsegments, of [23]? ids, [1-9]* too large to send"
echo "aws-xray-sdk-go 2.0.3"
exit $failed
