"""Makes the calls of the standard input with boto3; see ../README.md.

Every answer is held against the classes of aws-resource-validator-xray, which refuses one without a request id.
"""

import json
import sys
from datetime import datetime

import boto3
from aws_resource_validator.pydantic_models.xray import xray_classes
from botocore import xform_name
from botocore.config import Config
from botocore.exceptions import ClientError


def plain(value):
    """Returns a value as JSON has it."""
    if isinstance(value, datetime):
        return value.timestamp()
    if isinstance(value, dict):
        return {name: plain(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [plain(inner) for inner in value]
    return value


def answer(client, operation: str, request: dict) -> dict:
    try:
        output = getattr(client, xform_name(operation))(**request)
        validate(client, operation, output)
        return {"requestId": output.pop("ResponseMetadata")["RequestId"], "output": plain(output)}
    except ClientError as error:
        metadata, said = error.response["ResponseMetadata"], error.response["Error"]
        message = said.get("Message") or error.response.get("Message")
        return {"error": said["Code"], "message": message, "status": metadata["HTTPStatusCode"], "requestId": metadata["RequestId"]}


def validate(client, operation: str, output: dict) -> None:
    """Raises an error if the answer is not valid; an answer without members has no class but that of what all have."""
    shape = client.meta.service_model.operation_model(operation).output_shape
    if shape.members:
        getattr(xray_classes, f"{shape.name}TypeDef").model_validate(output)
    xray_classes.ResponseMetadataTypeDef.model_validate(output["ResponseMetadata"])


def main(endpoint: str) -> None:
    # What the model would refuse before it is sent is to be refused by the console.
    config = Config(retries={"max_attempts": 0}, parameter_validation=False)
    client = boto3.client("xray", endpoint_url=endpoint, region_name="eu-west-1", aws_access_key_id="none",
                          aws_secret_access_key="none", config=config)
    for line in sys.stdin:
        call = json.loads(line)
        print(json.dumps(answer(client, call["operation"], call["input"])), flush=True)


if __name__ == "__main__":
    main(sys.argv[1])
