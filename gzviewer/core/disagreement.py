"""How uncertain a question is, and how much of that is the members' disagreement: entropies in nats."""

from collections.abc import Sequence
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

Real = TypeVar("Real", np.float32, np.float64)

QUESTIONS_AT_A_TIME = 10
PRODUCTS_AT_A_TIME = 320_000


def mutual_information(
    numbers: NDArray[np.floating], questions: Sequence[slice] = (slice(None),)
) -> NDArray[np.float64]:
    r"""How much one volunteer's answer would tell of which member is right: what the members disagree about (BALD).

    .. math:: I = H\Big[\frac{1}{M} \sum_m \rho_m\Big] - \frac{1}{M} \sum_m H[\rho_m], \quad H[p] = -\sum_k p_k \ln p_k

    with :math:`\rho_m` the fractions that member m expects. 0 for one member; at most :math:`\ln K`.

    Parameters
    ----------
    numbers : (row, member, answer), each >= 0 or NaN
        Concentrations, probabilities or shares: all that matters is how they stand to each other within a question.
    questions
        Where the answers of each question stand on the answer axis.

    Returns
    -------
    (row, question), nats; NaN where a number of the question is NaN, or all are 0.

    Notes
    -----
    Houlsby et al. 2011, arXiv 1112.5745, with one vote; Walmsley et al. 2020, MNRAS 491, 1554, count many.
    """
    places = [question.indices(numbers.shape[-1])[:2] for question in questions]
    parts = [
        places[first : first + QUESTIONS_AT_A_TIME] for first in range(0, len(places), QUESTIONS_AT_A_TIME)
    ]
    found = [_disagreements(numbers, part) for part in parts]
    return np.concatenate(found, axis=1)


def _disagreements(numbers: NDArray[np.floating], places: Sequence[tuple[int, int]]) -> NDArray[np.float64]:
    """(row, question) of some questions, whose answers stand at `places` on the answer axis.

    In blocks that stay in the processor's cache, and products too small for more than one thread to be woken: four times
    quicker than sums over the few answers of one question after the other.
    """
    first, last = min(start for start, _ in places), max(stop for _, stop in places)
    belongs = np.zeros((last - first, len(places)), dtype=np.float32)
    for question, (start, stop) in enumerate(places):
        belongs[start - first : stop - first, question] = 1
    rows = max(1, PRODUCTS_AT_A_TIME // (numbers.shape[1] * belongs.size))
    found = np.empty((len(numbers), len(places)))
    for row in range(0, len(numbers), rows):
        found[row : row + rows] = _disagreement(numbers[row : row + rows, :, first:last], belongs)
    return found


def _disagreement(numbers: NDArray[np.floating], belongs: NDArray[np.float32]) -> NDArray[np.float32]:
    """(row, question) of one block; `belongs` (answer, question) is 1 where an answer is one of the question's."""
    members, answers = numbers.shape[1:]
    given = np.ascontiguousarray(numbers, dtype=np.float32).reshape(-1, answers)
    totals = given @ belongs
    if np.isnan(totals).any():  # NaN times 0 has spoilt the other questions
        unknown = np.isnan(given)
        given = np.where(unknown, np.float32(0), given)
        totals = np.where(unknown @ belongs > 0, np.float32(0), given @ belongs)
    is_known = totals > 0
    fractions = given * (np.divide(1, totals, out=np.zeros_like(totals), where=is_known) @ belongs.T)
    shape = (-1, members, belongs.shape[1])
    single = (_logs(fractions) @ belongs).reshape(shape).mean(axis=1)
    together = _logs(fractions.reshape(-1, members, answers).mean(axis=1)) @ belongs
    nats: NDArray[np.float32] = np.maximum(single - together, 0)  # both without their minus
    nats[~is_known.reshape(shape).all(axis=1)] = np.nan
    return nats


def categorical_entropy(fractions: NDArray[np.floating]) -> NDArray[np.float64]:
    """Entropy in nats of fractions (..., answer) that sum to 1: 0 for one certain answer, ln K where all are equal."""
    nats: NDArray[np.float64] = -_logs(np.asarray(fractions, dtype=np.float64)).sum(axis=-1)
    return nats + 0.0  # no minus zero


def _logs(fractions: NDArray[Real]) -> NDArray[Real]:
    """The terms p ln p; 0 ln 0 is 0."""
    logs = np.maximum(fractions, np.finfo(fractions.dtype).tiny)
    np.log(logs, out=logs)
    logs *= fractions
    return logs
