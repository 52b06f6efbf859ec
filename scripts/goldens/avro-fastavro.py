"""Makes test/data/avro-goldens.json: pairs of writer and reader schemas with values, and what fastavro reads.

    pip install fastavro && python3 scripts/goldens/avro-fastavro.py > test/data/avro-goldens.json

Each pair is a record with one field. `bytes` is the record as the writer wrote it, `read` the same value written by the
reader's schema after fastavro resolved it, null where fastavro finds no resolution. Seeded: the same file each time.
Arrays and maps are never empty: fastavro refuses an empty one whose values could not be resolved, and resolution goes value by value.
"""
import io
import json
import random

import fastavro

R = random.Random(15)
PRIMITIVES = ["boolean", "int", "long", "float", "double", "string", "bytes"]


def value(schema, named):
    if isinstance(schema, list):
        return value(R.choice(schema), named)
    kind = schema if isinstance(schema, str) else schema["type"]
    if kind in named and isinstance(schema, str):
        return value(named[kind], named)
    if kind == "null":
        return None
    if kind == "boolean":
        return R.random() < 0.5
    if kind == "int":
        return R.choice([0, -1, R.randint(-(2**31), 2**31 - 1)])
    if kind == "long":
        return R.choice([0, 2**53 + 1, 2**63 - 1, -(2**63), R.randint(-(2**62), 2**62)])
    if kind in ("float", "double"):
        return R.choice([0.0, -1.5, R.randint(-1000, 1000) / 8])
    if kind == "string":
        return R.choice(["", "a", "gr\u00f6\u00dfe", "12.5"])
    if kind == "bytes":
        return R.choice([b"", b"ab", "\u00e9".encode()])
    if kind == "enum":
        return R.choice(schema["symbols"])
    if kind == "fixed":
        return bytes(R.randint(65, 90) for _ in range(schema["size"]))
    if kind == "array":
        return [value(schema["items"], named) for _ in range(R.randint(1, 3))]
    if kind == "map":
        return {key: value(schema["values"], named) for key in R.sample("xyz", R.randint(1, 2))}
    return {field["name"]: value(field["type"], named) for field in schema["fields"]}


def draw(depth, names):
    """A type of the writer."""
    kinds = PRIMITIVES + ["enum", "fixed"] + (["array", "map", "record", "union", "union"] if depth else [])
    kind = R.choice(kinds)
    names[0] += 1
    name = f"n.T{names[0]}"
    if kind == "enum":
        return {"type": "enum", "name": name, "symbols": R.sample("ABCD", R.randint(1, 4))}
    if kind == "fixed":
        return {"type": "fixed", "name": name, "size": R.randint(1, 4)}
    if kind == "array":
        return {"type": "array", "items": draw(depth - 1, names)}
    if kind == "map":
        return {"type": "map", "values": draw(depth - 1, names)}
    if kind == "record":
        fields = [{"name": f"f{i}", "type": draw(depth - 1, names)} for i in range(R.randint(1, 3))]
        return {"type": "record", "name": name, "fields": fields}
    if kind == "union":
        branches = R.sample(["null"] + PRIMITIVES, R.randint(1, 3))
        if R.random() < 0.4:
            other = draw(0, names)
            if not isinstance(other, str):
                branches.append(other)
        return branches
    return kind


WIDER = {
    "int": ["long", "float", "double", "string"],
    "long": ["float", "double", "int"],
    "float": ["double", "int"],
    "double": ["float"],
    "string": ["bytes", "int"],
    "bytes": ["string"],
    "boolean": ["int"],
}


def evolve(schema):
    """The type of the reader: the same, a little different, or another."""
    if isinstance(schema, list):
        branches = [evolve(one) if R.random() < 0.3 else one for one in schema if R.random() < 0.85]
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
    if isinstance(schema, str):
        chosen = R.choice(WIDER[schema]) if schema in WIDER and R.random() < 0.4 else schema
        return ["null", chosen] if chosen != "null" and R.random() < 0.15 else chosen
    kind = schema["type"]
    if kind == "enum":
        symbols = R.sample("ABCD", R.randint(1, 4))
        return {**schema, "symbols": symbols, **({"default": symbols[0]} if R.random() < 0.5 else {})}
    if kind == "array":
        return {**schema, "items": evolve(schema["items"])}
    if kind == "map":
        return {**schema, "values": evolve(schema["values"])}
    if kind == "record":
        fields = [{**one, "type": evolve(one["type"])} for one in schema["fields"] if R.random() < 0.85]
        if R.random() < 0.4:
            fields.append({"name": "more", "type": "int", "default": 7})
        R.shuffle(fields)
        return {**schema, "fields": fields}
    return schema


def event(schema):
    return {"type": "record", "name": "Event", "fields": [{"name": "f", "type": schema}]}


def encoded(schema, record):
    out = io.BytesIO()
    fastavro.schemaless_writer(out, fastavro.parse_schema(schema), record)
    return out.getvalue()


def main():
    pairs = []
    while len(pairs) < 320:
        inner = draw(2, [0])
        writer, reader = event(inner), event(evolve(inner))
        cases = []
        for _ in range(4):
            try:
                data = encoded(writer, {"f": value(inner, {})})
            except Exception:
                continue
            try:
                seen = fastavro.schemaless_reader(
                    io.BytesIO(data), fastavro.parse_schema(writer), fastavro.parse_schema(reader), return_record_name=True,
                    return_named_type=False,
                )
                read = encoded(reader, seen).hex()
            except Exception:
                read = None
            cases.append([data.hex(), read])
        if cases:
            pairs.append({"writer": inner, "reader": reader["fields"][0]["type"], "cases": cases})
    print("[\n" + ",\n".join(json.dumps(pair, separators=(",", ":")) for pair in pairs) + "\n]")


main()
