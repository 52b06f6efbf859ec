"""The two models, each as (scores by its own library, ONNX bytes)."""
import re

import lightgbm as lgb
import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper
from onnxmltools import convert_lightgbm
from onnxmltools.convert.common.data_types import FloatTensorType
from sklearn.neural_network import MLPClassifier

SEED = 7


def train_lightgbm(train):
    booster = lgb.train(
        {"objective": "binary", "num_leaves": 31, "learning_rate": 0.08, "min_data_in_leaf": 50, "verbose": -1,
         "seed": SEED, "deterministic": True, "force_row_wise": True, "num_threads": 2},
        lgb.Dataset(train.x.astype(np.float64), train.y), num_boost_round=100)
    rounded, moved = round_thresholds_down(booster)
    model = convert_lightgbm(rounded, initial_types=[("features", FloatTensorType([None, train.x.shape[1]]))],
                             zipmap=False, target_opset=15, name="lightgbm")
    print(f"thresholds that rounding to nearest would have moved up: {moved}")
    return lambda x: booster.predict(x.astype(np.float64)), only_output(model, "probabilities")


def round_thresholds_down(booster):
    """ONNX holds thresholds as float32. Rounded to the nearest, some grow past a feature's value and send its row the
    other way; rounded down, x <= t decides the same for every float32 x."""
    moved = 0

    def down(match):
        nonlocal moved
        values = []
        for text in match[2].split():
            exact = float(text)
            t = np.float32(exact)
            if float(t) > exact:
                moved += 1
                t = np.nextafter(t, np.float32(-np.inf))
            values.append(repr(float(t)))
        return match[1] + " ".join(values)

    text = re.sub(r"^(threshold=)(.*)$", down, booster.model_to_string(), flags=re.M)
    text = re.sub(r"^tree_sizes=.*\n", "", text, flags=re.M)  # lengths of the trees' texts, which have changed
    return lgb.Booster(model_str=text), moved


def only_output(model, name):
    """Keeps one output: what is not declared is not computed for the caller."""
    keep = [output for output in model.graph.output if output.name == name]
    del model.graph.output[:]
    model.graph.output.extend(keep)
    # The converter lists these in the order of a set, which differs from run to run.
    opsets = sorted(model.opset_import, key=lambda opset: opset.domain)
    del model.opset_import[:]
    model.opset_import.extend(opsets)
    onnx.checker.check_model(model)
    return model.SerializeToString()


def train_network(train):
    rng = np.random.default_rng(SEED)
    fraud = np.flatnonzero(train.y == 1)
    legitimate = rng.choice(np.flatnonzero(train.y == 0), 30 * len(fraud), replace=False)
    rows = rng.permutation(np.concatenate([fraud, legitimate]))
    mean = train.x.mean(axis=0, dtype=np.float64).astype(np.float32)
    std = train.x.std(axis=0, dtype=np.float64).astype(np.float32)
    mlp = MLPClassifier((32, 16), max_iter=25, random_state=SEED, early_stopping=True, batch_size=512)
    mlp.fit((train.x[rows] - mean) / std, train.y[rows])
    return lambda x: mlp.predict_proba((x - mean) / std)[:, 1], network_onnx(mlp, mean, std)


def network_onnx(mlp, mean, std):
    """Scaling, two hidden layers with ReLU, and probabilities of both classes, all inside the graph."""
    constants = {"mean": mean, "std": std, "one": np.ones(1, np.float32)}
    nodes = [helper.make_node("Sub", ["features", "mean"], ["centred"]),
             helper.make_node("Div", ["centred", "std"], ["h0"])]
    for i, (w, b) in enumerate(zip(mlp.coefs_, mlp.intercepts_)):
        constants[f"w{i}"], constants[f"b{i}"] = w.astype(np.float32), b.astype(np.float32)
        last = i == len(mlp.coefs_) - 1
        nodes.append(helper.make_node("Gemm", [f"h{i}", f"w{i}", f"b{i}"], ["logit" if last else f"z{i}"]))
        if not last:
            nodes.append(helper.make_node("Relu", [f"z{i}"], [f"h{i + 1}"]))
    nodes += [helper.make_node("Sigmoid", ["logit"], ["fraud"]),
              helper.make_node("Sub", ["one", "fraud"], ["legitimate"]),
              helper.make_node("Concat", ["legitimate", "fraud"], ["probabilities"], axis=1)]
    graph = helper.make_graph(
        nodes, "network",
        [helper.make_tensor_value_info("features", TensorProto.FLOAT, ["N", len(mean)])],
        [helper.make_tensor_value_info("probabilities", TensorProto.FLOAT, ["N", 2])],
        [numpy_helper.from_array(v, k) for k, v in constants.items()])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=10)
    onnx.checker.check_model(model)
    return model.SerializeToString()
