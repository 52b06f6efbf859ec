"""
The other side of `npm run bench -- shap`: trains the models, and explains rows when it is asked.

usage: python bench/explain_trees.py FOLDER
(needs shap, lightgbm, xgboost, scikit-learn and onnxmltools)

Writes to FOLDER: NAME.onnx with covers, rows.f32 and background.f32. Then it answers each line `NAME LIBRARY MODE
ROWS` with a line of JSON: seconds of CPU for that many rows. It writes what it found to FOLDER/found.f64.
"""

import json
import sys
import time
import warnings
from pathlib import Path

import lightgbm as lgb
import numpy as np
import onnx
import onnxmltools
import shap
import xgboost as xgb
from onnxmltools.convert.common.data_types import FloatTensorType

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "models" / "training"))
from covers import fill_covers  # noqa: E402

FEATURES = 15
ROWS = 100_000
WRITTEN = 8192
BACKGROUND = 100
warnings.filterwarnings("ignore")


def data():
    """Amounts, counts, hours, rare risks: as the features of the example, but without its simulator."""
    rng = np.random.default_rng(1)
    x = rng.normal(size=(ROWS, FEATURES)).astype(np.float32)
    x[:, 1] = x[:, 1] > 0
    x[:, 2] = rng.integers(0, 24, ROWS)
    for column, mean in ((3, 3), (5, 15), (7, 60)):
        x[:, column] = rng.poisson(mean, ROWS)
    x[:, 0] = np.exp(x[:, 0]) * 40
    x[:, 4] = np.exp(x[:, 4] * 0.8) * 50
    for column in (10, 12, 14):
        x[:, column] = np.round(rng.beta(1, 30, ROWS), 3)
    z = (x - x.mean(axis=0)) / x.std(axis=0)
    raw = z @ rng.normal(size=FEATURES) * 0.5 + z[:, 0] * z[:, 4] * 0.7 + np.sin(z[:, 2] * 2) * z[:, 9]
    raw += np.where(z[:, 10] > 1, 2, 0) * (z[:, 0] > 0.3) + rng.normal(size=ROWS)
    return x, (raw > 2).astype(int)


def models(x, y):
    types = [("X", FloatTensorType([None, FEATURES]))]
    for trees in (100, 200):
        model = lgb.LGBMClassifier(
            n_estimators=trees, num_leaves=31, learning_rate=0.05, verbose=-1, n_jobs=1, random_state=0
        ).fit(x, y)
        made = onnxmltools.convert_lightgbm(model, initial_types=types, target_opset=15, zipmap=False)
        yield f"lightgbm-{trees}", model.booster_, made
    model = xgb.XGBClassifier(n_estimators=100, max_depth=5, learning_rate=0.1, n_jobs=1, random_state=0).fit(x, y)
    made = onnxmltools.convert_xgboost(model, initial_types=types, target_opset=15)
    model.get_booster().set_param({"nthread": 1})
    yield "xgboost-100", model.get_booster(), made


def library(model, x):
    """The library's own contributions."""
    if isinstance(model, lgb.Booster):
        return lambda rows: model.predict(x[:rows], pred_contrib=True, num_threads=1)[:, :-1]
    return lambda rows: model.predict(xgb.DMatrix(x[:rows], nthread=1), pred_contribs=True)[:, :-1]


def own(model, x, background):
    """What shap computes itself: without this word, it would call the library."""
    explainer = (
        shap.TreeExplainer(model, feature_perturbation="tree_path_dependent")
        if background is None
        else shap.TreeExplainer(model, data=background, feature_perturbation="interventional", model_output="raw")
    )
    explainer.model.model_type = "internal"
    return lambda rows: explainer.shap_values(x[:rows], check_additivity=False)


def main(folder):
    x, y = data()
    rows, background = x[:WRITTEN], x[-BACKGROUND:]
    rows.tofile(folder / "rows.f32")
    background.tofile(folder / "background.f32")
    wide = rows.astype(np.float64)
    explain = {}
    for name, model, made in models(x, y):
        onnx.save(fill_covers(made, model), folder / f"{name}.onnx")
        explain[name, "library", "covers"] = library(model, wide)
        explain[name, "shap", "covers"] = own(model, wide, None)
        explain[name, "shap", "background"] = own(model, wide, background.astype(np.float64))
    versions = {"shap": shap.__version__, "LightGBM": lgb.__version__, "XGBoost": xgb.__version__}
    print(json.dumps({"versions": versions}), flush=True)
    for line in sys.stdin:
        name, by, mode, count = line.split()
        start = time.process_time()
        found = np.asarray(explain[name, by, mode](int(count)))
        seconds = time.process_time() - start
        if found.ndim == 3:
            found = found[:, :, -1]
        found.astype("<f8").tofile(folder / "found.f64")
        print(json.dumps({"seconds": seconds}), flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
