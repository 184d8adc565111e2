"""Makes the calls of the standard input with capo-xray, which writes head and body of a request apart; see ../README.md."""

import json
import sys
from importlib import import_module

from botocore import xform_name
from botocore.loaders import Loader
from capo_xray import StaticAwsCredentialsProvider, XRayClient
from capo_xray.errors import ServiceError

OPERATIONS = Loader().load_service_model("xray", "service-2")["operations"]


def shape(operation: str, part: str):
    """Returns the module that reads and writes the request or the answer of an operation."""
    return import_module(f"capo_xray.types.{xform_name(OPERATIONS[operation][part]['shape'])}")


def answer(client: XRayClient, operation: str, request: dict) -> dict:
    try:
        output = getattr(client, xform_name(operation))(**shape(operation, "input").deserialize_json(request))
        return {"output": shape(operation, "output").serialize_json(output or {})}
    except ServiceError as error:
        response = error.response
        return {"error": error.code, "message": error.message, "status": response.status, "requestId": response.headers["x-amzn-requestid"]}


def main(endpoint: str) -> None:
    credentials = StaticAwsCredentialsProvider({"access_key": "none", "secret_key": "none"})
    client = XRayClient(endpoint=endpoint, region="eu-west-1", credentials_provider=credentials, retry_max_attempts=0)
    for line in sys.stdin:
        call = json.loads(line)
        print(json.dumps(answer(client, call["operation"], call["input"])), flush=True)


if __name__ == "__main__":
    main(sys.argv[1])
