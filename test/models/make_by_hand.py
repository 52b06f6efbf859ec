"""Models that no exporter of the suite writes in small: weights that really stand in a file beside the model, and text by ONNX's own operators.

Run alone, this writes only its own bundles, and needs only numpy, onnx and onnxruntime; it takes the weights of the committed torch-dynamic.
"""
import tempfile
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto as T
from onnx import checker, helper, numpy_helper

from make_bundles import FOLDER, write
from make_events import WORDS

FEATURES = ["amount", "age", "balance", "merchant.risk"]


def put_beside(file, model):
    """Every weight goes into model.onnx.data, as exporters do with weights that are large enough."""
    beside = file.parent / "model.onnx.data"
    beside.unlink(missing_ok=True)
    onnx.save_model(model, str(file), save_as_external_data=True, all_tensors_to_one_file=True, location=beside.name, size_threshold=0, convert_attribute=True)


def beside():
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "model.onnx"
        put_beside(file, onnx.load(str(FOLDER / "torch-dynamic" / "1" / "model.onnx")))
        write("torch-dynamic-beside", file, {"features": FEATURES})


def zipmap_beside():
    """A ZipMap is taken off in memory, and a model in memory has to be told where its weights are."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "model.onnx"
        rng = np.random.default_rng(3)
        scale = numpy_helper.from_array(np.array([[0.02], [0.01], [0.001], [1]], np.float32) @ np.ones((1, 3), np.float32) * rng.normal(0, 1, (4, 3)).astype(np.float32), "weights")
        pairs = helper.make_map_type_proto(T.STRING, helper.make_tensor_type_proto(T.FLOAT, []))
        nodes = [
            helper.make_node("MatMul", ["features", "weights"], ["logits"]),
            helper.make_node("Softmax", ["logits"], ["probabilities"], axis=1),
            helper.make_node("ZipMap", ["probabilities"], ["output_probability"], domain="ai.onnx.ml", classlabels_strings=["high", "low", "mid"]),
        ]
        graph = helper.make_graph(
            nodes,
            "zipmap",
            [helper.make_tensor_value_info("features", T.FLOAT, ["N", 4])],
            [helper.make_value_info("output_probability", helper.make_sequence_type_proto(pairs))],
            [scale],
        )
        put_beside(file, helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18), helper.make_opsetid("ai.onnx.ml", 3)], ir_version=10))
        write("onnx-zipmap-beside", file, {"features": FEATURES}, classes=["high", "low", "mid"])


def text():
    """Words split and counted by ONNX's own operators; a batch is as wide as its longest text."""
    rng = np.random.default_rng(5)
    nodes = [
        helper.make_node("StringSplit", ["text"], ["words", "counts"], delimiter=" "),
        helper.make_node("Squeeze", ["words", "one"], ["flat"]),
        helper.make_node(
            "TfIdfVectorizer", ["flat"], ["found"], mode="TF", min_gram_length=1, max_gram_length=1, max_skip_count=0, ngram_counts=[0], ngram_indexes=list(range(len(WORDS))), pool_strings=WORDS
        ),
        helper.make_node("MatMul", ["found", "weights"], ["logit"]),
        helper.make_node("Sigmoid", ["logit"], ["score"]),
    ]
    constants = [numpy_helper.from_array(rng.normal(0, 1, (len(WORDS), 1)).astype(np.float32), "weights"), numpy_helper.from_array(np.array([1]), "one")]
    graph = helper.make_graph(nodes, "text", [helper.make_tensor_value_info("text", T.STRING, ["N", 1])], [helper.make_tensor_value_info("score", T.FLOAT, ["N", 1])], constants)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)], ir_version=10)
    checker.check_model(model)
    write("onnx-text", model.SerializeToString(), {"text": ["text"]})


def by_hand():
    beside()
    zipmap_beside()
    text()


if __name__ == "__main__":
    import shutil

    for name in ["torch-dynamic-beside", "onnx-zipmap-beside", "onnx-text"]:
        shutil.rmtree(FOLDER / name, ignore_errors=True)
    by_hand()
