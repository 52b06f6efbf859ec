"""Writes the model of the end-to-end tests (not needed to run them): score = sigmoid(log(amount) + count * risk).

Small enough to compute by hand, and it answers NaN for a negative amount, as a model can.
Needs: onnx. Run: python make_bundle.py
"""
import hashlib
from pathlib import Path

from onnx import TensorProto, checker, helper

nodes = [
    helper.make_node("Split", ["features"], ["amount", "count", "risk"], axis=1, num_outputs=3),
    helper.make_node("Log", ["amount"], ["log_amount"]),
    helper.make_node("Mul", ["count", "risk"], ["exposure"]),
    helper.make_node("Add", ["log_amount", "exposure"], ["logit"]),
    helper.make_node("Sigmoid", ["logit"], ["score"]),
]
graph = helper.make_graph(
    nodes,
    "small",
    [helper.make_tensor_value_info("features", TensorProto.FLOAT, ["N", 3])],
    [helper.make_tensor_value_info("score", TensorProto.FLOAT, ["N", 1])],
)
model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=10)
checker.check_model(model)
data = model.SerializeToString()
folder = Path(__file__).parent / "bundle" / "1"
(folder / "model.onnx").write_bytes(data)
(folder / "model.yaml").write_text(
    f"""file: model.onnx
sha256: {hashlib.sha256(data).hexdigest()}
inputs:
  features:
    - amount
    - {{ field: count, missing: 0 }}
    - history.risk
outputs:
  score: {{ tensor: score }}
golden: golden.jsonl
warmup: [1, 64]
"""
)
