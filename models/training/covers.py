#!/usr/bin/env python3
"""Writes covers into an ONNX model: how much of the training data came to each node of its trees.

    python covers.py MODEL.onnx TRAINED OUT.onnx    (needs onnx, and the library that trained the model)

TRAINED is the model as its library saves it: LightGBM's text, XGBoost's .json or .ubj, scikit-learn's
joblib or pickle. The covers go into the attribute nodes_hitrates, which no runtime reads for a score.
The trees of both files are walked side by side, and anything that does not match is an error.
"""
import json
import sys

import numpy as np
import onnx
from onnx import helper

TURNED = {"BRANCH_GT", "BRANCH_GTE"}


class Node:
    """A node of the library: its cover, and for a test its feature, what it compares with, and two nodes."""

    def __init__(self, cover, feature=None, values=None, yes=None, no=None):
        self.cover, self.feature, self.values, self.yes, self.no = cover, feature, values, yes, no


def lightgbm_trees(booster):
    def node(given):
        if "leaf_value" in given:
            # a tree of one leaf has no count, and none is needed
            return Node(given.get("leaf_count", 1))
        threshold = given["threshold"]
        equal = given["decision_type"] == "=="
        values = [float(value) for value in str(threshold).split("||")] if equal else [threshold]
        return Node(given["internal_count"], given["split_feature"], values,
                    node(given["left_child"]), node(given["right_child"]))

    return [node(tree["tree_structure"]) for tree in booster.dump_model()["tree_info"]]


def xgboost_trees(booster):
    names = {name: i for i, name in enumerate(booster.feature_names or [])}

    def node(given):
        if "leaf" in given:
            return Node(given["cover"])
        below = {child["nodeid"]: child for child in given["children"]}
        split = given["split"]
        feature = names[split] if split in names else int(split.lstrip("f"))
        return Node(given["cover"], feature, [given["split_condition"]],
                    node(below[given["yes"]]), node(below[given["no"]]))

    return [node(json.loads(text)) for text in booster.get_dump(dump_format="json", with_stats=True)]


def sklearn_tree(tree):
    def node(i):
        cover = float(tree.weighted_n_node_samples[i])
        if tree.children_left[i] < 0:
            return Node(cover)
        return Node(cover, int(tree.feature[i]), [tree.threshold[i]],
                    node(tree.children_left[i]), node(tree.children_right[i]))

    return node(0)


def histogram_tree(predictor):
    nodes = predictor.nodes

    def node(i):
        given = nodes[i]
        if given["is_leaf"]:
            return Node(float(given["count"]))
        if given["is_categorical"]:
            raise ValueError("categories of HistGradientBoosting are not supported")
        return Node(float(given["count"]), int(given["feature_idx"]), [given["num_threshold"]],
                    node(given["left"]), node(given["right"]))

    return node(0)


def trees_of(trained):
    """The trees of a trained model, in the order of the exporters."""
    if hasattr(trained, "get_booster"):  # XGBClassifier and the like
        trained = trained.get_booster()
    if hasattr(trained, "booster_"):  # LGBMClassifier and the like
        trained = trained.booster_
    library = type(trained).__module__.split(".")[0]
    if library == "lightgbm":
        return lightgbm_trees(trained)
    if library == "xgboost":
        return xgboost_trees(trained)
    if hasattr(trained, "_predictors"):
        return [histogram_tree(predictor) for round_ in trained._predictors for predictor in round_]
    if hasattr(trained, "estimators_"):
        return [sklearn_tree(tree.tree_) for tree in np.ravel(trained.estimators_)]
    return [sklearn_tree(trained.tree_)]


def fill_covers(model, trained):
    """Fills nodes_hitrates of the only tree ensemble of an ONNX model. Returns the model."""
    ensembles = [node for node in model.graph.node if node.op_type.startswith("TreeEnsemble")]
    if len(ensembles) != 1:
        raise ValueError(f"the model has {len(ensembles)} tree ensembles, not one")
    ensemble = ensembles[0]
    given = {a.name: helper.get_attribute_value(a) for a in ensemble.attribute}
    modes = [mode.decode() if isinstance(mode, bytes) else mode for mode in given["nodes_modes"]]
    count = len(modes)
    places = {key: i for i, key in enumerate(zip(given["nodes_treeids"], given["nodes_nodeids"]))}
    own = {}
    for i, tree in enumerate(given["nodes_treeids"]):
        own.setdefault(tree, []).append(i)
    ids = list(own)
    trees = trees_of(trained)
    if len(ids) != len(trees):
        raise ValueError(f"the model has {len(ids)} trees, and what was trained has {len(trees)}")
    covers = np.full(count, np.nan)

    for tree, root in zip(ids, trees):
        below = {places[tree, given[name][i]] for i in own[tree] if modes[i] != "LEAF"
                 for name in ("nodes_truenodeids", "nodes_falsenodeids")}
        start = next(i for i in own[tree] if i not in below)
        todo = [(start, root)]
        while todo:
            i, node = todo.pop()
            covers[i] = node.cover
            if modes[i] == "LEAF" or node.feature is None:
                if modes[i] != "LEAF" or node.feature is not None:
                    raise ValueError(f"tree {tree} has another form than what was trained")
                continue
            if given["nodes_featureids"][i] != node.feature:
                raise ValueError(f"tree {tree} tests another feature than what was trained")
            yes, no = (places[tree, given[name][i]] for name in ("nodes_truenodeids", "nodes_falsenodeids"))
            if modes[i] == "BRANCH_EQ":
                # a set of categories is a chain of tests, one for each
                left = set(node.values)
                while True:
                    covers[i] = node.cover
                    left.remove(given["nodes_values"][i])
                    todo.append((places[tree, given["nodes_truenodeids"][i]], node.yes))
                    i = places[tree, given["nodes_falsenodeids"][i]]
                    if not left:
                        break
                todo.append((i, node.no))
                continue
            # in the file it has single precision: LightGBM's 1e300, for missing values alone, is infinity there
            with np.errstate(over="ignore"):
                threshold = np.float32(node.values[0])
            if not np.isclose(given["nodes_values"][i], threshold, rtol=1e-5, atol=1e-30):
                raise ValueError(f"tree {tree} compares with {given['nodes_values'][i]}, not {node.values[0]}")
            todo += [(yes, node.no), (no, node.yes)] if modes[i] in TURNED else [(yes, node.yes), (no, node.no)]
    if np.isnan(covers).any():
        raise ValueError("some nodes of the model belong to no tree")
    for attribute in [a for a in ensemble.attribute if a.name == "nodes_hitrates"]:
        ensemble.attribute.remove(attribute)
    ensemble.attribute.append(helper.make_attribute("nodes_hitrates", covers.tolist()))
    return model


def read_trained(path):
    if path.endswith((".json", ".ubj")):
        import xgboost
        booster = xgboost.Booster()
        booster.load_model(path)
        return booster
    if path.endswith((".pkl", ".pickle", ".joblib")):
        import joblib
        return joblib.load(path)
    import lightgbm
    return lightgbm.Booster(model_file=path)


if __name__ == "__main__":
    if len(sys.argv) != 4:
        sys.exit(__doc__)
    onnx.save(fill_covers(onnx.load(sys.argv[1]), read_trained(sys.argv[2])), sys.argv[3])
