"""Pairs that a random draw does not meet, each with what it is about."""
from avro_by_seed import event
from avro_values import encode

INT, LONG = [0, -1, 2**31 - 1, -(2**31), 2**24 + 1], [5, 2**53 + 1, 2**63 - 1, -(2**63), 2**60 + 2**36 + 1]
TEXT, BYTES = ["", "a", "größe", "\U0001f642"], [b"", b"ab", "é".encode()]
FLOAT, DOUBLE = [0.0, -0.0, 1.5, float("inf")], [0.1, -0.0, 1e300, float("-inf")]
NUMBERS = {"int": INT, "long": LONG, "float": FLOAT, "double": DOUBLE, "string": TEXT, "bytes": BYTES, "boolean": [True, False]}


def field(name, schema, **more):
    return {"name": name, "type": schema, **more}


def record(name, *fields, **more):
    return {"type": "record", "name": name, **more, "fields": list(fields)}


def enum(name, symbols, **more):
    return {"type": "enum", "name": name, "symbols": list(symbols), **more}


def fixed(name, size, **more):
    return {"type": "fixed", "name": name, "size": size, **more}


def array(items):
    return {"type": "array", "items": items}


def mapped(values):
    return {"type": "map", "values": values}


X = field("x", "int")
XA = {"x": 7}


def promotions():
    for writer, values in NUMBERS.items():
        for reader in NUMBERS:
            yield f"{writer} as {reader}", writer, reader, values
            yield f"{writer} as {reader} or null", writer, ["null", reader], values
    for writer in ("int", "long", "float", "string", "bytes"):
        yield f"{writer} in an array as the widest", array(writer), array("string" if writer == "bytes" else "bytes" if writer == "string" else "double"), [[], NUMBERS[writer]]
        yield f"{writer} in a map as null or float", mapped(writer), mapped(["null", "float"]), [{}, {"k": NUMBERS[writer][0]}]
    yield "the first promotion in a union, not the widest", "int", ["string", "double", "float", "long"], INT
    yield "itself before a promotion", "int", ["double", "long", "int"], INT
    yield "itself before a promotion, text", "bytes", ["string", "bytes"], BYTES
    yield "bytes that are no UTF-8 are no text", "bytes", "string", [b"\xff\xfe", b"ok"]
    yield "floats that are no numbers", "float", "double", [float("nan"), float("-inf"), 1.5]


