#!/usr/bin/env python3
"""Trains the two models of the example and writes their bundles.

    python train.py WORK_FOLDER       (WORK_FOLDER as filled by export.ts; needs the project's node_modules for the golden events)
"""
import gzip
import hashlib
import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import onnxruntime as ort

import measures
from card import card
from data import COLUMNS, TEST, TRAIN, VALIDATION, load
from networks import train_lightgbm, train_network

HERE = Path(__file__).resolve().parent
BUNDLES = HERE.parent / "fraud"
PROJECT = HERE.parent.parent
TEST_DATA = PROJECT / "test" / "data"
NODE = PROJECT / "node_modules" / ".bin" / "node"  # the project's own: whatever is on the PATH may be too old for TypeScript
GOLDEN_ROWS = 200
PARITY_ROWS = 100_000

FIELDS = {"isWeekend": "{ field: eventTime, part: isWeekend }", "hourOfDay": "{ field: eventTime, part: hourOfDay }",
          "amount": "amount"}


def field(column):
    if column in FIELDS:
        return FIELDS[column]
    path = f"features.{column}"
    return f"{{ field: {path}, missing: 0 }}" if "Risk" in column else path


def session_scores(model, x):
    options = ort.SessionOptions()
    options.intra_op_num_threads = 1
    session = ort.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    return session.run(["probabilities"], {"features": x})[0][:, 1]


def golden_rows(data, rows):
    """Some of each scenario, some without a risk, the rest at random."""
    rng = np.random.default_rng(3)
    chosen = set()
    for scenario in (1, 2, 3):
        of = rows[data.scenario[rows] == scenario]
        chosen.update(rng.choice(of, min(25, len(of)), replace=False).tolist())
    no_history = rows[data.x[rows, COLUMNS.index("terminalCount1d")] == 0]
    chosen.update(rng.choice(no_history, 25, replace=False).tolist())
    while len(chosen) < GOLDEN_ROWS:
        chosen.add(int(rng.choice(rows)))
    return sorted(chosen)


def write_bundle(version, model, work, data, rows, title, library_scores, report, limits, parity):
    folder = BUNDLES / version
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "model.onnx").write_bytes(model)
    features = "\n".join(f"    - {field(column)}" for column in COLUMNS)
    (folder / "model.yaml").write_text(
        f"file: model.onnx\nsha256: {hashlib.sha256(model).hexdigest()}\ninputs:\n  features:\n{features}\n"
        "outputs:\n  score: { tensor: probabilities, column: 1 }\ngolden: golden.jsonl\nwarmup: [1, 64, 1024]\n")
    events = [json.loads(line) for line in (work / "events.jsonl").read_text().splitlines()]
    scores = session_scores(model, data.x[rows])
    (folder / "golden.jsonl").write_text("".join(
        json.dumps({"event": event, "score": float(score)}, separators=(",", ":")) + "\n"
        for event, score in zip(events, scores, strict=True)))
    (folder / "README.md").write_text(card(version, title, report, limits, parity))


def main(work):
    data = load(work)
    _, train = data.window(TRAIN)
    _, validation = data.window(VALIDATION)
    test_rows, test = data.window(TEST)
    rows = golden_rows(data, test_rows)
    (work / "golden-rows.json").write_text(json.dumps(rows))
    subprocess.run([str(NODE), str(HERE / "export.ts"), str(work), "--events", str(work / "golden-rows.json")], check=True)
    models = [("1", "LightGBM, 100 trees of up to 31 leaves", train_lightgbm),
              ("2", "a neural network with hidden layers of 32 and 16", train_network)]
    for version, title, fit in models:
        library_scores, model = fit(train)
        legitimate = session_scores(model, validation.x)[validation.y == 0]
        limits = {"review": measures.threshold(legitimate, 0.01), "reject": measures.threshold(legitimate, 0.0005)}
        report = measures.report(test, session_scores(model, test.x), limits)
        sample = data.x[test_rows[:PARITY_ROWS]]
        parity = float(np.abs(library_scores(sample) - session_scores(model, sample)).max())
        write_bundle(version, model, work, data, rows, title, library_scores, report, limits, parity)
        print(json.dumps({"version": version, "limits": limits, "parity": parity, "bytes": len(model), **report}, indent=1))
        if version == "1":
            TEST_DATA.mkdir(exist_ok=True)
            first = session_scores(model, data.x[:PARITY_ROWS]).astype("<f4")
            (TEST_DATA / "golden-100k.f32.gz").write_bytes(gzip.compress(first.tobytes(), mtime=0))
            world = json.loads((HERE / "world.json").read_text())
            (TEST_DATA / "golden-100k.json").write_text(json.dumps({"model": version, "count": PARITY_ROWS, "world": world}) + "\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
