"""Writes the models of the end-to-end tests (not needed to run them): score = sigmoid(log(amount) + count * risk).

Small enough to compute by hand, and it answers NaN for a negative amount, as a model can. The heavy one multiplies
matrices for each row beside that, for nothing, for about 2 ms on one core.
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


def write(bundle: str, nodes: list, initializers: list, warmup: str, more: str = "") -> None:
    graph = helper.make_graph(
        nodes,
        "small",
        [helper.make_tensor_value_info("features", TensorProto.FLOAT, ["N", 3])],
        [helper.make_tensor_value_info("score", TensorProto.FLOAT, ["N", 1])],
        initializers,
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=10)
    checker.check_model(model)
    data = model.SerializeToString()
    folder = Path(__file__).parent / bundle / "1"
    folder.mkdir(parents=True, exist_ok=True)
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
{more}warmup: {warmup}
"""
    )


write("bundle", nodes, [], "[1, 64]", "golden: golden.jsonl\n")

WIDTH, TIMES = 1024, 80
constants = [
    helper.make_tensor("row", TensorProto.INT64, [2], [1, WIDTH]),
    helper.make_tensor("square", TensorProto.INT64, [2], [WIDTH, WIDTH]),
    helper.make_tensor("zero", TensorProto.FLOAT, [1], [0.0]),
]
small = helper.make_tensor("value", TensorProto.FLOAT, [1], [0.0005])
heavy = [
    *nodes[:-1],
    # Rows of numbers that depend on the event, so that nothing can be computed ahead; the minimum keeps them finite.
    helper.make_node("Abs", ["risk"], ["positive"]),
    helper.make_node("Min", ["positive", "zero"], ["nothing"]),
    helper.make_node("ConstantOfShape", ["row"], ["ones"], value=helper.make_tensor("value", TensorProto.FLOAT, [1], [1.0])),
    helper.make_node("Add", ["nothing", "ones"], ["work0"]),
    helper.make_node("ConstantOfShape", ["square"], ["matrix"], value=small),
    *(helper.make_node("MatMul", [f"work{i}", "matrix"], [f"work{i + 1}"]) for i in range(TIMES)),
    helper.make_node("ReduceMax", [f"work{TIMES}"], ["most"], keepdims=1),
    helper.make_node("Mul", ["most", "zero"], ["naught"]),
    helper.make_node("Add", ["logit", "naught"], ["sum"]),
    helper.make_node("Sigmoid", ["sum"], ["score"]),
]
write("bundle-heavy", heavy, constants, "[1]")
