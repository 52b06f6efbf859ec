"""Writes the small models of the infer tests into data/ (not needed to run the tests).

Each has one trait that a model in the wild may have, and a formula short enough to compute by hand in the test.
Needs: onnx. Run: python make_basic.py
"""
from pathlib import Path

from onnx import TensorProto as T
from onnx import checker, helper

DATA = Path(__file__).parent / "data"
OPSETS = [helper.make_opsetid("", 18), helper.make_opsetid("ai.onnx.ml", 3)]


def write(name, nodes, inputs, outputs, constants=(), opsets=OPSETS, good=True):
    graph = helper.make_graph(nodes, name, inputs, outputs, initializer=list(constants))
    model = helper.make_model(graph, opset_imports=opsets, ir_version=10, producer_name="")
    if good:
        checker.check_model(model)
    (DATA / f"{name}.onnx").write_bytes(model.SerializeToString())


def tensor(name, kind, shape):
    return helper.make_tensor_value_info(name, kind, shape)


def node(operator, inputs, outputs, **attributes):
    return helper.make_node(operator, inputs, outputs, **attributes)


def cast(source, target, to=T.FLOAT):
    return node("Cast", [source], [target], to=to)


# features [N,3] @ [[1,2],[3,4],[5,6]] -> probabilities [N,2], beside a label that is not a number with a fraction
weights = helper.make_tensor("weights", T.FLOAT, [3, 2], [1, 2, 3, 4, 5, 6])
write(
    "matrix",
    [
        node("MatMul", ["features", "weights"], ["probabilities"]),
        node("ArgMax", ["probabilities"], ["label"], axis=1, keepdims=0),
    ],
    [tensor("features", T.FLOAT, ["N", 3])],
    [tensor("label", T.INT64, ["N"]), tensor("probabilities", T.FLOAT, ["N", 2])],
    [weights],
)

# one input per column: score = amount + 10 * risk
ten = helper.make_tensor("ten", T.FLOAT, [1], [10])
write(
    "columns",
    [node("Mul", ["risk", "ten"], ["tens"]), node("Add", ["amount", "tens"], ["score"])],
    [tensor("amount", T.FLOAT, ["N", 1]), tensor("risk", T.FLOAT, ["N", 1])],
    [tensor("score", T.FLOAT, ["N", 1])],
    [ten],
)

# [N] in, [N] out: score = 10 * x
write(
    "flat",
    [node("Mul", ["x", "ten"], ["score"])],
    [tensor("x", T.FLOAT, ["N"])],
    [tensor("score", T.FLOAT, ["N"])],
    [ten],
)

# float64 all the way: score = a - b, exact where float32 would round
minus = helper.make_tensor("minus", T.DOUBLE, [2, 1], [1, -1])
write(
    "double",
    [node("MatMul", ["features", "minus"], ["score"])],
    [tensor("features", T.DOUBLE, ["N", 2])],
    [tensor("score", T.DOUBLE, ["N", 1])],
    [minus],
)

# int64, int32 and bool in, each [N,1]: score = count + age + 100 * flag
hundred = helper.make_tensor("hundred", T.FLOAT, [1], [100])
write(
    "integers",
    [
        cast("count", "c"),
        cast("age", "a"),
        cast("flag", "f"),
        node("Mul", ["f", "hundred"], ["h"]),
        node("Sum", ["c", "a", "h"], ["score"]),
    ],
    [tensor("count", T.INT64, ["N", 1]), tensor("age", T.INT32, ["N", 1]), tensor("flag", T.BOOL, ["N", 1])],
    [tensor("score", T.FLOAT, ["N", 1])],
    [hundred],
)

# text in: grocery -> 1, travel -> 2, anything else -> -1
write(
    "text",
    [
        node(
            "LabelEncoder",
            ["category"],
            ["score"],
            domain="ai.onnx.ml",
            keys_strings=["grocery", "travel"],
            values_floats=[1.0, 2.0],
            default_float=-1.0,
        )
    ],
    [tensor("category", T.STRING, ["N", 1])],
    [tensor("score", T.FLOAT, ["N", 1])],
)

# NaN for a negative number, -infinity for zero
write("logarithm", [node("Log", ["x"], ["score"])], [tensor("x", T.FLOAT, ["N", 1])], [tensor("score", T.FLOAT, ["N", 1])])

# the converters' default: a sequence of maps from class to probability
pairs = helper.make_map_type_proto(T.INT64, helper.make_tensor_type_proto(T.FLOAT, []))
write(
    "zipmap",
    [
        node("MatMul", ["features", "weights"], ["raw"]),
        node("ZipMap", ["raw"], ["output_probability"], domain="ai.onnx.ml", classlabels_int64s=[0, 1]),
    ],
    [tensor("features", T.FLOAT, ["N", 3])],
    [helper.make_value_info("output_probability", helper.make_sequence_type_proto(pairs))],
    [weights],
)

