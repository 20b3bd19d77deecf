"""Classification scores under both readings."""

from __future__ import annotations

import warnings

import numpy as np

from imbench.scoring.classifiers import Prediction

PUBLISHED_PLACES = 4


def published_scores(truth: np.ndarray, prediction: Prediction, classes: int) -> dict[str, float]:
    """F1 and AUC as the paper's code computed them, rounded to four places a run.

    F1 is that of class code 1 for two classes, whichever class that is, and the weighted one for
    more. AUC is computed from predicted labels, so for two classes it equals balanced accuracy; for
    more it is the plain mean over the classes, each against the rest.
    """
    from sklearn.metrics import f1_score, roc_auc_score

    labels = prediction.labels
    if classes == 2:
        f1 = f1_score(truth, labels, pos_label=1, zero_division=0)
        auc = roc_auc_score(truth, labels)
    else:
        f1 = f1_score(truth, labels, average="weighted", zero_division=0)
        hot = np.eye(classes)
        auc = roc_auc_score(hot[truth], hot[labels], average="macro")
    return {"f1": round(float(f1), PUBLISHED_PLACES), "auc": round(float(auc), PUBLISHED_PLACES)}


def corrected_scores(
    truth: np.ndarray, prediction: Prediction, classes: int, minority: int
) -> dict[str, float]:
    """Scores with the minority class as the positive one and AUC from probabilities.

    Keys: f1, precision, recall, auc, average_precision (minority against the rest);
    balanced_accuracy, g_mean (geometric mean of the recalls of all classes), mcc, macro_f1 (over
    all classes).
    """
    from imblearn.metrics import geometric_mean_score
    from sklearn import metrics

    positive, called = truth == minority, prediction.labels == minority
    chance = prediction.probabilities[:, minority]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a class without test rows: the score is defined as 0 or NaN
        found = {
            "f1": metrics.f1_score(positive, called, zero_division=0),
            "precision": metrics.precision_score(positive, called, zero_division=0),
            "recall": metrics.recall_score(positive, called, zero_division=0),
            "auc": metrics.roc_auc_score(positive, chance),
            "average_precision": metrics.average_precision_score(positive, chance),
            "balanced_accuracy": metrics.balanced_accuracy_score(truth, prediction.labels),
            "g_mean": geometric_mean_score(truth, prediction.labels, average="multiclass"),
            "mcc": metrics.matthews_corrcoef(truth, prediction.labels),
            "macro_f1": metrics.f1_score(truth, prediction.labels, average="macro", zero_division=0),
        }
    return {name: float(value) for name, value in found.items()}
