"""Reasons by field of the event, as shap knows them: bundles with encoders and scalers before the trees, inside of
the model and in model.yaml, and the contributions of TreeExplainer (or LinearExplainer) against the background, added up by field.

usage: python scripts/goldens/shap_fields.py   (needs scikit-learn, skl2onnx, lightgbm, onnxmltools, shap)
"""
import hashlib
import json
from pathlib import Path

import lightgbm as lgb
import numpy as np
import onnxmltools
import pandas as pd
import shap
from onnxmltools.convert.common.data_types import FloatTensorType as MlFloat
from skl2onnx import to_onnx
from skl2onnx.common.data_types import FloatTensorType, StringTensorType
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import GradientBoostingClassifier
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, RobustScaler, StandardScaler

OUT = Path("test/data/shap-fields")
CATEGORIES = ["food", "fuel", "travel"]
COUNTRIES = ["DE", "FR"]
SCHEMA = {
    "type": "record",
    "name": "Payment",
    "fields": [
        {"name": "amount", "type": "double"},
        {"name": "age", "type": ["null", "double"], "default": None},
        {"name": "category", "type": "string"},
        {"name": "country", "type": "string"},
        {"name": "count", "type": "int"},
    ],
}


def sample(count, seed):
    r = np.random.default_rng(seed)
    return pd.DataFrame(
        {
            # as float32, so that Python and the model read the same numbers
            "amount": r.lognormal(3, 1, count).astype(np.float32).astype(float),
            "age": np.where(r.random(count) < 0.1, np.nan, r.normal(40, 12, count)).astype(np.float32).astype(float),
            "category": r.choice(CATEGORIES, count),
            "country": r.choice(COUNTRIES, count),
            "count": r.poisson(3, count),
        }
    )


def label(frame):
    age = frame["age"].fillna(40)
    z = 0.02 * frame["amount"] - 0.05 * age + 0.4 * frame["count"] + 1.5 * (frame["category"] == "travel") * (frame["country"] == "FR")
    return (z > z.median()).astype(int)


def write(name, model_bytes, inputs, background, events, fields, phi, base, score):
    folder = OUT / name / "1"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "model.onnx").write_bytes(model_bytes)
    yaml = {
        "file": "model.onnx",
        "sha256": hashlib.sha256(model_bytes).hexdigest(),
        "inputs": inputs,
        "outputs": {"score": {"tensor": "probabilities", "column": 1}},
        "background": "background.jsonl",
        "labels": {"count": {"group": "habits", "code": "R07"}, "amount": {"group": "habits"}},
    }
    (folder / "model.yaml").write_text(json.dumps(yaml, indent=2).replace('".nan"', ".nan") + "\n")
    line = lambda row: json.dumps({**row, "age": None if np.isnan(row["age"]) else row["age"]})
    rows = lambda frame: "".join(line(row) + "\n" for row in frame.to_dict("records"))
    (folder / "background.jsonl").write_text(rows(background))
    (OUT / name / "events.jsonl").write_text(rows(events))
    expected = {"fields": fields, "base": base, "contributions": phi.tolist(), "score": score.tolist()}
    (OUT / name / "expected.json").write_text(json.dumps(expected) + "\n")


def summed(phi, owners, fields):
    return np.stack([phi[:, [i for i, owner in enumerate(owners) if owner == field]].sum(axis=1) for field in fields], axis=1)


