"""
Writes test/data/compare-goldens.json: events with scores of two sides, labels, amounts and days, and
what numpy and scikit-learn compute of them. test/unit/compare/goldens.test.ts compares.

usage: python scripts/goldens/compare_statistics.py    (needs numpy and scikit-learn)
"""

import json
import math
from pathlib import Path

import numpy as np
from sklearn.metrics import (
    average_precision_score,
    precision_score,
    recall_score,
    roc_auc_score,
)

QUANTILES = [0.01, 0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99, 0.999]
EVENTS = 600
DAYS = 5
CAPACITY = 7
BANDS = [("APPROVE", 0.3), ("REVIEW", 0.7), ("REJECT", math.inf)]


def decisions(scores):
    return [next(name for name, up_to in BANDS if score < up_to) for score in scores]


def distribution(scores):
    return {
        "count": len(scores),
        "min": scores.min(),
        "max": scores.max(),
        "mean": scores.mean(),
        "quantiles": {repr(q): v for q, v in zip(QUANTILES, np.quantile(scores, QUANTILES))},
    }


def quality(scores, labels, amounts):
    names = np.array(decisions(scores))
    by_decision = {
        name: {
            "precision": precision_score(labels, names == name),
            "recall": recall_score(labels, names == name),
            "amount": math.fsum(amounts[names == name]),
            "positiveAmount": math.fsum(amounts[(names == name) & (labels == 1)]),
        }
        for name, _ in BANDS
    }
    alarm = names != "APPROVE"
    return {
        "decisions": by_decision,
        "precision": precision_score(labels, alarm),
        "recall": recall_score(labels, alarm),
        "falsePositiveRate": ((labels == 0) & alarm).sum() / (labels == 0).sum(),
        "caughtAmount": math.fsum(amounts[alarm & (labels == 1)]),
        "missedAmount": math.fsum(amounts[~alarm & (labels == 1)]),
        "falseAlarmAmount": math.fsum(amounts[alarm & (labels == 0)]),
        "rocAuc": roc_auc_score(labels, scores),
        "averagePrecision": average_precision_score(labels, scores),
    }


def capacity(scores, days, labels):
    """By trying every score as a threshold."""

    def lowest(allowed):
        return min((t for t in np.unique(scores) if allowed(scores >= t)), default=None)

    def per_day(reviewed):
        return np.array([(reviewed & (days == day)).sum() for day in range(DAYS)])

    average = lowest(lambda reviewed: per_day(reviewed).mean() <= CAPACITY)
    every = lowest(lambda reviewed: per_day(reviewed).max() <= CAPACITY)
    alone = []
    for day in range(DAYS):
        own = scores[days == day]
        alone.append(min((t for t in np.unique(own) if (own >= t).sum() <= CAPACITY), default=None))
    return {
        "perDay": CAPACITY,
        "onAverage": {
            "threshold": average,
            "reviewed": (scores >= average).sum(),
            "max": per_day(scores >= average).max(),
            "precision": precision_score(labels, scores >= average),
            "recall": recall_score(labels, scores >= average),
        },
        "everyDay": {"threshold": every, "reviewed": (scores >= every).sum()},
        "byDay": alone,
    }


def main():
    random = np.random.default_rng(18)
    labels = (random.random(EVENTS) < 0.15).astype(int)
    days = random.choice(DAYS, EVENTS, p=[0.1, 0.3, 0.2, 0.15, 0.25])
    amounts = np.round(random.lognormal(4, 1, EVENTS), 2)
    # Rounded, so that there are ties.
    a = np.round(np.clip(random.beta(1, 4, EVENTS) + 0.3 * labels * random.random(EVENTS), 0, 1), 2)
    b = np.clip(a + random.normal(0, 0.08, EVENTS) + 0.1 * labels, 0, 1)
    names_a, names_b = decisions(a), decisions(b)
    flips = {}
    for x, y in zip(names_a, names_b):
        if x != y:
            flips[f"{x} {y}"] = flips.get(f"{x} {y}", 0) + 1
    golden = {
        "start": "2026-11-20T00:00:00.000Z",
        "events": [
            {"a": x, "b": y, "label": int(label), "amount": amount, "day": int(day)}
            for x, y, label, amount, day in zip(a, b, labels, amounts, days)
        ],
        "flips": flips,
        "difference": {
            "mean": (b - a).mean(),
            "meanAbsolute": np.abs(b - a).mean(),
            "maxAbsolute": np.abs(b - a).max(),
        },
        "histogram": {
            side: np.histogram(s, bins=50, range=(0, 1))[0].tolist()
            for side, s in (("a", a), ("b", b))
        },
        "scores": {"a": distribution(a), "b": distribution(b)},
        "quality": {"a": quality(a, labels, amounts), "b": quality(b, labels, amounts)},
        "capacity": {"a": capacity(a, days, labels), "b": capacity(b, days, labels)},
    }
    file = Path(__file__).parents[2] / "test" / "data" / "compare-goldens.json"
    file.write_text(json.dumps(golden, default=lambda number: number.item()) + "\n")


main()