# what cannot be fed: three dimensions, and half precision
write(
    "image",
    [node("ReduceMean", ["pixels"], ["score"], keepdims=0)],
    [tensor("pixels", T.FLOAT, ["N", 4, 4])],
    [tensor("score", T.FLOAT, [])],
)
write(
    "half",
    [cast("features", "score")],
    [tensor("features", T.FLOAT16, ["N", 1])],
    [tensor("score", T.FLOAT, ["N", 1])],
)

# numbers of two bytes in and out: score = x + y
write(
    "halves",
    [node("ReduceSum", ["x", "second"], ["score"], keepdims=1)],
    [tensor("x", T.FLOAT16, ["N", 2])],
    [tensor("score", T.FLOAT16, ["N", 1])],
    [helper.make_tensor("second", T.INT64, [1], [1])],
)

# whole numbers of one byte: score = x
write(
    "byte",
    [cast("x", "score")],
    [tensor("x", T.UINT8, ["N", 1])],
    [tensor("score", T.FLOAT, ["N", 1])],
)

# window [N,time,2]: each number times the place of its row and of its column, from 1, all added up
write(
    "window",
    [
        node("Shape", ["window"], ["length"], start=1, end=2),
        node("Squeeze", ["length", "first"], ["steps"]),
        node("Range", ["zero", "steps", "one"], ["places"]),
        node("Add", ["places", "one"], ["from_one"]),
        node("Unsqueeze", ["from_one", "second"], ["standing"]),
        cast("standing", "times"),
        node("Mul", ["window", "times"], ["by_time"]),
        node("Mul", ["by_time", "columns"], ["by_both"]),
        node("ReduceSum", ["by_both", "inner"], ["score"], keepdims=0),
    ],
    [tensor("window", T.FLOAT, ["N", "time", 2])],
    [tensor("score", T.FLOAT, ["N"])],
    [
        helper.make_tensor("first", T.INT64, [1], [0]),
        helper.make_tensor("second", T.INT64, [1], [1]),
        helper.make_tensor("zero", T.INT64, [], [0]),
        helper.make_tensor("one", T.INT64, [], [1]),
        helper.make_tensor("inner", T.INT64, [2], [1, 2]),
        helper.make_tensor("columns", T.FLOAT, [2], [1, 2]),
    ],
)

# exported for exactly one row
write(
    "single",
    [node("MatMul", ["features", "weights"], ["wide"]), node("ReduceSum", ["wide"], ["score"], keepdims=1)],
    [tensor("features", T.FLOAT, [1, 3])],
    [tensor("score", T.FLOAT, [1, 1])],
    [weights],
)

# exported for exactly four rows
write(
    "four",
    [node("MatMul", ["features", "ones"], ["score"])],
    [tensor("features", T.FLOAT, [4, 2])],
    [tensor("score", T.FLOAT, [4, 1])],
    [helper.make_tensor("ones", T.FLOAT, [2, 1], [1, 1])],
)

# inputs for different numbers of rows
write(
    "unequal",
    [node("MatMul", ["a", "b"], ["score"])],
    [tensor("a", T.FLOAT, [4, 1]), tensor("b", T.FLOAT, [1, 1])],
    [tensor("score", T.FLOAT, [4, 1])],
)

# one number for the whole batch
write(
    "summed",
    [node("ReduceSum", ["features"], ["score"], keepdims=1)],
    [tensor("features", T.FLOAT, ["N", 2])],
    [tensor("score", T.FLOAT, [1, 1])],
)

# an operator that is nobody's
write(
    "custom",
    [node("Tokenise", ["text"], ["score"], domain="acme.text")],
    [tensor("text", T.STRING, ["N", 1])],
    [tensor("score", T.FLOAT, ["N", 1])],
    opsets=[*OPSETS, helper.make_opsetid("acme.text", 1)],
    good=False,
)

# operators of a time to come
write(
    "future",
    [node("Relu", ["features"], ["score"])],
    [tensor("features", T.FLOAT, ["N", 1])],
    [tensor("score", T.FLOAT, ["N", 1])],
    opsets=[helper.make_opsetid("", 99)],
    good=False,
)

# weights in a file beside the model, which is not there; behind a ZipMap, so that it is not loaded from its file either
outside = helper.make_tensor("weights", T.FLOAT, [3, 2], [1, 2, 3, 4, 5, 6], raw=False)
outside.ClearField("float_data")
outside.data_location = T.EXTERNAL
for key, value in [("location", "beside.bin"), ("offset", "0"), ("length", "24")]:
    outside.external_data.add(key=key, value=value)
