"""Pairs of schemas drawn at random, each a record with the field f: what a writer has, and what became of it."""
import random

from avro_values import encode

R = random.Random(15)
PRIMITIVES = ["boolean", "int", "long", "float", "double", "string", "bytes"]
SPACES = ["n", "n.m", "o"]


def event(schema):
    return {"type": "record", "name": "Event", "fields": [{"name": "f", "type": schema}]}


def value(schema):
    if isinstance(schema, list):
        index = R.randrange(len(schema))
        return index, value(schema[index])
    kind = schema if isinstance(schema, str) else schema["type"]
    if kind == "null":
        return None
    if kind == "boolean":
        return R.random() < 0.5
    if kind == "int":
        return R.choice([0, -1, 2**31 - 1, R.randint(-(2**31), 2**31 - 1)])
    if kind == "long":
        return R.choice([0, 2**53 + 1, 2**63 - 1, -(2**63), 2**60 + 2**36 + 1, R.randint(-(2**62), 2**62)])
    if kind in ("float", "double"):
        return R.choice([0.0, -1.5, R.randint(-1000, 1000) / 8])
    if kind == "string":
        return R.choice(["", "a", "gr\u00f6\u00dfe", "12.5", "\U0001f642"])
    if kind == "bytes":
        return R.choice([b"", b"ab", "\u00e9".encode()])
    if kind == "enum":
        return R.choice(schema["symbols"])
    if kind == "fixed":
        return bytes(R.randint(65, 90) for _ in range(schema["size"]))
    if kind == "array":
        return [value(schema["items"]) for _ in range(R.randint(0, 3))]
    if kind == "map":
        return {key: value(schema["values"]) for key in R.sample("xyz", R.randint(0, 2))}
    return {field["name"]: value(field["type"]) for field in schema["fields"]}


class Writer:
    """Draws a writer's type; names are used once."""

    def __init__(self):
        self.count = 0

    def name(self):
        self.count += 1
        return f"{R.choice(SPACES)}.T{self.count}"

    def draw(self, depth):
        kind = R.choice(PRIMITIVES + ["enum", "fixed"] + (["array", "map", "record", "record", "union", "union"] if depth else []))
        if kind == "enum":
            return {"type": "enum", "name": self.name(), "symbols": R.sample("ABCD", R.randint(1, 4))}
        if kind == "fixed":
            return {"type": "fixed", "name": self.name(), "size": R.randint(1, 4)}
        if kind == "array":
            return {"type": "array", "items": self.draw(depth - 1)}
        if kind == "map":
            return {"type": "map", "values": self.draw(depth - 1)}
        if kind == "record":
            fields = [{"name": f"f{i}", "type": self.draw(depth - 1)} for i in range(R.randint(1, 3))]
            return {"type": "record", "name": self.name(), "fields": fields}
        if kind == "union":
            return self.union(depth)
        return kind

    def union(self, depth):
        branches = R.sample(["null"] + PRIMITIVES, R.randint(1, 3))
        for _ in range(R.choice([0, 0, 1, 2])):
            other = self.draw(depth - 1)
            kinds = [one["type"] for one in branches if isinstance(one, dict) and "name" not in one]
            if isinstance(other, dict) and other["type"] not in kinds:
                branches.append(other)
        R.shuffle(branches)
        return branches


WIDER = {
    "int": ["long", "float", "double", "string"],
    "long": ["float", "double", "int"],
    "float": ["double", "int"],
    "double": ["float"],
    "string": ["bytes", "int"],
    "bytes": ["string"],
    "boolean": ["int"],
}


def renamed(schema):
    """The same name, one in another namespace, or another name with an alias or without one."""
    space, _, name = schema["name"].rpartition(".")
    way = R.random()
    if way < 0.6:
        return schema
    if way < 0.75:
        return {**schema, "name": f"p.{name}"}
    if way < 0.9:
        alias = R.choice([schema["name"], name]) if space == "n" else schema["name"]
        return {**schema, "name": f"n.New{name}", "aliases": ["n.Other", alias]}
    return {**schema, "name": f"{space}.New{name}"}


def evolve(schema):
    """The type of the reader: the same, a little different, or another."""
    if isinstance(schema, list):
        return evolved_union(schema)
    if isinstance(schema, str):
        chosen = R.choice(WIDER[schema]) if schema in WIDER and R.random() < 0.4 else schema
        return ["null", chosen] if chosen != "null" and R.random() < 0.15 else chosen
    kind = schema["type"]
    if kind == "enum":
        symbols = R.sample("ABCD", R.randint(1, 4))
        other = {"default": symbols[0]} if R.random() < 0.5 else {}
        return renamed({**schema, "symbols": symbols, **other})
    if kind == "fixed":
        return renamed(schema if R.random() < 0.9 else {**schema, "size": schema["size"] + 1})
    if kind == "array":
        return {**schema, "items": evolve(schema["items"])}
    if kind == "map":
        return {**schema, "values": evolve(schema["values"])}
    fields = [evolved_field(one) for one in schema["fields"] if R.random() < 0.85]
    if R.random() < 0.4:
        fields.append({"name": "more", "type": "int", "default": 7})
    R.shuffle(fields)
    return renamed({**schema, "fields": fields})


def evolved_field(field):
    changed = {**field, "type": evolve(field["type"])}
    return changed if R.random() < 0.8 else {**changed, "name": "new" + field["name"], "aliases": ["x", field["name"]]}


def evolved_union(schema):
    branches = [evolve(one) if R.random() < 0.4 else one for one in schema if R.random() < 0.85]
    if R.random() < 0.4:
        branches.append(R.choice(["null"] + PRIMITIVES))
    kept, seen = [], set()
    for one in branches:
        if isinstance(one, list):
            continue
        key = one if isinstance(one, str) else one.get("name", one["type"])
        if key not in seen:
            seen.add(key)
            kept.append(one)
    R.shuffle(kept)
    return kept or ["null"]


def pairs(count):
    for number in range(count):
        inner = Writer().draw(3)
        values = {encode(event(inner), {"f": value(inner)}) for _ in range(5)}
        yield {"about": f"seed {number}", "writer": event(inner), "reader": event(evolve(inner)), "values": sorted(values)}
