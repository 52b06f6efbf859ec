"""
Writes test/data/monitor-goldens.json: decisions by group, events with scores and labels,
and what Fairlearn, SciPy and scikit-learn compute of them. test/unit/monitor/goldens.test.ts compares.

usage: python scripts/goldens/monitor_figures.py    (needs fairlearn, numpy, pandas, scikit-learn and scipy)
"""

import json
from pathlib import Path

import numpy as np
from fairlearn.metrics import (
    MetricFrame,
    demographic_parity_ratio,
    false_negative_rate,
    false_positive_rate,
    selection_rate,
)
from scipy.optimize import brentq
from scipy.special import betaln, xlog1py, xlogy
from scipy.stats import binomtest, norm
from scipy.stats.contingency import relative_risk
from sklearn.isotonic import IsotonicRegression
from sklearn.metrics import (
    average_precision_score,
    brier_score_loss,
    precision_score,
    recall_score,
    roc_auc_score,
)

OUT = Path(__file__).parents[2] / "test" / "data" / "monitor-goldens.json"


def always_valid(hits, of, alpha):
    """The rates that the mixture of all rates (Jeffreys) does not exclude."""
    prior = betaln(0.5, 0.5)

    def excess(p):
        likelihood = xlogy(hits, p) + xlog1py(of - hits, -p)
        return betaln(hits + 0.5, of - hits + 0.5) - prior - likelihood - np.log(1 / alpha)

    rate = hits / of
    low = 0.0 if hits == 0 else brentq(excess, 1e-300, rate, xtol=1e-15, rtol=1e-14)
    high = 1.0 if hits == of else brentq(excess, rate, 1 - 1e-16, xtol=1e-15, rtol=1e-14)
    return [low, high]


def fairness(rng):
    n = 20_000
    group = rng.choice(["a", "b", "c"], n, p=[0.6, 0.3, 0.1])
    label = rng.random(n) < 0.05
    adverse = rng.random(n) < np.where(label, 0.7, np.where(group == "c", 0.17, 0.1))
    favourable = ~adverse
    by_group = lambda metric, truth, said: {
        str(k): float(v)
        for k, v in MetricFrame(
            metrics=metric, y_true=truth, y_pred=said, sensitive_features=group
        ).by_group.items()
    }
    counts = {g: [int((group == g).sum()), int(favourable[group == g].sum())] for g in "abc"}
    best = max(counts, key=lambda g: counts[g][1] / counts[g][0])
    z_alpha = 0.05 / 3
    return {
        # [group, favourable, label, events]
        "cells": [
            [g, bool(f), bool(y), int(((group == g) & (favourable == f) & (label == y)).sum())]
            for g in "abc"
            for f in (False, True)
            for y in (False, True)
        ],
        "selectionRate": by_group(selection_rate, label, favourable),
        "parityRatio": float(
            demographic_parity_ratio(label, favourable, sensitive_features=group)
        ),
        # an adverse decision is the positive prediction
        "falsePositiveRate": by_group(false_positive_rate, label, adverse),
        "falseNegativeRate": by_group(false_negative_rate, label, adverse),
        "best": best,
        "wilson": {
            g: list(binomtest(k, of).proportion_ci(1 - z_alpha, method="wilson"))
            for g, (of, k) in counts.items()
        },
        "ratioInterval": {
            g: list(
                relative_risk(k, of, counts[best][1], counts[best][0]).confidence_interval(
                    1 - z_alpha
                )
            )
            for g, (of, k) in counts.items()
            if g != best
        },
    }


def intervals():
    cases = [(0, 7), (3, 7), (7, 7), (37, 100), (9_990, 10_000), (500_000, 1_000_000), (1, 1_000_000)]
    return [
        {"hits": k, "of": n, "alpha": a, "bounds": always_valid(k, n, a)}
        for k, n in cases
        for a in (0.01, 1e-4, 1e-9)
    ]


def quality(rng):
    """Scores whose bins are told apart, so that the figures of bins are those of scores."""
    n = 3_000
    scores = np.round(1 / (1 + np.exp(-rng.normal(-3, 2, n))), 3).clip(0.001, 0.999)
    labels = (rng.random(n) < scores**1.2).astype(int)
    alarm = scores >= 0.3
    # the bins of the program: equal steps of log-odds
    odds = np.log(scores / (1 - scores))
    furthest = np.log(1e5)
    bins = np.floor((odds + furthest) / (2 * furthest) * 1000).clip(0, 999).astype(int)
    return {
        "scores": scores.tolist(),
        "labels": labels.tolist(),
        "alarms": alarm.tolist(),
        "precision": precision_score(labels, alarm),
        "recall": recall_score(labels, alarm),
        "falsePositiveRate": false_positive_rate(labels, alarm),
        "averagePrecision": average_precision_score(labels, bins),
        "averagePrecisionOfScores": average_precision_score(labels, scores),
        "rocAuc": roc_auc_score(labels, bins),
        "brier": brier_score_loss(labels, scores),
    }


def calibration(rng):
    """Isotonic regression, and what CBPE says by it (NannyML's definition) at a threshold."""
    n = 800
    scores = np.round(rng.random(n), 2)
    labels = (rng.random(n) < scores**2).astype(int)
    fitted = IsotonicRegression(out_of_bounds="clip").fit(scores, labels)
    falling = IsotonicRegression(out_of_bounds="clip", increasing=False).fit(-scores, labels)
    seen = np.round(rng.random(200), 3)
    p = fitted.predict(seen)
    alarm = seen >= 0.6
    tp, fn = p[alarm].sum(), p[~alarm].sum()
    grid = np.linspace(-0.1, 1.1, 61)
    return {
        "scores": scores.tolist(),
        "labels": labels.tolist(),
        "grid": grid.tolist(),
        "rates": fitted.predict(grid).tolist(),
        "falling": falling.predict(-grid).tolist(),
        "seen": seen.tolist(),
        "threshold": 0.6,
        "expectedPrecision": tp / alarm.sum(),
        "expectedRecall": tp / (tp + fn),
    }


if __name__ == "__main__":
    rng = np.random.default_rng(20261127)
    OUT.write_text(
        json.dumps(
            {
                "standardErrors": {repr(a): float(norm.isf(a / 2)) for a in (0.5, 0.05, 0.0025, 1e-6)},
                "alwaysValid": intervals(),
                "fairness": fairness(rng),
                "quality": quality(rng),
                "calibration": calibration(rng),
            }
        )
        + "\n"
    )
