"""Writes `console/src/serve/model/tables.rs`: what botocore's model of X-Ray says of requests.

    python3 end-to-end/python/model.py console/src/serve/model/tables.rs

Facts alone: names, types, lengths, ranges, patterns. With `--check` it compares instead of writing; a newer botocore
that says the same is no difference.
"""

import json
import re
import subprocess
import sys

import botocore
from botocore.loaders import Loader

# The page's maps have a filter; AWS's clients never send it.
OWN_MEMBERS = {"GetServiceGraphRequest": {"FilterExpression": "FilterExpression"}}
# The model gives them no least value, and those that requests have are all counts.
COUNTS = ["NullableInteger"]
HEAD = "//! Written by `end-to-end/python/model.py` from botocore"


class Tables:
    """The shapes that requests are made of, each written before what is made of it."""

    def __init__(self, model: dict) -> None:
        self.model = model
        self.written: dict[str, str] = {}

    def shape(self, name: str) -> str:
        """Writes a shape and returns the name of its constant."""
        constant = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name).upper()
        if name not in self.written:
            shape = self.model["shapes"][name]
            self.written[name] = f"static {constant}: Shape = {self.value(name, shape)};\n"
        return constant

    def value(self, name: str, shape: dict) -> str:
        kind = shape["type"]
        if kind == "structure":
            return f"Shape::{'Union' if shape.get('union') else 'Structure'}(&[{self.members(name, shape)}])"
        if kind == "list":
            return f"Shape::List {{ member: &{self.shape(shape['member']['shape'])}, max: {shape.get('max', 'usize::MAX')} }}"
        if kind == "map":
            key, value = (self.shape(shape[part]["shape"]) for part in ("key", "value"))
            return f"Shape::Map {{ key: &{key}, value: &{value}, max: {shape.get('max', 'usize::MAX')} }}"
        if kind == "string" and "enum" in shape:
            return f"Shape::Enum(&[{', '.join(map(json.dumps, shape['enum']))}])"
        if kind == "string":
            pattern = f'Some(r"{shape["pattern"]}")' if "pattern" in shape else "None"
            return f"Shape::Text {{ min: {shape.get('min', 0)}, max: {shape.get('max', 'usize::MAX')}, pattern: {pattern} }}"
        if kind in ("integer", "long"):
            bound = {"integer": "i32", "long": "i64"}[kind]
            if name in COUNTS:
                shape = {"min": 0} | shape
            least, most = (shape.get(end, f"{bound}::{end.upper()} as i64") for end in ("min", "max"))
            return f"Shape::Integer {{ min: {least}, max: {most} }}"
        if kind == "double":
            return f"Shape::Double {{ min: {float(shape.get('min', '-inf'))}, max: {float(shape.get('max', 'inf'))} }}".replace("-inf", "f64::MIN").replace("inf", "f64::MAX")
        return {"boolean": "Shape::Boolean", "timestamp": "Shape::Timestamp"}[kind]

    def members(self, name: str, shape: dict) -> str:
        required = shape.get("required", [])
        members = {member: inner["shape"] for member, inner in shape["members"].items()} | OWN_MEMBERS.get(name, {})
        return ", ".join(
            f'{"required" if member in required else "optional"}("{member}", &{self.shape(inner)})'
            for member, inner in members.items()
        )


def tables() -> str:
    """Returns the file, formatted."""
    model = Loader().load_service_model("xray", "service-2")
    tables = Tables(model)
    operations = ""
    for name, operation in sorted(model["operations"].items()):
        shape = operation["input"]["shape"]
        members = tables.members(shape, model["shapes"][shape])
        operations += f'Operation {{ name: "{name}", path: "{operation["http"]["requestUri"]}", input: Shape::Structure(&[{members}]) }},\n'
    text = (
        f"{HEAD} {botocore.__version__}.\n\nuse super::{{Operation, Shape, optional, required}};\n\n/// Every operation of the X-Ray API.\n"
        f"pub(in crate::serve) static OPERATIONS: [Operation; {len(model['operations'])}] = [{operations}];\n\n"
        + "\n".join(tables.written.values())
    )
    rustfmt = ["rustfmt", "--edition", "2024", "--emit", "stdout", "--quiet"]
    return subprocess.run(rustfmt, input=text, text=True, capture_output=True, check=True).stdout


def main(path: str, *flags: str) -> None:
    written = tables()
    if not flags:
        with open(path, "w") as file:
            file.write(written)
        return
    with open(path) as file:
        known = file.read()
    if known.split("\n")[1:] != written.split("\n")[1:]:
        sys.exit(f"{path} is not what botocore {botocore.__version__} says: run {sys.argv[0]} {path}")


if __name__ == "__main__":
    main(*sys.argv[1:])
