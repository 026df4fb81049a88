import numpy as np
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from pyro.distributions import DirichletMultinomial

from gzviewer.core.schema import Answer, Question, Schema
from gzviewer.ml.loss import dirichlet_multinomial_loss
from gzviewer.ml.metrics import best_constant, figures

counts = st.lists(st.integers(0, 80), min_size=2, max_size=6)


@settings(deadline=None)
@given(counts, st.integers(0, 2**32))
def test_the_loss_is_that_of_pyro(votes, seed):
    generator = torch.Generator().manual_seed(seed)
    concentrations = 1 + 100 * torch.rand(1, len(votes), generator=generator, dtype=torch.float64)
    seen = torch.tensor([votes], dtype=torch.float64)
    ours = dirichlet_multinomial_loss(seen, concentrations, [slice(0, len(votes))])
    theirs = -DirichletMultinomial(concentrations, int(seen.sum())).log_prob(seen)
    assert torch.allclose(ours[:, 0], theirs, atol=1e-9)


def test_a_question_nobody_was_asked_has_no_loss_and_no_gradient():
    concentrations = torch.tensor([[3.0, 70.0, 5.0, 9.0]], requires_grad=True)
    votes = torch.tensor([[0.0, 0.0, 4.0, 1.0]])
    loss = dirichlet_multinomial_loss(votes, concentrations, [slice(0, 2), slice(2, 4)])
    loss.sum().backward()
    assert loss[0, 0] == 0
    assert loss[0, 1] > 0
    assert concentrations.grad[0, :2].tolist() == [0, 0]


def test_the_best_constant_is_the_share_of_the_votes():
    votes = np.random.default_rng(1).multinomial(40, [0.7, 0.2, 0.1], 300).astype(np.float32)
    best = best_constant(votes)
    assert np.allclose(best / best.sum(), [0.7, 0.2, 0.1], atol=0.02)
    assert best.sum() > 50  # the galaxies do not differ: the constant is sure of itself


def test_figures_of_a_perfect_and_of_a_clueless_model():
    question = Question("round", "Round?", (Answer("yes", "yes"), Answer("no", "no")))
    votes = np.array([[40, 0], [4, 36], [38, 2], [20, 20], [0, 0]], dtype=np.float32)
    schema = Schema("one", "One", (question,))
    perfect = figures(schema, votes, 1 + 2 * votes, votes)["round"]
    clueless = figures(schema, votes, np.full_like(votes, 50), votes)["round"]
    assert (perfect.accuracy, perfect.confident, perfect.galaxies) == (1.0, 3, 4)
    assert perfect.rmse < 0.02 < clueless.rmse
    assert perfect.loss < perfect.baseline_loss <= clueless.loss
