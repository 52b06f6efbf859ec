"""What the model card reports."""
import numpy as np
from sklearn.metrics import average_precision_score, roc_auc_score


def threshold(legitimate, share):
    """The lowest threshold, in steps of 1e-4, at which at most this share of legitimate scores is at or above it."""
    allowed = int(share * len(legitimate))
    edge = np.sort(legitimate)[::-1][allowed]  # the first that must stay below
    return float(np.floor(float(edge) * 1e4 + 1) / 1e4)


def card_precision(data, score, k=100):
    """Mean over days of the share of the k highest-scored cards that had a fraud that day; a card found is not
    looked at again (as the Fraud Detection Handbook measures it)."""
    found, daily = set(), []
    for day in np.unique(data.day):
        rows = np.flatnonzero(data.day == day)
        best, fraud = {}, {}
        for r in rows:
            c = data.customer[r]
            if c in found:
                continue
            best[c] = max(best.get(c, 0), score[r])
            fraud[c] = fraud.get(c, False) or data.scenario[r] > 0
        top = sorted(best, key=best.get, reverse=True)[:k]
        hits = [c for c in top if fraud[c]]
        daily.append(len(hits) / k)
        found.update(hits)
    return float(np.mean(daily))


def at(data, score, limit):
    """False-positive rate, precision and recall of scores at or above a threshold."""
    flagged, y = score >= limit, data.y == 1
    return {"fpr": float(flagged[~y].mean()), "precision": float(y[flagged].mean()) if flagged.any() else float("nan"),
            "recall": float(flagged[y].mean())}


def report(data, score, limits):
    return {"auc": float(roc_auc_score(data.y, score)), "ap": float(average_precision_score(data.y, score)),
            "cp100": card_precision(data, score), "rows": len(data.y), "frauds": int(data.y.sum()),
            **{name: at(data, score, limit) for name, limit in limits.items()}}
