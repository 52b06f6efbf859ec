"""Writes test/data/drift-goldens.json: PSI, and the evidence of the e-detector after each block.

    python3 scripts/goldens/drift_figures.py > test/data/drift-goldens.json

An implementation of its own, with numpy and the textbook formulas: exponential tilts and shares as
full distributions over the slots, and the recursion R = (R + 1) * prod (q / p) ** counts.
"""

import json
from statistics import NormalDist

import numpy as np

NORMAL = NormalDist()


def shares_of(counts):
    counts = np.asarray(counts, dtype=float)
    return (counts + 0.5) / (counts.sum() + len(counts) / 2)


def psi(reference, counts):
    p, q = shares_of(reference), shares_of(counts)
    used = (np.asarray(reference) + np.asarray(counts)) > 0
    return float(((q - p) * np.log(q / p))[used].sum())


def normal_scores(p):
    """E[Z] and E[Z^2] - 1 of the slots after the first one (missing), on a normal scale."""
    own = p[1:] / p[1:].sum()
    ends = [NORMAL.inv_cdf(min(c, 1 - 1e-16)) for c in np.cumsum(own)[:-1]]
    lower, upper = [None, *ends], [*ends, None]
    density = lambda z: 0.0 if z is None else NORMAL.pdf(z)
    moment = lambda z: 0.0 if z is None else z * NORMAL.pdf(z)
    place = [(density(a) - density(b)) / s for a, b, s in zip(lower, upper, own)]
    spread = [(moment(a) - moment(b)) / s for a, b, s in zip(lower, upper, own)]
    return np.array([0.0, *place]), np.array([0.0, *spread])


def tilted(p, score, theta):
    q = p * np.exp(theta * score)
    return q / q.sum()


def with_share(p, slot, angle):
    share = np.sin(angle / 2) ** 2
    q = p * (1 - share) / (1 - p[slot])
    q[slot] = share
    return q


def alternatives(reference, numeric, effect):
    """Pairs of distributions: the largest change that is tolerated, and one beyond it."""
    p = shares_of(reference)
    m = sum(reference)
    errors = 2 if m >= 50_000 else 5
    tolerated = lambda v: max(effect / 2, errors / np.sqrt(m * v))
    groups = []
    if numeric:
        for part, score, beyond in zip(
            (5, 1.5), normal_scores(p), ((0.05, 0.1, 0.25, 0.5, 1), (0.05, 0.1, 0.25, 0.5))
        ):
            variance = float((p * (score - (p * score).sum()) ** 2).sum())
            least = tolerated(variance)
            groups.append((part, [
                (tilted(p, score, sign * least), tilted(p, score, sign * (least + more)))
                for more in beyond for sign in (1, -1)
            ]))
    least = tolerated(1)

    def changes(slot):
        angle = 2 * np.arcsin(np.sqrt(p[slot]))
        found = [
            (with_share(p, slot, angle + least), with_share(p, slot, angle + least + more))
            if angle + least + more < np.pi else None
            for more in (0.05, 0.1, 0.25, 0.5, 1)
        ]
        if reference[slot] > 0:
            found += [
                (with_share(p, slot, angle - least), with_share(p, slot, angle - least - more))
                if angle - least - more > 0 else None
                for more in (0.1, 0.25)
            ]
        return found

    rare = [s for s in range(1, len(p)) if reference[s] == 0]
    others = [s for s in range(1, len(p)) if reference[s] > 0]
    groups.append((1, changes(0)))
    groups.append((1, [pair for s in rare for pair in changes(s)]))
    groups.append((1.5 if numeric else 6, [pair for s in others for pair in changes(s)]))
    whole = sum(part for part, _ in groups)
    return [(part / whole / len(pairs), pair) for part, pairs in groups for pair in pairs]


def evidence(reference, numeric, effect, blocks):
    every = alternatives(reference, numeric, effect)
    r = np.zeros(len(every))
    found = []
    for counts in blocks:
        counts = np.asarray(counts, dtype=float)
        for i, (_, pair) in enumerate(every):
            # what does not exist for this reference is never evidence
            ln = -counts.sum() if pair is None else float((counts * np.log(pair[1] / pair[0])).sum())
            r[i] = (r[i] + 1) * np.exp(ln)
        found.append(float(sum(w * x for (w, _), x in zip(every, r))))
    return found


def main():
    rng = np.random.default_rng(7)
    cases = []
    for numeric, true, now, rows in (
        (True, [0.02, 0, 0.1, 0.3, 0.3, 0.2, 0.08, 0], [0.02, 0, 0.08, 0.28, 0.3, 0.22, 0.1, 0], 60_000),
        (True, [0, 0, 0.6, 0.4, 0], [0, 0.001, 0.599, 0.4, 0], 60_000),
        (False, [0.05, 0.5, 0.3, 0.15, 0, 0], [0.1, 0.45, 0.3, 0.14, 0, 0.01], 60_000),
        # its own error is tolerated
        (True, [0, 0, 0.4, 0.3, 0.3, 0], [0, 0, 0.1, 0.3, 0.6, 0], 900),
    ):
        reference = [int(c) for c in rng.multinomial(rows, true)]
        blocks = [[int(c) for c in rng.multinomial(100, true)] for _ in range(20)]
        blocks += [[int(c) for c in rng.multinomial(100, now)] for _ in range(20)]
        total = [int(c) for c in np.sum(blocks, axis=0)]
        for effect in (0, 0.1):
            cases.append({
                "numeric": numeric,
                "reference": reference,
                "effect": effect,
                "blocks": blocks,
                "psi": psi(reference, total),
                "evidence": evidence(reference, numeric, effect, blocks),
            })
    print(json.dumps(cases))


main()
