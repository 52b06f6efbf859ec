"""
Writes test/data/tree-shap-goldens.json.gz: small models of LightGBM, XGBoost and scikit-learn as ONNX
with covers, rows, and what shap.TreeExplainer says of them, against a background and by covers.
test/unit/explain/trees/goldens.test.ts compares.

usage: python scripts/goldens/tree_shap.py
(needs shap, lightgbm, xgboost, scikit-learn, onnxmltools and skl2onnx)
"""

import base64
import gzip
import json
import sys
from pathlib import Path

import lightgbm as lgb
import numpy as np
import onnx
import onnxmltools
import shap
import skl2onnx.common._container
import xgboost as xgb
from onnxmltools.convert.common.data_types import FloatTensorType as MlFloat
from skl2onnx import to_onnx
from skl2onnx.common.data_types import FloatTensorType
from sklearn.ensemble import (
    ExtraTreesRegressor,
    GradientBoostingClassifier,
    GradientBoostingRegressor,
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
    RandomForestClassifier,
    RandomForestRegressor,
)
from sklearn.tree import DecisionTreeClassifier

ROOT = Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "models" / "training"))
from covers import fill_covers  # noqa: E402

FEATURES = 6
ROWS = 24
BACKGROUND = 20
RNG = np.random.default_rng(19)


def data(missing=False, categories=False, rows=800):
    x = RNG.normal(size=(rows, FEATURES)).astype(np.float32)
    x[:, 1] = np.round(x[:, 1] * 2)
    x[:, 4] = RNG.integers(0, 9, rows)
    raw = 1.5 * x[:, 0] * (x[:, 1] > 0) + np.sin(x[:, 2] * 2) - 0.5 * x[:, 3] * x[:, 0]
    raw += np.isin(x[:, 4], [1, 3, 7]) * 1.5
    raw += RNG.normal(size=rows) * 0.3
    if missing:
        x[RNG.random(x.shape) < 0.15] = np.nan
    if categories:
        x[:, 4] = np.nan_to_num(x[:, 4], nan=8)
    return x, raw


def binary(raw):
    return (raw > 0.5).astype(int)


def three(raw):
    return np.digitize(raw, [-0.5, 1])


def light(model, **more):
    return onnxmltools.convert_lightgbm(
        model, initial_types=[("X", MlFloat([None, FEATURES]))], target_opset=15, **more
    )


def extreme(model):
    return onnxmltools.convert_xgboost(
        model, initial_types=[("X", MlFloat([None, FEATURES]))], target_opset=15
    )


def plain_number(value):
    return int(value) if isinstance(value, (bool, np.bool_, np.integer)) else value


def make_node(*given, **attributes):
    """Newer versions of onnx refuse truth values among the integers, which skl2onnx writes."""
    plain = {
        name: [plain_number(value) for value in values] if isinstance(values, list) else values
        for name, values in attributes.items()
    }
    return onnx.helper.make_node(*given, **plain)


skl2onnx.common._container.make_node = make_node


def sk(model):
    options = {id(model): {"zipmap": False}} if hasattr(model, "classes_") else None
    return to_onnx(
        model,
        initial_types=[("X", FloatTensorType([None, FEATURES]))],
        options=options,
        target_opset={"": 18, "ai.onnx.ml": 3},
    )


