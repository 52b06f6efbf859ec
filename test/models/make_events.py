"""The events that every model of the conformance suite is trained and scored on, and how they become a model's inputs."""
import gzip
import json

import numpy as np

COUNT = 500
WORDS = ["refund", "gift", "card", "urgent", "rent", "salary", "coffee", "crypto", "ticket", "book"]

SCHEMA = {
    "type": "record",
    "name": "Payment",
    "namespace": "conformance",
    "fields": [
        {"name": "id", "type": "string"},
        {"name": "amount", "type": "double"},
        {"name": "age", "type": "int"},
        {"name": "balance", "type": "float"},
        {"name": "count", "type": "long"},
        {"name": "known", "type": "boolean"},
        {"name": "country", "type": {"type": "enum", "name": "Country", "symbols": ["DE", "FR", "US", "GB"]}},
        {"name": "category", "type": ["null", "string"], "default": None},
        {"name": "limit", "type": ["null", "double"], "default": None},
        {
            "name": "merchant",
            "type": {
                "type": "record",
                "name": "Merchant",
                "fields": [{"name": "name", "type": "string"}, {"name": "risk", "type": "double"}],
            },
        },
        {"name": "text", "type": "string"},
    ],
}


def make_events():
    rng = np.random.default_rng(7)
    events = []
    for i in range(COUNT):
        events.append(
            {
                "id": f"p{i}",
                "amount": round(float(rng.lognormal(3, 1)), 2),
                "age": int(rng.integers(18, 90)),
                "balance": float(np.float32(rng.normal(1000, 400))),
                "count": int(rng.integers(0, 40)),
                "known": bool(rng.random() < 0.6),
                "country": str(rng.choice(["DE", "FR", "US", "GB"])),
                "category": None if rng.random() < 0.1 else str(rng.choice(["food", "travel", "games"])),
                "limit": None if rng.random() < 0.2 else round(float(rng.uniform(100, 5000)), 1),
                "merchant": {"name": str(rng.choice(["Ax", "Böhm", "Cé"])), "risk": round(float(rng.random()), 4)},
                "text": " ".join(rng.choice(WORDS, rng.integers(2, 7))),
            }
        )
    return events


def write_events(folder, events):
    (folder / "event.avsc").write_text(json.dumps(SCHEMA, indent=2) + "\n")
    lines = "".join(json.dumps(event, ensure_ascii=False) + "\n" for event in events)
    (folder / "events.jsonl.gz").write_bytes(gzip.compress(lines.encode(), 9, mtime=0))


def value(event, feature):
    """One feature as model.yaml describes it: `field`, `missing`, `categories`."""
    spec = {"field": feature} if isinstance(feature, str) else feature
    found = event
    for step in spec["field"].split("."):
        found = found[step]
    if found is None:
        found = spec["missing"]
    return spec["categories"].index(found) if "categories" in spec else found


TYPES = {
    "tensor(float)": np.float32,
    "tensor(double)": np.float64,
    "tensor(int64)": np.int64,
    "tensor(int32)": np.int32,
    "tensor(bool)": np.bool_,
    "tensor(string)": object,
}


def feeds(session, inputs, events):
    """The tensors of all events, in the types and ranks that the session's inputs have."""
    fed = {}
    for declared in session.get_inputs():
        rows = [[value(event, feature) for feature in inputs[declared.name]] for event in events]
        matrix = np.array(rows, dtype=TYPES[declared.type])
        fed[declared.name] = matrix[:, 0] if len(declared.shape) == 1 else matrix
    return fed