def inside(train, background, events):
    """One-hot encoder, imputer and scaler of scikit-learn are parts of the ONNX file."""
    numeric = ["amount", "age", "count"]
    before = ColumnTransformer(
        [
            ("words", OneHotEncoder(handle_unknown="ignore"), ["category", "country"]),
            ("numbers", make_pipeline(SimpleImputer(), StandardScaler()), numeric),
        ],
        sparse_threshold=0,
    )
    model = make_pipeline(before, GradientBoostingClassifier(n_estimators=30, max_depth=3, random_state=0)).fit(train, label(train))
    types = [(name, StringTensorType([None, 1]) if name in ("category", "country") else FloatTensorType([None, 1])) for name in train.columns]
    exported = to_onnx(model, initial_types=types, options={id(model): {"zipmap": False}}, target_opset={"": 18, "ai.onnx.ml": 3})
    owners = ["category"] * len(CATEGORIES) + ["country"] * len(COUNTRIES) + numeric
    put = lambda frame: before.transform(frame).astype(np.float32)
    explainer = shap.TreeExplainer(model[-1], data=put(background), feature_perturbation="interventional")
    fields = list(train.columns)
    inputs = {name: [{"field": name, "missing": ".nan"} if name == "age" else name] for name in fields}
    phi = summed(explainer.shap_values(put(events), check_additivity=False), owners, fields)
    write("inside", exported.SerializeToString(), inputs, background, events, fields, phi, float(np.ravel(explainer.expected_value)[0]), model.predict_proba(events)[:, 1])


def dropped(train, background, events):
    """The encoder leaves out the first category of each field, as linear models want it."""
    numeric = ["amount", "age", "count"]
    before = ColumnTransformer(
        [
            ("numbers", make_pipeline(SimpleImputer(strategy="median"), RobustScaler()), numeric),
            ("words", OneHotEncoder(drop="first"), ["category", "country"]),
        ],
        sparse_threshold=0,
    )
    model = make_pipeline(before, LogisticRegression()).fit(train, label(train))
    types = [(name, StringTensorType([None, 1]) if name in ("category", "country") else FloatTensorType([None, 1])) for name in train.columns]
    exported = to_onnx(model, initial_types=types, options={id(model): {"zipmap": False}}, target_opset={"": 18, "ai.onnx.ml": 3})
    owners = numeric + ["category"] * (len(CATEGORIES) - 1) + ["country"] * (len(COUNTRIES) - 1)
    explainer = shap.LinearExplainer(model[-1], before.transform(background))
    fields = list(train.columns)
    inputs = {name: [{"field": name, "missing": ".nan"} if name == "age" else name] for name in fields}
    phi = summed(explainer.shap_values(before.transform(events)), owners, fields)
    write("dropped", exported.SerializeToString(), inputs, background, events, fields, phi, float(np.ravel(explainer.expected_value)[0]), model.predict_proba(events)[:, 1])


def outside(train, background, events):
    """The columns of model.yaml are one-hot groups, an index of categories and transforms."""

    def put(frame):
        columns = [frame["category"] == one for one in CATEGORIES]
        columns += [frame["country"].map({c: i for i, c in enumerate(COUNTRIES)}), np.log1p(frame["amount"]), frame["age"].fillna(-1), frame["count"], frame["amount"]]
        return np.stack([np.asarray(column, dtype=np.float32) for column in columns], axis=1)

    owners = ["category"] * 3 + ["country", "amount", "age", "count", "amount"]
    fields = ["category", "country", "amount", "age", "count"]
    model = lgb.LGBMClassifier(n_estimators=30, num_leaves=15, random_state=0, verbose=-1).fit(put(train), label(train))
    exported = onnxmltools.convert_lightgbm(model, initial_types=[("x", MlFloat([None, 8]))], zipmap=False, target_opset=15)
    inputs = {
        "x": [
            {"field": "category", "oneHot": CATEGORIES},
            {"field": "country", "categories": COUNTRIES},
            {"field": "amount", "transform": "log1p"},
            {"field": "age", "missing": -1},
            "count",
            "amount",
        ]
    }
    explainer = shap.TreeExplainer(model, data=put(background), feature_perturbation="interventional")
    phi = summed(np.asarray(explainer.shap_values(put(events), check_additivity=False)), owners, fields)
    write("outside", exported.SerializeToString(), inputs, background, events, fields, phi, float(np.ravel(explainer.expected_value)[0]), model.predict_proba(put(events))[:, 1])


if __name__ == "__main__":
    OUT.mkdir(parents=True, exist_ok=True)
    (OUT / "event.avsc").write_text(json.dumps(SCHEMA) + "\n")
    given = sample(600, 1), sample(30, 2), sample(25, 3)
    inside(*given)
    dropped(*given)
    outside(*given)
