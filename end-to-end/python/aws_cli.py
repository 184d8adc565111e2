"""Asks every operation with the `aws` command. Argument: the console's URL."""

import json
import os
import subprocess
import sys

from operations import ID, INSIGHT, NO_INSIGHT, ask_all, snake
from xray_client import REGION, expect

# Nothing of this machine's own configuration.
ENVIRONMENT = {
    "PATH": os.environ["PATH"], "HOME": os.devnull, "AWS_ACCESS_KEY_ID": "none", "AWS_SECRET_ACCESS_KEY": "none",
    "AWS_DEFAULT_REGION": REGION, "AWS_EC2_METADATA_DISABLED": "true", "AWS_PAGER": "",
}


def main(endpoint: str) -> None:
    def ask(operation: str, arguments: dict) -> dict:
        result = aws(endpoint, operation, arguments)
        expect((operation, result.returncode, result.stderr), (operation, 0, ""))
        return json.loads(result.stdout or "{}")

    answers = ask_all(ask)
    expect([summary["Id"] for summary in answers["GetTraceSummaries"]["TraceSummaries"]], [ID])
    expect(len(answers["GetServiceGraph"]["Services"]), 3)
    expect(answers["GetSamplingTargets"]["SamplingTargetDocuments"][0]["ReservoirQuota"], 3)

    for operation, arguments in NO_INSIGHT.items():
        result = aws(endpoint, operation, arguments)
        # The two generations of the command disagree.
        expect(result.returncode in (254, 255), True)
        for part in ("InvalidRequestException", INSIGHT):
            if part not in result.stderr:
                sys.exit(f"{part} is not in {result.stderr}")
    # The short forms that people type: a filter, and only some of an answer.
    command = ["get-trace-summaries", "--start-time", "2020-10-12T00:00:00Z", "--end-time", "2020-10-13T00:00:00Z",
               "--filter-expression", "fault AND user = \"ann\"", "--query", "TraceSummaries[].Id", "--output", "text"]
    expect(run(endpoint, command).stdout.split(), [ID])


def aws(endpoint: str, operation: str, arguments: dict) -> subprocess.CompletedProcess:
    return run(endpoint, [snake(operation, "-"), "--cli-input-json", json.dumps(arguments), "--output", "json"])


def run(endpoint: str, command: list[str]) -> subprocess.CompletedProcess:
    return subprocess.run(["aws", "--endpoint-url", endpoint, "xray", *command], env=ENVIRONMENT, capture_output=True, text=True, timeout=60)


if __name__ == "__main__":
    main(*sys.argv[1:])
