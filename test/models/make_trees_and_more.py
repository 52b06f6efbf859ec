"""Models of sklearn, LightGBM, XGBoost and CatBoost, in their converters' default and recommended exports."""
import tempfile
from pathlib import Path

import lightgbm as lgb
import numpy as np
import onnxmltools
import pandas as pd
import xgboost as xgb
from catboost import CatBoostClassifier, CatBoostRegressor
from onnxmltools.convert.common.data_types import FloatTensorType as MlFloat
from skl2onnx import to_onnx
from skl2onnx.common.data_types import DoubleTensorType, FloatTensorType, Int64TensorType, StringTensorType
from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import GradientBoostingRegressor, HistGradientBoostingClassifier, IsolationForest, RandomForestClassifier, StackingClassifier
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsRegressor
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from sklearn.svm import SVC, OneClassSVM
from sklearn.tree import DecisionTreeClassifier

from make_bundles import EVENTS, binary, matrix, target, three, write

FEATURES = ["amount", "age", "balance", "merchant.risk"]
X = matrix(*FEATURES)
NAMES = np.array(["low", "mid", "high"])


def sk(name, model, inputs=None, types=None, options=None, **more):
    types = types or [("X", FloatTensorType([None, X.shape[1]]))]
    exported = to_onnx(model, initial_types=types, options=options, target_opset={"": 18, "ai.onnx.ml": 3})
    write(name, exported.SerializeToString(), inputs or {"X": FEATURES}, **more)


def sklearn_models():
    forest = dict(n_estimators=8, max_depth=4, random_state=0)
    sk("sklearn-logistic", LogisticRegression(max_iter=500).fit(X, binary()))
    model = LogisticRegression(max_iter=500).fit(X, binary())
    sk("sklearn-logistic-tensor", model, options={id(model): {"zipmap": False}})
    model = LogisticRegression(max_iter=500).fit(X, binary())
    sk("sklearn-raw-scores", model, options={id(model): {"zipmap": False, "raw_scores": True}})
    sk("sklearn-forest-names", RandomForestClassifier(**forest).fit(X, NAMES[three()]), classes=sorted(NAMES), exact=True)
    model = RandomForestClassifier(**forest).fit(X, binary())
    sk("sklearn-forest-tensor", model, options={id(model): {"zipmap": False}}, exact=True)
    sk("sklearn-tree-numbers", DecisionTreeClassifier(max_depth=4).fit(X, three() * 10), classes=["0", "10", "20"], exact=True)
    model = GradientBoostingRegressor(n_estimators=12, max_depth=3, random_state=0).fit(X, target())
    sk("sklearn-boosting-regressor", model, exact=True)
    sk("sklearn-isolation-forest", IsolationForest(n_estimators=10, max_samples=64, random_state=0).fit(X), served="scores")
    sk("sklearn-one-class-svm", OneClassSVM(nu=0.05).fit(X[:60]), served="scores")
    model = make_pipeline(StandardScaler(), MLPClassifier((6,), max_iter=300, random_state=0)).fit(X, NAMES[three()])
    sk("sklearn-mlp-names", model, options={id(model): {"zipmap": False}}, classes=sorted(NAMES))
    x64 = X.astype(np.float64)
    sk("sklearn-double", LinearRegression().fit(x64, target()), types=[("X", DoubleTensorType([None, 4]))])
    missing = [*FEATURES, {"field": "limit", "missing": float("nan")}]
    model = HistGradientBoostingClassifier(max_iter=10, max_depth=3, random_state=0).fit(matrix(*missing), binary())
    sk("sklearn-histogram-missing", model, {"X": missing}, [("X", FloatTensorType([None, 5]))], exact=True)
    sk("sklearn-neighbours", KNeighborsRegressor(3).fit(X[:40], target()[:40]))
    sk("sklearn-bayes", GaussianNB().fit(X, three()), classes=["0", "1", "2"])
    whole = matrix("age", "count", dtype=np.int64)
    model = make_pipeline(StandardScaler(), LogisticRegression()).fit(whole, binary())
    sk("sklearn-int64", model, {"X": ["age", "count"]}, [("X", Int64TensorType([None, 2]))])
    model = SVC(probability=True, random_state=0).fit(StandardScaler().fit_transform(X)[:80], binary()[:80])
    sk("sklearn-svc", model)
    model = CalibratedClassifierCV(DecisionTreeClassifier(max_depth=3), cv=2).fit(X, binary())
    sk("sklearn-calibrated", model)
    base = [("tree", DecisionTreeClassifier(max_depth=3)), ("bayes", GaussianNB())]
    sk("sklearn-stacking", StackingClassifier(base, LogisticRegression(), cv=2).fit(X, NAMES[three()]), classes=sorted(NAMES))
    columns()
    text()


