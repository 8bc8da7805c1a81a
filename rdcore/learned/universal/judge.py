"""A classifier that takes no part in training and says what is still readable."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from rdcore._arrays import Array
from rdcore.learned.universal.digits import Digits, Images, Labels

_SMALLEST = 1e-12


@dataclass(frozen=True, eq=False)
class Judge:
    """A support vector machine with calibrated probabilities, fitted to originals alone.

    It shares neither weights nor kind with the networks. Its temperature is fitted to originals by
    cross-validation, so reconstructions unlike any of them are judged by a confidence they do not
    merit: its cross-entropy bounds H(S|X̂) from above, and is not an estimate of it.

    Attributes
    ----------
    accuracy : float
        On originals that it has not seen.
    cross_entropy_nats : float
        On the same.
    """

    model: Any
    accuracy: float
    cross_entropy_nats: float

    @staticmethod
    def trained(digits: Digits) -> Judge:
        """Fit a judge to the training half and measure it on the other."""
        from sklearn.calibration import CalibratedClassifierCV
        from sklearn.svm import SVC

        machine = SVC(C=10.0, gamma="scale")
        model = CalibratedClassifierCV(machine, method="temperature", cv=5, ensemble=False)
        model.fit(digits.training, digits.training_labels)
        accuracy, cross_entropy = read(model, digits.held_out, digits.held_out_labels)
        return Judge(model, accuracy, cross_entropy)

    def reading(self, images: Images, labels: Labels) -> tuple[float, float]:
        """Return accuracy, and cross-entropy in nats, on images, (n, 64)."""
        return read(self.model, images, labels)


def read(model: Any, images: Images, labels: Labels) -> tuple[float, float]:
    """Return a model's accuracy, and its cross-entropy in nats."""
    chances: Array = model.predict_proba(images)
    right = chances.argmax(axis=1) == labels
    logs = np.log(np.maximum(chances[np.arange(len(labels)), labels], _SMALLEST))
    return float(right.mean()), float(-logs.mean())
