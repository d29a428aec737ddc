"""Holds every answer against docs/openapi.yaml: the status, the media type, and the body against its schema, in which
an object has no other properties than it says."""
import copy
import json
import re
from pathlib import Path

import jsonschema
import yaml

ROOT = Path(__file__).resolve().parents[2]
# Said of no call in particular: what the server answers before it knows which call it is.
OF_THE_SERVER = {"405", "408", "413", "414", "417", "431", "500", "501", "503", "505"}


class Loader(yaml.CSafeLoader):
    """YAML 1.2's idea of scalars: `on` is a word and a day is text."""


Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if not tag.endswith((":timestamp", ":bool"))]
    for first, resolvers in yaml.CSafeLoader.yaml_implicit_resolvers.items()}
Loader.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile(r"^(?:true|false)$"), list("tf"))


def closed(node):
    """Every object takes only what it names, unless it says otherwise."""
    if isinstance(node, list):
        return [closed(item) for item in node]
    if not isinstance(node, dict):
        return node
    out = {key: closed(value) for key, value in node.items()}
    if isinstance(node.get("properties"), dict) and node.get("type") == "object":
        out.setdefault("additionalProperties", False)
    return out


class Document:
    def __init__(self, file=ROOT / "docs/openapi.yaml"):
        self.document = yaml.load(file.read_text(), Loader)
        self.closed = closed(copy.deepcopy(self.document))
        self.resolver = jsonschema.RefResolver("", self.closed)
        self.paths = [(re.compile("^" + self.pattern(path) + "$"), methods) for path, methods in
                      sorted(self.closed["paths"].items(), key=lambda item: item[0].count("{"))]

    @staticmethod
    def pattern(path):
        return "".join(("[^?]+" if part == "{path}" else "[^/?]+") if part.startswith("{") else re.escape(part)
                       for part in re.split(r"(\{[^}]+\})", path))

    def resolve(self, node):
        while "$ref" in node:
            node = self.resolver.resolve(node["$ref"])[1]
        return node

    def find(self, method, path):
        """The operation, or None: nothing is at this path."""
        for pattern, methods in self.paths:
            if pattern.match(path) and method.lower() in methods:
                return methods[method.lower()]
        return None

    def check(self, method, path, answer):
        """Raises AssertionError. `path` is beneath the base path, without its query."""
        operation = self.find(method, path)
        status = str(answer.status)
        if operation is None:
            assert answer.status >= 400, f"{method} {path} answers {status} and is not in docs/openapi.yaml"
            return
        where = f"{method} {path} -> {status}"
        response = operation["responses"].get(status)
        if response is None:
            assert status in OF_THE_SERVER, f"{where}: docs/openapi.yaml does not say this status of {operation['operationId']}"
            response = self.closed["components"]["responses"]["badRequest"]
        response = self.resolve(response)
        for name, header in response.get("headers", {}).items():
            assert self.resolve(header).get("required") is False or any(name.lower() == given.lower() for given in answer.headers), f"{where}: {name} is missing"
        assert any(name.lower() == "belgov-trace-id" for name in answer.headers), f"{where}: no BelGov-Trace-Id"
        self.check_body(where, response, answer)

    def check_body(self, where, response, answer):
        content = response.get("content")
        if not content:
            assert not answer.body, f"{where}: a body where docs/openapi.yaml says none"
            return
        given = next((value for name, value in answer.headers.items() if name.lower() == "content-type"), "")
        assert given in content, f"{where}: {given!r} is none of {list(content)}"
        if not given.endswith(("/json", "+json")):
            return
        try:
            jsonschema.Draft4Validator(content[given]["schema"], resolver=self.resolver).validate(json.loads(answer.body))
        except jsonschema.ValidationError as error:
            place = "/".join(str(part) for part in error.absolute_path)
            raise AssertionError(f"{where}: the body at {place or '(top)'} is not what docs/openapi.yaml says: {error.message}") from None
