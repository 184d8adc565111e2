"""load.py RATE SECONDS URL…: GET requests in an open loop, a connection each, to the URLs in turn.

Prints how many were made and how many failed; the first failures go to standard error."""

import sys
import threading
import time
import urllib.request

rate, seconds, urls = float(sys.argv[1]), float(sys.argv[2]), sys.argv[3:]
count = int(rate * seconds)
failures = []


def ask(number):
    try:
        with urllib.request.urlopen(urls[number % len(urls)], timeout=15) as answer:
            answer.read()
    except Exception as error:  # whatever it is, the request failed
        failures.append(f"{time.monotonic() - begin:.1f} s: {error!r}")


begin = time.monotonic()
threads = []
for number in range(count):
    time.sleep(max(0.0, begin + number / rate - time.monotonic()))
    threads.append(threading.Thread(target=ask, args=(number,)))
    threads[-1].start()
for thread in threads:
    thread.join()
print(count, len(failures))
for failure in failures[:5]:
    print(failure, file=sys.stderr)
