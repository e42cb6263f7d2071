"""Calls Prefect's templating functions: a JSON list of calls on standard input, a list of outcomes on standard output."""

import asyncio
import json
import os
import sys

from prefect.exceptions import ObjectNotFound
from prefect.utilities import templating
from prefect.utilities.annotations import NotSet


class Thing:
    def __init__(self, **members):
        self.__dict__.update(members)


class Shelf:
    """A client that knows the blocks and variables of one call."""

    def __init__(self, call):
        self.blocks = call.get("blocks", [])
        self.variables = call.get("variables", {})

    async def read_variable_by_name(self, name):
        return Thing(name=name, value=self.variables[name]) if name in self.variables else None

    async def read_block_document(self, block_document_id, include_secrets=True):
        return self.find(lambda block: block["id"] == str(block_document_id))

    async def read_block_document_by_name(self, name, block_type_slug, include_secrets=True):
        return self.find(lambda block: (block["typeSlug"], block["name"]) == (block_type_slug, name))

    def find(self, is_wanted):
        for block in self.blocks:
            if is_wanted(block):
                return Thing(data=block["data"])
        raise ObjectNotFound(Exception("no such block"))


async def outcome_of(call):
    first, *rest = call["arguments"]
    os.environ.update(call.get("environment", {}))
    try:
        if call["function"] == "applyValues":
            result = templating.apply_values(first, *rest, **call.get("options", {}))
        elif call["function"] == "resolveVariables":
            result = await templating.resolve_variables(first, client=Shelf(call))
        else:
            result = await templating.resolve_block_document_references(first, client=Shelf(call))
    except Exception as error:
        return {"error": type(error).__name__}
    finally:
        for name in call.get("environment", {}):
            del os.environ[name]
    return {"result": {"$notSet": True} if result is NotSet else result}


async def main():
    json.dump([await outcome_of(call) for call in json.load(sys.stdin)], sys.stdout)


asyncio.run(main())
