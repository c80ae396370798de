"""A smaller softmax for most of the training: many tokens occur in questions only and are never a target."""
import torch


class Candidates:
    """All tokens that were a target so far, and a random share of the others. The share keeps the others improbable."""

    def __init__(self, vocab, sampled_share, seed):
        self.seen = torch.zeros(vocab, dtype=torch.bool)
        self.sampled_share = sampled_share
        self.generator = torch.Generator().manual_seed(seed)

    def select(self, labels):
        """Token ids of the candidates, and the labels as indices into them."""
        self.seen[labels] = True
        chosen = self.seen | (torch.rand(len(self.seen), generator=self.generator) < self.sampled_share)
        index = torch.cumsum(chosen, 0) - 1
        return torch.nonzero(chosen)[:, 0], index[labels]