def names():
    for kind, make, value in (
        ("record", lambda name, **more: record(name, X, **more), XA),
        ("enum", lambda name, **more: enum(name, "AB", **more), "B"),
        ("fixed", lambda name, **more: fixed(name, 2, **more), b"ab"),
    ):
        for where, wrap in (("alone", lambda one: one), ("in a union", lambda one: ["null", one]), ("in an array", array)):
            # A union's value is a pair of the branch and the value, an array's a list.
            values = {"alone": [value], "in a union": [(1, value), (0, None)], "in an array": [[value], []]}[where]
            about = f"{kind} {where}"
            w = wrap(make("a.T"))
            yield f"{about} of another namespace", w, wrap(make("b.T")), values
            yield f"{about} without a namespace", w, wrap(make("T")), values
            yield f"{about} of another name", w, wrap(make("a.U")), values
            yield f"{about} by its alias", w, wrap(make("a.U", aliases=["a.T"])), values
            yield f"{about} by an alias that takes the namespace", w, wrap(make("a.U", aliases=["T"])), values
            yield f"{about} by an alias of another namespace", w, wrap(make("b.U", aliases=["a.T"])), values
            yield f"{about} by an alias without namespace that means another", w, wrap(make("b.U", aliases=["T"])), values
            yield f"{about} with a namespace of its own", w, wrap(make("T", namespace="a")), values
            yield f"{about}, a dotted name beside a namespace", w, wrap(make("a.T", namespace="ignored")), values
            yield f"{about} without a namespace by an alias with a dot", wrap(make("T")), wrap(make("a.U", aliases=[".T"])), values
            yield f"{about} without a namespace", wrap(make("T")), wrap(make("T")), values
    e, r, s = enum("a.T", "AB"), record("a.R", X), record("a.S", field("y", "int"))
    yield "full name before the plain one", r, [record("b.R", X), record("a.R", X)], [XA]
    yield "full name before an alias", r, [record("b.Q", X, field("y", "int", default=4), aliases=["a.R"]), record("a.R", X)], [XA]
    yield "alias before the plain name", r, [record("b.R", X), record("c.Q", X, aliases=["a.R"])], [XA]
    yield "plain name before what fits", r, [record("b.Q", X), record("b.R", X)], [XA]
    yield "the first that fits", r, [s, record("a.P", X), record("a.Q", X)], [XA]
    yield "none fits", r, ["null", s], [XA]
    yield "the plain name of one that does not fit", r, [record("b.R", field("y", "int")), record("b.P", X)], [XA]
    yield "the full name of one that does not fit", r, [record("a.R", field("y", "int")), record("b.P", X)], [XA]
    yield "enum by plain name in a union", e, [enum("b.U", "AB"), enum("b.T", "AB")], ["A", "B"]
    yield "fixed by plain name, of another size", fixed("a.T", 2), [fixed("b.T", 3), fixed("b.U", 2)], [b"ab"]
    yield "two fixeds, the second by name", fixed("a.T", 2), [fixed("a.S", 2), fixed("a.T", 2)], [b"ab"]
    yield "enum and text", "string", [enum("T", "A"), "string"], ["A", "B"]
    yield "a text is no enum", "string", enum("T", "A"), ["A"]
    yield "an enum is no text", e, "string", ["A"]
    yield "a fixed is no bytes", fixed("a.T", 2), "bytes", [b"ab"]
    yield "names swapped in a union", [r, s], [s, r], [(0, XA), (1, {"y": 3})]
    swapped = [record("a.S", X, aliases=["a.R"]), record("a.R", field("y", "int"), aliases=["a.S"])]
    yield "types whose names were swapped", [r, s], swapped, [(0, XA), (1, {"y": 3})]
    inner = record("Inner", X)
    yield "inherited namespace", record("a.b.Out", field("i", inner), field("j", "Inner")), record("a.b.Out", field("j", inner)), [{"i": XA, "j": {"x": 9}}]
    root = record("a.Out", field("i", record("Inner", X, namespace="")))
    yield "an empty namespace within one", root, record("a.Out", field("i", record("a.Inner", X))), [{"i": XA}]
    yield "the same full name by other ways", root, record("Out", field("i", record(".Inner", X)), namespace="a"), [{"i": XA}]
    same = [record("a.P", X), record("b.P", field("y", "string"))]
    yield "one plain name in two namespaces", same, list(reversed(same)), [(0, XA), (1, {"y": "z"})]


