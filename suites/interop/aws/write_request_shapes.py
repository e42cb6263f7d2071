"""Writes the request shapes of botocore's service models that local AWS compares requests with.

Usage: write_request_shapes.py SERVICE:OPERATION ... > request-shapes.json. Every input shape and all shapes in it are
written: structures with their members and what is required, lists with their entries, maps with their values. Scalars
stand as the name of their type.
"""

import json
import sys

import botocore
import botocore.session

SCALARS = {"string", "integer", "long", "boolean", "float", "double", "timestamp", "blob"}


def name_of(shape, shapes):
    """The scalar's type, or the name of a shape, which is added."""
    if shape.type_name in SCALARS:
        return shape.type_name
    if shape.name not in shapes:
        shapes[shape.name] = None
        shapes[shape.name] = describe(shape, shapes)
    return shape.name


def describe(shape, shapes):
    if shape.type_name == "list":
        return {"list": name_of(shape.member, shapes)}
    if shape.type_name == "map":
        return {"map": name_of(shape.value, shapes)}
    members = {
        member.serialization.get("name", name): name_of(member, shapes) for name, member in shape.members.items()
    }
    return {"members": members, "required": list(shape.required_members)}


def main():
    session = botocore.session.get_session()
    services = {}
    for wanted in sys.argv[1:]:
        service, operation = wanted.split(":")
        model = session.get_service_model(service)
        known = services.setdefault(service, {"operations": {}, "shapes": {}})
        shape = model.operation_model(operation).input_shape
        known["operations"][operation] = name_of(shape, known["shapes"])
    print(json.dumps({"source": f"botocore {botocore.__version__}", "services": services}, indent=2, sort_keys=True))


main()
