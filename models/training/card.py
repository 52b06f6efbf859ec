"""The model card of a bundle."""


def card(version, title, r, limits, parity):
    def row(name):
        m = r[name]
        return (f"| {name.upper()} | {limits[name]:.4f} | {m['fpr'] * 100:.3f} % | {m['precision'] * 100:.1f} % | "
                f"{m['recall'] * 100:.1f} % |")

    return f"""# Model card: fraud {version}

**What** {title}. One input `features`, float32 [N,15]; one output `probabilities` [N,2], column 1 is the score.

**For** the demo of stream-scorer: simulated card transactions. Not for real ones.

**Data** Simulated (`models/training/world.json`: 5,000 customers, 10,000 terminals, 150 days), features known at the time of
each transaction. Trained on days 40 to 94, thresholds chosen on days 102 to 120, measured on days 128 to 149; the 7 days in
between are those after which a fraud is known.

**Measured on the test window** ({r['rows']:,} transactions, {r['frauds']:,} frauds)

| AUC | average precision | card precision@100 |
| --- | --- | --- |
| {r['auc']:.4f} | {r['ap']:.4f} | {r['cp100']:.3f} |

**Thresholds**, chosen on the validation window so that at most 0.05 % (reject) and 1 % (review) of the legitimate
transactions are at or above; measured on the test window:

| | score at or above | false-positive rate | precision | recall |
| --- | --- | --- | --- | --- |
{row('reject')}
{row('review')}

**Parity** Largest difference between the training library's score and ONNX Runtime's over 100,000 transactions: {parity:.1e}.

**Limits** The simulator's frauds follow three simple rules; a compromised terminal is found only once its first frauds are
known, 7 days later. Amounts have no currency, customers no history of their own making.
"""
