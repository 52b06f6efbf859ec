"""Avro bytes of values, written by nobody's library: a value of a union is a pair of the branch's number and the value."""
import struct


def names_of(schema, space="", named=None):
    """Full name → (schema, namespace inside of it)."""
    named = {} if named is None else named
    if isinstance(schema, list):
        for branch in schema:
            names_of(branch, space, named)
    elif isinstance(schema, dict):
        if schema["type"] in ("record", "enum", "fixed"):
            full = full_name(schema, space)
            space = full.rpartition(".")[0]
            named[full] = (schema, space)
        for key in ("items", "values", "type"):
            if isinstance(schema.get(key), (dict, list)):
                names_of(schema[key], space, named)
        for field in schema.get("fields", []):
            names_of(field["type"], space, named)
    return named


def full_name(schema, space):
    name = schema["name"]
    if "." in name:
        return name.lstrip(".")
    space = schema.get("namespace", space)
    return f"{space}.{name}" if space else name


def found(name, space, named):
    return named.get(f"{space}.{name}" if "." not in name and space else name) or named.get(name)


def long(value):
    value = (value << 1) ^ (value >> 63)
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes(out + bytes([value]))


def sized(data):
    return long(len(data)) + data


def encode(schema, value, space="", named=None):
    if named is None:
        named = names_of(schema)
    if isinstance(schema, list):
        index, inner = value
        return long(index) + encode(schema[index], inner, space, named)
    kind = schema if isinstance(schema, str) else schema["type"]
    if isinstance(kind, (dict, list)):
        return encode(kind, value, space, named)
    known = None if isinstance(schema, dict) else found(kind, space, named)
    if known is not None:
        return encode(known[0], value, known[1], named)
    if kind == "null":
        return b""
    if kind == "boolean":
        return bytes([value])
    if kind in ("int", "long"):
        return long(value)
    if kind in ("float", "double"):
        return struct.pack("<f" if kind == "float" else "<d", value)
    if kind == "string":
        return sized(value.encode())
    if kind == "bytes":
        return sized(value)
    if kind == "fixed":
        return value
    if kind == "enum":
        return long(schema["symbols"].index(value))
    if kind == "array":
        items = b"".join(encode(schema["items"], item, space, named) for item in value)
        return (long(len(value)) + items if value else b"") + b"\0"
    if kind == "map":
        items = b"".join(sized(key.encode()) + encode(schema["values"], item, space, named) for key, item in value.items())
        return (long(len(value)) + items if value else b"") + b"\0"
    space = full_name(schema, space).rpartition(".")[0]
    return b"".join(encode(field["type"], value[field["name"]], space, named) for field in schema["fields"])
