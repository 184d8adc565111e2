"""Checks requests to ECS against botocore's shapes: `validate_ecs.py OPERATION FILE`."""

import json
import sys

import botocore.session
from botocore.validate import ParamValidator

operation, path = sys.argv[1:]
shape = botocore.session.get_session().get_service_model("ecs").operation_model(operation).input_shape
with open(path, encoding="utf-8") as file:
    request = json.load(file)
problems = ParamValidator().validate(request, shape).generate_report()
unknown = sorted(set(request) - set(shape.members))
if problems or unknown:
    sys.exit(f"{path}: {problems} {unknown}")
