"""Writes the bundles of the conformance suite: what Python's ONNX Runtime scores is what the service has to score."""
import gzip
import hashlib
import json
import shutil
from pathlib import Path

import numpy as np
import onnx
import onnxruntime as ort

from make_events import feeds, make_events, write_events

FOLDER = Path(__file__).resolve().parent / "conformance"
EVENTS = make_events()


def start():
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir()
    write_events(FOLDER, EVENTS)


def matrix(*features, dtype=np.float32):
    """The matrix that a model is trained on."""
    from make_events import value

    return np.array([[value(event, feature) for feature in features] for event in EVENTS], dtype=dtype)


def target():
    """Some rule with noise, so that models have something to learn."""
    rng = np.random.default_rng(11)
    x = matrix("amount", "age", "merchant.risk", "count", dtype=np.float64)
    raw = np.log(x[:, 0]) / 4 - x[:, 1] / 120 + 1.5 * x[:, 2] - x[:, 3] / 60 + rng.normal(0, 0.2, len(x))
    return raw - np.median(raw)


def binary():
    return (target() > 0).astype(int)


def three():
    return np.digitize(target(), [-0.3, 0.3])


def write(name, model, inputs, outputs=None, column=None, served=None, classes=None, exact=False, fixed=None):
    """
    `model` is a file with what stands beside it, or bytes. `served` names the output that Python is asked for (the score's own
    tensor or a ZipMap), `column` the score's column, `classes` the names of all columns where scores by class are written.
    """
    folder = FOLDER / name / "1"
    folder.mkdir(parents=True)
    file = folder / "model.onnx"
    if isinstance(model, bytes):
        file.write_bytes(model)
    else:
        for part in Path(model).parent.iterdir():
            shutil.copy(part, folder / part.name)
    file.write_bytes(without_traces(onnx.load(str(file), load_external_data=False)).SerializeToString())
    described = {"file": "model.onnx", "sha256": hashlib.sha256(file.read_bytes()).hexdigest(), "inputs": inputs}
    beside = {part.name: hashlib.sha256(part.read_bytes()).hexdigest() for part in sorted(folder.iterdir()) if part != file and part.stat().st_size > 0}
    if beside:
        described["files"] = beside
    if outputs is not None:
        described["outputs"] = outputs
    # JSON is YAML, but for not-a-number.
    (folder / "model.yaml").write_text(json.dumps(described, indent=1).replace("NaN", ".nan") + "\n")

    options = ort.SessionOptions()
    options.intra_op_num_threads = 1
    session = ort.InferenceSession(str(file), options, providers=["CPUExecutionProvider"])
    fed = feeds(session, inputs, EVENTS)
    scores = run(session, served, fed, fixed)
    if isinstance(scores, list):  # a ZipMap: a dictionary an event
        scores = np.array([[row[key] for key in scores[0]] for row in scores], dtype=np.float32)
    scores = np.asarray(scores).reshape(len(EVENTS), -1)
    kind = "f64" if scores.dtype == np.float64 else "f32"
    raw = scores.astype("<f8" if kind == "f64" else "<f4").tobytes()
    (folder.parent / "scores.gz").write_bytes(gzip.compress(raw, 9, mtime=0))
    width = scores.shape[1]
    column = column if column is not None else (None if classes and width > 2 else width - 1)
    expected = {"kind": kind, "width": width, "column": column, "classes": classes, "exact": exact}
    (folder.parent / "expected.json").write_text(json.dumps(expected) + "\n")
    print(f"{name}: {file.stat().st_size} bytes, {scores.shape} {scores[:2].round(3).tolist()}")


def without_traces(model):
    """Exporters write where they ran into the model, down to folders; nothing of that matters to anybody else."""
    del model.metadata_props[:]
    model.doc_string = ""
    for graph in [model.graph, *model.functions]:
        del graph.metadata_props[:]
        for item in [*graph.node, *graph.value_info, *getattr(graph, "initializer", [])]:
            item.doc_string = ""
            del item.metadata_props[:]
    return model


def run(session, served, fed, fixed):
    served = [served] if served else [session.get_outputs()[-1].name]
    if fixed is None:
        return session.run(served, fed)[0]
    parts = []
    count = len(EVENTS)
    for start in range(0, count, fixed):
        rows = np.minimum(np.arange(start, start + fixed), count - 1)
        part = session.run(served, {name: values[rows] for name, values in fed.items()})[0]
        parts.append(np.asarray(part)[: count - start])
    return np.concatenate(parts)