def columns():
    """A pipeline over a table: one input per column, some of them strings."""
    rows = [{"amount": e["amount"], "age": e["age"], "country": e["country"], "category": e["category"] or "none"} for e in EVENTS]
    table = pd.DataFrame(rows).astype({"country": object, "category": object})
    encode = ColumnTransformer([("n", StandardScaler(), ["amount", "age"]), ("c", OneHotEncoder(handle_unknown="ignore"), ["country", "category"])])
    types = [("amount", FloatTensorType([None, 1])), ("age", Int64TensorType([None, 1])), ("country", StringTensorType([None, 1])), ("category", StringTensorType([None, 1]))]
    inputs = {"amount": ["amount"], "age": ["age"], "country": ["country"], "category": [{"field": "category", "missing": "none"}]}
    sk("sklearn-columns", make_pipeline(encode, LogisticRegression()).fit(table, binary()), inputs, types)
    model = make_pipeline(encode, RandomForestClassifier(n_estimators=6, max_depth=4, random_state=0)).fit(table, NAMES[three()])
    sk("sklearn-columns-forest", model, inputs, types, classes=sorted(NAMES))


def text():
    texts = np.array([e["text"] for e in EVENTS]).reshape(-1, 1)
    model = make_pipeline(TfidfVectorizer(token_pattern="[a-z]+", lowercase=False), LogisticRegression()).fit(texts[:, 0], binary())
    types = [("text", StringTensorType([None, 1]))]
    options = {TfidfVectorizer: {"tokenexp": "[a-z]+"}}
    sk("sklearn-text", model, {"text": ["text"]}, types, options=options)


def boosted():
    number = [("input", MlFloat([None, 4]))]
    inputs = {"input": FEATURES}
    small = dict(n_estimators=10, max_depth=3)
    fit = dict(verbose=-1, num_leaves=7, min_child_samples=5, random_state=0, **small)

    def light(name, model, **more):
        exported = onnxmltools.convert_lightgbm(model, initial_types=number, target_opset=15, **more.pop("convert", {}))
        write(name, exported.SerializeToString(), inputs, exact=True, **more)

    light("lightgbm-binary", lgb.LGBMClassifier(**fit).fit(X, binary()))
    light("lightgbm-binary-tensor", lgb.LGBMClassifier(**fit).fit(X, binary()), convert={"zipmap": False})
    light("lightgbm-multi", lgb.LGBMClassifier(**fit).fit(X, three()), classes=["0", "1", "2"])
    light("lightgbm-regressor", lgb.LGBMRegressor(**fit).fit(X, target()))

    def extreme(name, model, **more):
        exported = onnxmltools.convert_xgboost(model, initial_types=number, target_opset=15)
        write(name, exported.SerializeToString(), inputs, exact=True, **more)

    extreme("xgboost-binary", xgb.XGBClassifier(**small).fit(X, binary()))
    extreme("xgboost-multi", xgb.XGBClassifier(**small).fit(X, three()), classes=["0", "1", "2"])
    extreme("xgboost-regressor", xgb.XGBRegressor(**small).fit(X, target()))

    with tempfile.TemporaryDirectory() as folder:
        for name, model, y, more in [
            ("catboost-binary", CatBoostClassifier, binary(), {}),
            ("catboost-multi", CatBoostClassifier, NAMES[three()], {"classes": sorted(NAMES)}),
            ("catboost-regressor", CatBoostRegressor, target(), {}),
        ]:
            file = Path(folder) / name / "model.onnx"
            file.parent.mkdir()
            model(iterations=10, depth=3, verbose=0, allow_writing_files=False, random_seed=0).fit(X, y).save_model(str(file), format="onnx")
            write(name, file, {"features": FEATURES}, exact=True, **more)