def fields():
    two = record("R", field("a", "int"), field("b", "string"))
    value = {"a": 5, "b": "z"}
    yield "another order", two, record("R", field("b", "string"), field("a", "int")), [value]
    yield "a field less", two, record("R", field("b", "string")), [value]
    yield "no field left", two, record("R"), [value]
    yield "a field more without default", two, record("R", field("a", "int"), field("c", "int")), [value]
    yield "by alias", two, record("R", field("c", "long", aliases=["z", "a"]), field("b", "string")), [value]
    yield "the name before an alias", two, record("R", field("c", "string", aliases=["a"]), field("a", "int"), field("b", "string", default="")), [value]
    yield "the name before an alias, both with defaults", two, record("R", field("c", "int", aliases=["a"], default=1), field("a", "int", default=2)), [value]
    yield "a field of a record of another name, by alias", two, record("Q", field("c", "int", aliases=["a"])), [value]
    yield "a field of a record of another namespace, by alias", record("a.R", field("a", "int")), record("b.R", field("c", "int", aliases=["a"])), [{"a": 5}]
    yield "an alias that two claim, with defaults", two, record("R", field("c", "int", aliases=["a"], default=8), field("d", "int", aliases=["a"], default=3)), [value]
    yield "one field for two that the writer has", two, record("R", field("c", ["int", "string"], aliases=["b", "a"], default=0)), [value]
    yield "types as objects", {"type": "int"}, ["null", {"type": "long"}], [1]
    yield "an alias that two claim", two, record("R", field("c", "int", aliases=["a"]), field("d", "int", aliases=["a"], default=3)), [value]
    yield "a renamed field below a renamed record", two, record("Q", field("c", "int", aliases=["a"]), aliases=["R"]), [value]
    yield "an alias with a default that is not needed", two, record("R", field("c", "int", aliases=["a"], default=1)), [value]
    yield "an alias in a union's record", ["null", two], ["null", record("R", field("c", "int", aliases=["a"]))], [(1, value), (0, None)]
    yield "a record in a record", record("R", field("i", two)), record("R", field("i", record("R2", field("n", "int", default=4), field("a", "double"), aliases=["R"]))), []
    deep = record("O", field("i", record("I", field("a", "int"), field("u", ["null", "string"]))))
    yield "nested", deep, record("O", field("k", "boolean", default=True), field("i", record("I", field("u", ["string", "null"]), field("a", ["null", "long"])))), [{"i": {"a": 1, "u": (1, "t")}}, {"i": {"a": 2, "u": (0, None)}}]


def defaults():
    empty, gone = record("R", field("old", "int")), {"old": 1}
    for about, schema, default in (
        ("null", "null", None), ("boolean", "boolean", True), ("int", "int", -5), ("long", "long", 9007199254740993), ("float", "float", 1.25),
        ("double", "double", 0.1), ("string", "string", "größe"), ("bytes", "bytes", "\u00ff\u0000a"), ("enum", enum("E", "AB"), "B"),
        ("fixed", fixed("F", 2), "\u00ffb"), ("array", array("int"), [1, 2]), ("empty array", array("int"), []), ("map", mapped("long"), {"k": 7}),
        ("empty map", mapped("long"), {}), ("first branch", ["string", "null"], "a"), ("null first", ["null", "string"], None),
        ("record", record("I", X, field("y", "string", default="d")), {"x": 3}), ("record of a record", record("I", field("j", record("J", X))), {"j": {"x": 3}}),
        ("array of records", array(record("I", X)), [{"x": 1}, {"x": 2}]), ("map of unions", mapped(["int", "null"]), {"k": 5}),
        ("a whole number for a double", "double", 3), ("a whole number for a float", "float", 16777217), ("the largest long", "long", 2**63 - 1),
    ):
        yield f"the default of {about}", empty, record("R", field("new", schema, default=default)), [gone]
        yield f"the default of {about} below", record("O", field("i", empty)), record("O", field("i", record("R", field("new", schema, default=default), field("old", "long")))), [{"i": gone}]


def enums():
    writer = enum("E", "ABC")
    for about, reader in (("with a default", enum("E", "BX", default="X")), ("without one", enum("E", "BX")), ("in another order", enum("E", "CBA")), ("all of them", enum("E", "ABCD", default="D"))):
        yield f"enum {about}", writer, reader, ["A", "B", "C"]
        yield f"enum {about} in a union", ["null", writer], [reader, "null"], [(1, "A"), (1, "B"), (0, None)]
        yield f"enum {about} in an array", array(writer), array(reader), [[], ["B"], ["B", "A"]]
        yield f"enum {about} in a map", mapped(writer), mapped(reader), [{}, {"k": "C"}]
        yield f"enum {about} renamed", writer, {**reader, "name": "F", "aliases": ["E"]}, ["A", "B", "C"]