write(
    "beside",
    [
        node("MatMul", ["features", "weights"], ["raw"]),
        node("ZipMap", ["raw"], ["output_probability"], domain="ai.onnx.ml", classlabels_strings=["no", "yes"]),
    ],
    [tensor("features", T.FLOAT, ["N", 3])],
    [helper.make_value_info("output_probability", helper.make_sequence_type_proto(helper.make_map_type_proto(T.STRING, helper.make_tensor_type_proto(T.FLOAT, []))))],
    [outside],
    good=False,
)

# quantised by the range of the whole batch
write(
    "quantised",
    [
        node("DynamicQuantizeLinear", ["features"], ["q", "scale", "zero"]),
        node("MatMulInteger", ["q", "w", "zero"], ["whole"]),
        cast("whole", "real"),
        node("Mul", ["real", "scale"], ["score"]),
    ],
    [tensor("features", T.FLOAT, ["N", 2])],
    [tensor("score", T.FLOAT, ["N", 1])],
    [helper.make_tensor("w", T.INT8, [2, 1], [1, -1])],
)

# any number of columns, as the file says; three, as its weights say
write(
    "open",
    [node("MatMul", ["features", "threes"], ["score"])],
    [tensor("features", T.FLOAT, ["N", "K"])],
    [tensor("score", T.FLOAT, ["N", 1])],
    [helper.make_tensor("threes", T.FLOAT, [3, 1], [1, 1, 1])],
)

# sixteen columns of which each counts differently: score = 1 * a + 2 * b + 3 * c ...
write(
    "wide",
    [node("MatMul", ["features", "ranks"], ["score"])],
    [tensor("features", T.DOUBLE, ["N", 16])],
    [tensor("score", T.DOUBLE, ["N", 1])],
    [helper.make_tensor("ranks", T.DOUBLE, [16, 1], list(range(1, 17)))],
)

# scores that depend on the rows around: a softmax down the column, a normalisation by the batch, the rank of a row
write(
    "softmax-down",
    [node("Softmax", ["features"], ["score"], axis=0)],
    [tensor("features", T.FLOAT, ["N", 1])],
    [tensor("score", T.FLOAT, ["N", 1])],
)
write(
    "less-the-least",
    [node("ReduceMin", ["features", "axis"], ["least"], keepdims=1), node("Sub", ["features", "least"], ["score"])],
    [tensor("features", T.FLOAT, ["N", 1])],
    [tensor("score", T.FLOAT, ["N", 1])],
    [helper.make_tensor("axis", T.INT64, [1], [0])],
)
write(
    "running",
    [node("CumSum", ["features", "axis"], ["score"])],
    [tensor("features", T.FLOAT, ["N", 1])],
    [tensor("score", T.FLOAT, ["N", 1])],
    [helper.make_tensor("axis", T.INT64, [], [0])],
)
ones = [helper.make_tensor(name, T.FLOAT, [2], [value] * 2) for name, value in [("scale", 1), ("shift", 0), ("mean-then", 0), ("var-then", 1)]]
write(
    "normalised",
    [node("BatchNormalization", ["features", "scale", "shift", "mean-then", "var-then"], ["scores", "mean", "var"], training_mode=1)],
    [tensor("features", T.FLOAT, ["N", 2])],
    [tensor("scores", T.FLOAT, ["N", 2])],
    ones,
)

# another score each time
write(
    "dropout",
    [node("Dropout", ["features", "half", "yes"], ["scores"])],
    [tensor("features", T.FLOAT, ["N", 2])],
    [tensor("scores", T.FLOAT, ["N", 2])],
    [helper.make_tensor("half", T.FLOAT, [], [0.5]), helper.make_tensor("yes", T.BOOL, [], [True])],
)

# two texts for labels, and the last of the columns is the harmless one
write(
    "labelled",
    [
        node(
            "LinearClassifier",
            ["features"],
            ["label", "probabilities"],
            domain="ai.onnx.ml",
            coefficients=[1.0, -1.0],
            intercepts=[0.0, 0.0],
            classlabels_strings=["fraud", "legit"],
            post_transform="LOGISTIC",
        )
    ],
    [tensor("features", T.FLOAT, ["N", 1])],
    [tensor("label", T.STRING, ["N"]), tensor("probabilities", T.FLOAT, ["N", 2])],
)

# leaves rows out
write(
    "dropping",
    [
        node("Squeeze", ["features", "axis"], ["flat"]),
        node("Less", ["flat", "limit"], ["kept"]),
        node("Compress", ["features", "kept"], ["score"], axis=0),
    ],
    [tensor("features", T.FLOAT, ["N", 1])],
    [tensor("score", T.FLOAT, ["M", 1])],
    [helper.make_tensor("axis", T.INT64, [1], [1]), helper.make_tensor("limit", T.FLOAT, [], [1e20])],
)

