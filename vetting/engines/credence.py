"""From what is seen of a claim in an answer to a probability that the answer states it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np


class Look(NamedTuple):
    """A claim in the window of an answer that says it best: what its probability is worked out from.

    `said`: gain of its best wording above what the wordings of other claims gain on it; `lead`: how far that is above
    the best other claim there; `near_lead`: the same of the window as a whole; `letters`: share of the statement's
    letter groups in the window; `numbers`: share of its numbers there less a half, 0 where it has none.
    """

    said: float
    lead: float
    near_lead: float
    letters: float
    numbers: float


@dataclass(frozen=True)
class Calibration:
    """Constants that turn a look into a probability (logistic), and the strength of an answer into credit.

    `slope` multiplies the log odds: a look tells more about what people say than about made-up answers. `middle`,
    `spread`: strength at which half of the credit is reached, and its logistic scale.
    """

    intercept: float
    weights: Look
    slope: float
    middle: float
    spread: float

    def probability(self, look: Look) -> float:
        """P(stated), rounded to 4 decimals."""
        terms = zip(self.weights, bounded(look), strict=True)
        return logistic(self.slope * (self.intercept + sum(weight * sign for weight, sign in terms)))

    def credit(self, strength: float) -> float:
        """Share of full credit, 0-1, for the mean of the signs."""
        return logistic((strength - self.middle) / self.spread)


MOST_SAID = 0.4
"""Beyond which more of what is said says no more: a near miss has the words too."""
MOST_LEAD = 0.3
"""Lead beyond which nothing is gained or lost: a window of several sentences says other things as well."""


def bounded(look: Look) -> Look:
    """The signs as far as they count."""
    lead, near_lead = (min(max(x, -MOST_LEAD), MOST_LEAD) for x in (look.lead, look.near_lead))
    return look._replace(said=min(look.said, MOST_SAID), lead=lead, near_lead=near_lead)


SLOPE = 1.9
"""Slope of the true log odds on those of the fit: 1.7 to 2.2 on five phrase banks (`make train-belief`)."""

CALIBRATED: Mapping[bool, Calibration] = {
    True: Calibration(-1.98, Look(7.11, 2.89, 1.11, 3.37, 1.13), SLOPE, middle=0.3, spread=0.1),
    False: Calibration(-1.98, Look(7.11, 2.89, 1.11, 3.37, 1.13), SLOPE, middle=0.38, spread=0.1),
}
"""By words, and by sentences only.

Probability: logistic regression, classes balanced (so .5 means "as likely as not" whatever the mix), on answers put
together from the packs' examples and near misses (`evals/rater_training.py`). By sentences only the same weights are
used and were not fitted: such an answer is flagged as degraded. Credit: set by hand, from no labelled
file: an answer to another question has a strength of about .1, a full answer in own words .5 to .6, a copy 1.
"""


def logistic(x: float) -> float:
    """The logistic function, rounded to 4 decimals."""
    return round(float(1 / (1 + np.exp(-x))), 4)
