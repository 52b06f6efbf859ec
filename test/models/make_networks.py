"""Networks of PyTorch and Keras, as their exporters write them: fixed batch, dynamic batch, weights in a file beside the model."""
import os
import tempfile
from pathlib import Path

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import numpy as np
import torch

from make_bundles import matrix, write

FEATURES = ["amount", "age", "balance", "merchant.risk"]
X = matrix(*FEATURES)
MEAN, STD = torch.tensor(X.mean(0)), torch.tensor(X.std(0))


class Net(torch.nn.Module):
    def __init__(self, outputs=1, last=None):
        super().__init__()
        self.layers = torch.nn.Sequential(torch.nn.Linear(4, 8), torch.nn.ReLU(), torch.nn.Linear(8, outputs))
        self.last = last or torch.nn.Sigmoid()

    def forward(self, features):
        return self.last(self.layers((features - MEAN) / STD))


class Flat(torch.nn.Module):
    """[N] in and out."""

    def forward(self, amount, count, known):
        return torch.sigmoid(torch.log1p(amount) - count.to(torch.float32) * 0.1 + torch.where(known, 0.5, -0.5))


def export(name, model, inputs, example, dynamic=None, beside=False, fixed=None, outputs=None, **more):
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "model.onnx"
        torch.onnx.export(
            model.eval(), example, str(file), input_names=list(inputs), output_names=["score"], dynamic_shapes=dynamic, external_data=beside, dynamo=True, verbose=False
        )
        write(name, file, inputs, fixed=fixed, outputs=outputs, **more)


def torch_models():
    torch.manual_seed(0)
    inputs = {"features": FEATURES}
    dynamic = ({0: torch.export.Dim("batch")},)
    export("torch-one-row", Net(), inputs, (torch.zeros(1, 4),), beside=True, fixed=1)
    export("torch-eight-rows", Net(), inputs, (torch.zeros(8, 4),), fixed=8)
    export("torch-dynamic", Net(), inputs, (torch.zeros(2, 4),), dynamic)
    names = ["low", "mid", "high"]
    export("torch-softmax", Net(3, torch.nn.Softmax(-1)), inputs, (torch.zeros(2, 4),), dynamic, outputs={"classes": names}, classes=names)
    export("torch-vector-out", torch.nn.Sequential(Net(), torch.nn.Flatten(0)), inputs, (torch.zeros(2, 4),), dynamic)
    batch = torch.export.Dim("batch")
    flat = (torch.zeros(2), torch.zeros(2, dtype=torch.int32), torch.zeros(2, dtype=torch.bool))
    export("torch-flat", Flat(), {"amount": ["amount"], "count": ["age"], "known": ["known"]}, flat, ({0: batch}, {0: batch}, {0: batch}))
    double = Net().double()
    export("torch-double", double, inputs, (torch.zeros(2, 4, dtype=torch.float64),), dynamic)


def keras_models():
    import keras

    keras.utils.set_random_seed(0)

    def convert(name, model, example, inputs, **more):
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "model.onnx"
            model(example)
            model.export(str(file), format="onnx", verbose=False)
            write(name, file, inputs, **more)

    layers = keras.layers
    model = keras.Sequential([layers.Input((4,), name="features"), layers.Rescaling(0.001), layers.Dense(8, "relu"), layers.Dense(1, "sigmoid")])
    convert("keras-sigmoid", model, X[:2], {"features": FEATURES})
    model = keras.Sequential([layers.Input((4,), name="features"), layers.Rescaling(0.001), layers.Dense(3, "softmax")])
    names = ["low", "mid", "high"]
    convert("keras-softmax", model, X[:2], {"features": FEATURES}, outputs={"classes": names, "score": {"tensor": "Identity:0", "column": 2}}, classes=names, column=2)
    a, b = layers.Input((1,), name="amount"), layers.Input((1,), name="age")
    joined = layers.Dense(1, "sigmoid")(layers.Concatenate()([layers.Rescaling(0.01)(a), layers.Rescaling(0.01)(b)]))
    convert("keras-columns", keras.Model([a, b], joined), [X[:2, :1], X[:2, 1:2]], {"amount": ["amount"], "age": ["age"]})