def models():
    small = dict(n_estimators=10, num_leaves=12, verbose=-1, random_state=0)
    x, raw = data(missing=True)
    tensor = {"zipmap": False}
    yield "lightgbm-binary", lgb.LGBMClassifier(**small).fit(x, binary(raw)), light, x, 1, tensor
    yield "lightgbm-regressor", lgb.LGBMRegressor(**small).fit(x, raw), light, x, 0, {}
    yield "lightgbm-multi", lgb.LGBMClassifier(**{**small, "n_estimators": 5}).fit(x, three(raw)), light, x, 2, tensor
    cx, craw = data(categories=True)
    sets = lgb.LGBMClassifier(**small, min_data_per_group=5, cat_smooth=1, max_cat_to_onehot=1)
    yield "lightgbm-categories", sets.fit(cx, binary(craw), categorical_feature=[4]), light, cx, 1, tensor
    boosted = dict(n_estimators=10, max_depth=4, random_state=0)
    yield "xgboost-binary", xgb.XGBClassifier(**boosted).fit(x, binary(raw)), extreme, x, 1, {}
    yield "xgboost-regressor", xgb.XGBRegressor(**boosted).fit(x, raw), extreme, x, 0, {}
    yield "xgboost-multi", xgb.XGBClassifier(**{**boosted, "n_estimators": 5}).fit(x, three(raw)), extreme, x, 1, {}
    hx, hraw = data(missing=True)
    hist = dict(max_iter=8, max_leaf_nodes=10, random_state=0)
    yield "sklearn-histogram", HistGradientBoostingClassifier(**hist).fit(hx, binary(hraw)), sk, hx, 1, {}
    yield "sklearn-histogram-regressor", HistGradientBoostingRegressor(**hist).fit(hx, hraw), sk, hx, 0, {}
    x, raw = data()
    grown = dict(n_estimators=8, max_depth=3, random_state=0)
    yield "sklearn-boosting", GradientBoostingClassifier(**grown).fit(x, binary(raw)), sk, x, 1, {}
    yield "sklearn-boosting-regressor", GradientBoostingRegressor(**grown).fit(x, raw), sk, x, 0, {}
    forest = dict(n_estimators=6, max_depth=5, random_state=0)
    yield "sklearn-forest", RandomForestClassifier(**forest).fit(x, binary(raw)), sk, x, 1, {}
    yield "sklearn-forest-multi", RandomForestClassifier(**forest).fit(x, three(raw)), sk, x, 0, {}
    yield "sklearn-forest-regressor", RandomForestRegressor(**forest).fit(x, raw), sk, x, 0, {}
    yield "sklearn-extra-trees", ExtraTreesRegressor(**forest).fit(x, raw), sk, x, 0, {}
    yield "sklearn-tree", DecisionTreeClassifier(max_depth=5, random_state=0).fit(x, three(raw)), sk, x, 1, {}


def chosen(explainer, rows, column):
    """The contributions and the base of one column; some models have only one."""
    values = np.asarray(explainer.shap_values(rows))
    base = np.ravel(explainer.expected_value)
    if values.ndim == 3:
        return values[:, :, column].tolist(), float(base[column])
    return values.tolist(), float(base[-1])


def plain(rows):
    return [[None if np.isnan(value) else float(value) for value in row] for row in rows]


def main():
    goldens = []
    for name, model, convert, x, column, more in models():
        made = fill_covers(convert(model, **more), model)
        rows = x[-ROWS:].astype(np.float32)
        background = x[:BACKGROUND].astype(np.float32)
        wide = rows.astype(np.float64)
        phi, base = chosen(
            shap.TreeExplainer(model, feature_perturbation="tree_path_dependent"), wide, column
        )
        golden = {
            "name": name,
            "model": base64.b64encode(made.SerializeToString()).decode(),
            "output": made.graph.output[-1].name,
            "column": column,
            "rows": plain(rows),
            "covers": {"phi": phi, "base": base},
        }
        if name != "lightgbm-categories":  # shap refuses categories against a background
            phi, base = chosen(
                shap.TreeExplainer(
                    model,
                    data=background.astype(np.float64),
                    feature_perturbation="interventional",
                    model_output="raw",
                ),
                wide,
                column,
            )
            if name == "xgboost-multi":
                # shap 0.51 adds the start of the first class to all, so its sums are not the margins
                base = float(model.predict(background, output_margin=True).mean(axis=0)[column])
            golden["background"] = {"rows": plain(background), "phi": phi, "base": base}
        goldens.append(golden)
        print(name, len(golden["model"]), file=sys.stderr)
    text = json.dumps(goldens, separators=(",", ":")) + "\n"
    path = ROOT / "test" / "data" / "tree-shap-goldens.json.gz"
    path.write_bytes(gzip.compress(text.encode(), mtime=0))
    print(path.stat().st_size, file=sys.stderr)


if __name__ == "__main__":
    main()
