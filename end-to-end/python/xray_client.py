"""A client of the console whose every answer is held against the service model that botocore brings.

botocore's own parser passes over members that it does not know and over most values of a wrong type; here both
are errors.
"""

import json
import sys
from pathlib import Path

import boto3
from botocore.config import Config

CREDENTIALS = {"aws_access_key_id": "none", "aws_secret_access_key": "none"}
REGION = "eu-west-1"
TRACE_ID = "1-5f84c7a1-{:024x}"
# The second within the ids above.
AT = 0x5F84C7A1


def client(endpoint: str, config: Config | None = None):
    """Returns a client that stops the program at an answer that the model does not allow."""
    xray = boto3.client("xray", endpoint_url=endpoint, region_name=REGION, config=config, **CREDENTIALS)
    xray.meta.events.register("before-parse.xray", check_answer)
    return xray


def check_answer(operation_model, response_dict, **_) -> None:
    if response_dict["status_code"] == 200 and operation_model.output_shape:
        check(operation_model.output_shape, json.loads(response_dict["body"]), operation_model.name)


def check(shape, value, path: str) -> None:
    """Checks that a value of an answer is what the model says."""
    kinds = {
        "structure": dict, "map": dict, "list": list, "string": str, "boolean": bool,
        "integer": int, "long": int, "double": (int, float), "float": (int, float), "timestamp": (int, float),
    }
    is_number = shape.type_name not in ("boolean", "string") and isinstance(value, bool)
    if not isinstance(value, kinds[shape.type_name]) or is_number:
        sys.exit(f"{path} is {value!r}, which is no {shape.type_name}")
    if shape.type_name == "structure":
        missing = [member for member in shape.required_members if member not in value]
        unknown = [member for member in value if member not in shape.members]
        if missing or unknown:
            sys.exit(f"{path}: {missing} missing, {unknown} unknown")
        for member, inner in value.items():
            check(shape.members[member], inner, f"{path}.{member}")
    elif shape.type_name == "list":
        for index, inner in enumerate(value):
            check(shape.member, inner, f"{path}[{index}]")
    elif shape.type_name == "map":
        for key, inner in value.items():
            check(shape.value, inner, f"{path}[{key}]")
    elif shape.type_name == "string" and shape.enum and value not in shape.enum:
        sys.exit(f"{path} is {value!r}, which is none of {shape.enum}")


def paginate(xray, operation: str, member: str, **arguments) -> tuple[list, int]:
    """Returns the items of all pages and how many pages there were."""
    pages = list(xray.get_paginator(operation).paginate(**arguments))
    return [item for page in pages for item in page[member]], len(pages)


def recorded_documents() -> list[str]:
    """Returns the documents that AWS's own SDKs sent for the sample that this one follows."""
    folder = Path(__file__).parent.parent / "documents"
    lines = [line for file in sorted(folder.glob("*.jsonl")) for line in file.read_text().splitlines()]
    return [json.loads(line)["datagram"].split("\n", 1)[1] for line in lines]


def put(xray, documents: list) -> None:
    """Puts documents, fifty at a time as daemons do; all of them must be taken."""
    texts = [document if isinstance(document, str) else json.dumps(document) for document in documents]
    for start in range(0, len(texts), 50):
        answer = xray.put_trace_segments(TraceSegmentDocuments=texts[start:start + 50])
        expect(answer["UnprocessedTraceSegments"], [])


def expect(actual, expected) -> None:
    if actual != expected:
        sys.exit(f"is {actual!r}, should be {expected!r}")
