"""Golden values for core/training/significance from SciPy, scikit-learn and NumPy.

usage: python3 tools/golden_significance.py        (writes test/golden/significance.json)
needs: scipy 1.17, scikit-learn 1.8, numpy 1.26
"""
import json
import pathlib

import numpy as np
from scipy.stats import binomtest
from sklearn.metrics import f1_score

COUNTS = [(0, 0), (1, 0), (3, 1), (10, 10), (5, 17), (40, 12), (0, 12), (250, 310), (3000, 2800)]
ROWS, LABELS, ANSWERS, RESAMPLES = 60, 4, 5, 20000


def mcnemar(first, second):
    return 1.0 if first + second == 0 else float(binomtest(min(first, second), first + second, 0.5).pvalue)


def macro(truth, answers):
    """Over the labels that occur; one more is answered now and then."""
    return float(f1_score(truth, answers, labels=sorted(set(truth)), average="macro"))


random = np.random.default_rng(7)
truth = random.integers(0, LABELS, ROWS)
first = np.where(random.random(ROWS) < 0.6, truth, random.integers(0, ANSWERS, ROWS))
second = np.where(random.random(ROWS) < 0.75, truth, random.integers(0, ANSWERS, ROWS))
differences = []
for _ in range(RESAMPLES):
    rows = random.integers(0, ROWS, ROWS)
    differences.append(macro(truth[rows], second[rows]) - macro(truth[rows], first[rows]))

golden = {
    "mcnemar": [{"onlyFirst": a, "onlySecond": b, "p": mcnemar(a, b)} for a, b in COUNTS],
    "answers": {"truth": truth.tolist(), "first": first.tolist(), "second": second.tolist()},
    "labels": ANSWERS,
    "macroF1": [macro(truth, first), macro(truth, second)],
    "interval": np.percentile(differences, [2.5, 97.5]).tolist(),
}
path = pathlib.Path(__file__).resolve().parent.parent / "test" / "golden" / "significance.json"
path.write_text(json.dumps(golden, indent=1) + "\n")
