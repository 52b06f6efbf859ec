"""Makes test/data/avro-goldens.json: what Avro for Java and fastavro make of the same values, by a writer's schema and a reader's.

    pip install fastavro && python3 scripts/goldens/avro_goldens.py > test/data/avro-goldens.json     # needs mvn and a JDK

Each case is [bytes as written, Java's answer, fastavro's]: Java's as bytes by the reader's schema, fastavro's as JSON without branches
(bytes one letter each), as Python has no type for each branch; null where there is no resolution. Where the two differ, avro_decisions.py
says which is `right`, and `why`; the test finds what it does not speak of. Seeded: the same file each time.
"""
import io
import json
import math
import pathlib
import struct
import subprocess

import fastavro

import avro_by_hand
import avro_by_seed
from avro_decisions import decision

HERE = pathlib.Path(__file__).parent


def java(pairs):
    command = ["mvn", "-q", "-f", str(HERE / "pom.xml"), "dependency:build-classpath", "-Dmdep.outputFile=/dev/stdout"]
    classpath = subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()[-1]
    lines = "\n".join(json.dumps({**pair, "values": [value.hex() for value in pair["values"]]}) for pair in pairs)
    run = ["java", "-cp", classpath, str(HERE / "AvroAnswers.java")]
    out = subprocess.run(run, input=lines + "\n", check=True, stdout=subprocess.PIPE, text=True).stdout
    return [json.loads(line) for line in out.splitlines()]


def plain(value, schema):
    """As JSON has it; a float of the reader as 32 bits hold it."""
    if isinstance(value, (bytes, bytearray)):
        return value.decode("latin1")
    if isinstance(value, dict):
        types = {one["name"]: one["type"] for one in schema.get("fields", [])} if isinstance(schema, dict) else {}
        inner = schema.get("values") if isinstance(schema, dict) else None
        return {key: plain(one, types.get(key, inner)) for key, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(one, schema.get("items") if isinstance(schema, dict) else None) for one in value]
    if isinstance(value, float):
        if schema == "float" or schema == ["null", "float"]:
            value = struct.unpack("<f", struct.pack("<f", value))[0]
        return value if math.isfinite(value) else None
    return value


def python(pair, value):
    try:
        writer, reader = fastavro.parse_schema(pair["writer"]), fastavro.parse_schema(pair["reader"])
        return json.dumps(plain(fastavro.schemaless_reader(io.BytesIO(value), writer, reader), pair["reader"]), ensure_ascii=False)
    except Exception:
        return None


def main():
    pairs = [*avro_by_hand.pairs(), *avro_by_seed.pairs(400)]
    lines = []
    for pair, answers in zip(pairs, java(pairs), strict=True):
        cases = [[value.hex(), answer, python(pair, value)] for value, answer in zip(pair["values"], answers, strict=True)]
        lines.append(json.dumps({"about": pair["about"], **(decision(pair["about"]) or {}), "writer": pair["writer"], "reader": pair["reader"], "cases": cases}, separators=(",", ":"), ensure_ascii=False))
    print("[\n" + ",\n".join(lines) + "\n]")


main()
