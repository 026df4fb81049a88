import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from pyro.distributions import DirichletMultinomial

from gzviewer.core.dirichlet_multinomial import votes_loss
from gzviewer.ml.loss import dirichlet_multinomial_loss

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
    in_numpy = votes_loss(seen.numpy(), concentrations.numpy()[:, None])
    assert torch.allclose(torch.from_numpy(in_numpy), theirs, atol=1e-9)


def test_a_question_nobody_was_asked_has_no_loss_and_no_gradient():
    concentrations = torch.tensor([[3.0, 70.0, 5.0, 9.0]], requires_grad=True)
    votes = torch.tensor([[0.0, 0.0, 4.0, 1.0]])
    loss = dirichlet_multinomial_loss(votes, concentrations, [slice(0, 2), slice(2, 4)])
    loss.sum().backward()
    assert loss[0, 0] == 0
    assert loss[0, 1] > 0
    assert concentrations.grad[0, :2].tolist() == [0, 0]
