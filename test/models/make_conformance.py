"""Writes test/models/conformance: models as users export them, and what Python's ONNX Runtime scores with them.

Not needed to run the tests. In a virtual environment: pip install -r requirements.txt; python make_conformance.py
"""
import make_bundles
import make_by_hand
import make_networks
import make_trees_and_more

make_bundles.start()
make_trees_and_more.sklearn_models()
make_trees_and_more.boosted()
make_networks.torch_models()
make_networks.keras_models()
make_by_hand.by_hand()
