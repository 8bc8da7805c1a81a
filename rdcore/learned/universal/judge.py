"""A classifier for evaluation, not used in training."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from rdcore._arrays import Array
from rdcore.learned.universal.digits import Digits, Images, Labels, parity

_SMALLEST = 1e-12


@dataclass(frozen=True, eq=False)
class Judge:
    """A support vector machine with calibrated probabilities, fitted only to originals.

    It is independent of the networks. Its temperature is fitted to originals by cross-validation,
    so it can be overconfident on reconstructions. Its cross-entropy is an upper bound on H(S|X̂),
    not an estimate of it.

    Attributes
    ----------
    accuracy : float
        Accuracy on held-out originals.
    cross_entropy_nats : float
        Cross-entropy on held-out originals.
    """

    model: Any
    accuracy: float
    cross_entropy_nats: float

    @staticmethod
    def trained(digits: Digits) -> Judge:
        """Fit a judge to the training images and measure it on the held-out ones."""
        from sklearn.calibration import CalibratedClassifierCV
        from sklearn.svm import SVC

        machine = SVC(C=10.0, gamma="scale")
        model = CalibratedClassifierCV(machine, method="temperature", cv=5, ensemble=False)
        model.fit(digits.training, digits.training_labels)
        accuracy, cross_entropy = read(model, digits.held_out, digits.held_out_labels)
        return Judge(model, accuracy, cross_entropy)

    def reading(self, images: Images, labels: Labels) -> tuple[float, float]:
        """Return the accuracy, and the cross-entropy in nats, on images (n, 64)."""
        return read(self.model, images, labels)

    def parity_accuracy(self, images: Images, labels: Labels) -> float:
        """Return the share of images whose digit is rightly called odd or even."""
        chances: Array = self.model.predict_proba(images)
        odd = chances[:, 1::2].sum(axis=1) > 0.5
        return float((odd == parity(labels)).mean())


def read(model: Any, images: Images, labels: Labels) -> tuple[float, float]:
    """Return the accuracy of a model, and its cross-entropy in nats."""
    chances: Array = model.predict_proba(images)
    right = chances.argmax(axis=1) == labels
    logs = np.log(np.maximum(chances[np.arange(len(labels)), labels], _SMALLEST))
    return float(right.mean()), float(-logs.mean())