def unions():
    wide = ["null", "int", "string"]
    values = [(0, None), (1, 5), (2, "z")]
    for about, reader in (
        ("turned round", ["string", "int", "null"]), ("one branch less", ["null", "int"]), ("one branch more", ["boolean", *wide]),
        ("no union", "int"), ("no union, promoted", "long"), ("no union, text", "bytes"), ("of null alone", ["null"]), ("all promoted", ["double", "null", "bytes"]),
    ):
        yield f"union {about}", wide, reader, values
        yield f"union {about}, in a record", record("R", field("u", wide)), record("R", field("u", reader)), [{"u": one} for one in values]
        yield f"union {about}, in an array", array(wide), array(reader), [[], [values[1]], values]
        yield f"union {about}, in a map", mapped(wide), mapped(reader), [{}, {"k": values[1]}, {"k": values[2]}]
    yield "into a union", "int", ["null", "int"], [5]
    yield "out of a union", ["null", "int"], "int", [(0, None), (1, 5)]
    yield "array and map in a union", [array("int"), mapped("int")], [mapped("long"), array("double")], [(0, []), (0, [1]), (1, {}), (1, {"k": 2})]
    yield "an empty array whose items do not resolve", array("string"), array("int"), [[], ["a"]]
    yield "an empty map whose values do not resolve", mapped("string"), mapped("int"), [{}, {"k": "a"}]
    yield "an empty array whose records lack a field", array(record("R", X)), array(record("R", field("y", "int"))), [[], [XA]]
    yield "an array whose items are never read", ["null", array("string")], ["null", array("int")], [(0, None), (1, []), (1, ["a"])]
    yield "unions in unions' records", ["null", record("R", field("u", ["int", "string"]))], [record("R", field("u", ["string", "long"])), "null"], [(0, None), (1, {"u": (0, 3)}), (1, {"u": (1, "q")})]
    two = [record("A", X), record("B", X, field("y", "string"))]
    yield "records that fit each other, by name", two, list(reversed(two)), [(0, XA), (1, {"x": 1, "y": "t"})]
    yield "a branch the reader lacks", two, two[:1], [(0, XA), (1, {"x": 1, "y": "t"})]


def recursion():
    tree = record("Tree", field("v", "int"), field("next", ["null", "Tree"]))
    one, many = {"v": 1, "next": (0, None)}, {"v": 2, "next": (1, {"v": 3, "next": (0, None)})}
    yield "a list", tree, record("Tree", field("next", ["null", "Tree"]), field("v", "long")), [one, many]
    yield "a list, the union turned", tree, record("Tree", field("v", "double"), field("next", ["Tree", "null"])), [one, many]
    yield "a list, renamed", tree, record("List", field("w", "int", aliases=["v"]), field("next", ["null", "List"], default=None), aliases=["Tree"]), [one, many]
    yield "a list, cut", tree, record("Tree", field("next", "null"), field("v", "int")), [one, many]
    wood = record("a.Tree", field("v", "string"), field("kids", array("Tree")))
    leaf = {"v": "l", "kids": []}
    yield "a tree", wood, record("a.Tree", field("kids", array("Tree")), field("n", "int", default=1)), [leaf, {"v": "r", "kids": [leaf, leaf]}]
    yield "trees in a map", record("T", field("m", mapped("T"))), record("T", field("m", mapped(["null", "T"])), field("d", "string", default="d")), [{"m": {}}, {"m": {"k": {"m": {}}}}]
    even = record("Even", field("o", ["null", record("Odd", field("e", ["null", "Even"]))]))
    yield "two that name each other", even, {**even, "aliases": ["X"]}, [{"o": (0, None)}, {"o": (1, {"e": (1, {"o": (0, None)})})}]


def pairs():
    for group in (promotions, names, fields, defaults, enums, unions, recursion):
        for about, writer, reader, values in group():
            if values:
                made = [encode(event(writer), {"f": one}) for one in values]
                yield {"about": about, "writer": event(writer), "reader": event(reader), "values": made}