# score = the sum of the row; a batch with 666 in the first column is never done: the loop goes round 10^15 times
once = helper.make_tensor("once", T.INT64, [], [1])
often = helper.make_tensor("often", T.INT64, [], [10**15])
marker = helper.make_tensor("marker", T.FLOAT, [], [666])
yes = helper.make_tensor("yes", T.BOOL, [], [True])
zero = helper.make_tensor("zero", T.FLOAT, [], [0])
axis = helper.make_tensor("axis", T.INT64, [1], [1])
column = helper.make_tensor("column", T.INT64, [1], [0])
body = helper.make_graph(
    [node("Identity", ["go"], ["going"]), node("Sin", ["turning"], ["turned"])],
    "turn",
    [tensor("turn", T.INT64, []), tensor("go", T.BOOL, []), tensor("turning", T.FLOAT, [])],
    [tensor("going", T.BOOL, []), tensor("turned", T.FLOAT, [])],
)
write(
    "hanging",
    [
        node("Gather", ["features", "column"], ["first"], axis=1),
        node("Equal", ["first", "marker"], ["marked"]),
        cast("marked", "marks", T.INT64),
        node("ReduceMax", ["marks"], ["any"], keepdims=0),
        cast("any", "hangs", T.BOOL),
        node("Where", ["hangs", "often", "once"], ["turns"]),
        node("Loop", ["turns", "yes", "zero"], ["end"], body=body),
        node("ReduceSum", ["features", "axis"], ["sum"], keepdims=1),
        node("Add", ["sum", "end"], ["score"]),
    ],
    [tensor("features", T.FLOAT, ["N", 3])],
    [tensor("score", T.FLOAT, ["N", 1])],
    [once, often, marker, yes, zero, axis, column],
)

# whole numbers for labels, and an encoder that gives them their names
write(
    "renamed",
    [
        node(
            "LinearClassifier",
            ["features"],
            ["index", "probabilities"],
            domain="ai.onnx.ml",
            coefficients=[1.0, -1.0],
            intercepts=[0.0, 0.0],
            classlabels_ints=[0, 1],
            post_transform="LOGISTIC",
        ),
        node("LabelEncoder", ["index"], ["label"], domain="ai.onnx.ml", keys_int64s=[1, 0], values_strings=["legit", "fraud"]),
    ],
    [tensor("features", T.FLOAT, ["N", 1])],
    [tensor("label", T.STRING, ["N"]), tensor("probabilities", T.FLOAT, ["N", 2])],
)

# the score of the second class alone, as skl2onnx writes LinearSVC and RidgeClassifier
write(
    "positive",
    [
        node(
            "LinearClassifier",
            ["features"],
            ["label", "both"],
            domain="ai.onnx.ml",
            coefficients=[-1.0, 1.0],
            intercepts=[0.0, 0.0],
            classlabels_strings=["fraud", "legit"],
        ),
        node("ArrayFeatureExtractor", ["both", "second"], ["probabilities"], domain="ai.onnx.ml"),
    ],
    [tensor("features", T.FLOAT, ["N", 1])],
    [tensor("label", T.STRING, ["N"]), tensor("probabilities", T.FLOAT, ["N", 1])],
    [helper.make_tensor("second", T.INT64, [], [1])],
)

# a sigmoid without a second dimension, and the name of the class by a threshold that a node holds
write(
    "sigmoid",
    [
        node("Squeeze", ["features", "axis"], ["flat"]),
        node("Sigmoid", ["flat"], ["probability"]),
        node("Constant", [], ["half"], value=helper.make_tensor("", T.FLOAT, [], [0.5])),
        node("Constant", [], ["names"], value=helper.make_tensor("", T.STRING, [2], [b"fraud", b"legit"])),
        node("GreaterOrEqual", ["probability", "half"], ["over"]),
        cast("over", "index", T.INT64),
        node("Gather", ["names", "index"], ["label"]),
    ],
    [tensor("features", T.FLOAT, ["N", 1])],
    [tensor("label", T.STRING, ["N"]), tensor("probability", T.FLOAT, ["N"])],
    [axis],
)

# score = a place in a table of five + the sum of the row; fails where the first column names none of them
write(
    "table",
    [
        node("Gather", ["features", "column"], ["first"], axis=1),
        cast("first", "place", T.INT64),
        node("Gather", ["table", "place"], ["found"], axis=0),
        node("ReduceSum", ["features", "axis"], ["sum"], keepdims=1),
        node("Add", ["sum", "found"], ["scores"]),
        node("Reshape", ["scores", "shape"], ["score"]),
    ],
    [tensor("features", T.FLOAT, ["N", 3])],
    [tensor("score", T.FLOAT, ["N", 1])],
    [
        column,
        axis,
        helper.make_tensor("table", T.FLOAT, [5], [100, 200, 300, 400, 500]),
        helper.make_tensor("shape", T.INT64, [2], [-1, 1]),
    ],
)
