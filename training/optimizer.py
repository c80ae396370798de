"""Muon for the matrices of the layers, AdamW for embeddings, norms and biases; several processes work together.

sync_steps 1: the gradients are averaged in each step, and each process orthogonalises a share of the matrices.
Greater: each process makes its own steps, and weights and momenta are averaged every sync_steps steps, so that
processes rarely wait for each other.
"""
import torch
import torch.distributed as dist

NEWTON_SCHULZ_STEPS = 4
NEWTON_SCHULZ = (3.4445, -4.775, 2.0315)


def orthogonalise(matrix, products):
    """The nearest (semi-)orthogonal matrix, approximately; its matrix products run in the type `products`."""
    a, b, c = NEWTON_SCHULZ
    tall = matrix.shape[0] > matrix.shape[1]
    x = matrix.t() if tall else matrix
    x = (x / (x.norm() + 1e-7)).to(products)
    for _ in range(NEWTON_SCHULZ_STEPS):
        gram = x @ x.t()
        x = torch.addmm(x, torch.addmm(gram, gram, gram, beta=b, alpha=c), x, beta=a)
    x = x.float()
    return x.t() if tall else x


class Optimizer:
    def __init__(self, model, learning_rate, muon_rate, weight_decay, rank=0, world_size=1, sync_steps=1):
        named = [(name, p) for name, p in model.named_parameters()]
        self.parameters = [p for _, p in named]
        self.matrices = [p for name, p in named if p.dim() == 2 and "layers" in name]
        chosen = {id(p) for p in self.matrices}
        rest = [p for p in self.parameters if id(p) not in chosen]
        groups = [dict(params=[p for p in rest if p.dim() > 1], weight_decay=weight_decay),
                  dict(params=[p for p in rest if p.dim() < 2], weight_decay=0.0)]
        self.adam = torch.optim.AdamW(groups, lr=learning_rate, betas=(0.9, 0.98))
        self.momentum = [torch.zeros_like(p) for p in self.matrices]
        self.learning_rate, self.muon_rate, self.weight_decay = learning_rate, muon_rate, weight_decay
        self.rank, self.world_size, self.sync_steps, self.steps = rank, world_size, sync_steps, 0
        self.products = model.products
        self.joint = world_size > 1 and sync_steps == 1

    @staticmethod
    def sum_over_processes(tensors, factor=1.0):
        flat = torch.cat([tensor.detach().reshape(-1) for tensor in tensors])
        dist.all_reduce(flat)
        flat *= factor
        offset = 0
        for tensor in tensors:
            tensor.copy_(flat[offset:offset + tensor.numel()].view_as(tensor))
            offset += tensor.numel()

    @torch.no_grad()
    def average(self):
        """Averages weights and momenta over the processes."""
        if self.world_size > 1 and self.sync_steps > 1:
            self.sum_over_processes(self.parameters + self.momentum, 1 / self.world_size)

    def matrix_updates(self, decay=0.95):
        updates = []
        for i, (p, momentum) in enumerate(zip(self.matrices, self.momentum)):
            momentum.mul_(decay).add_(p.grad)
            if self.joint and i % self.world_size != self.rank:
                updates.append(torch.zeros_like(p))
                continue
            nesterov = p.grad + decay * momentum
            parts = nesterov.chunk(2) if p.shape[0] >= 4 * p.shape[1] else (nesterov,)
            gain = [max(1.0, part.shape[0] / part.shape[1]) ** 0.5 for part in parts]
            updates.append(torch.cat([orthogonalise(part, self.products) * g for part, g in zip(parts, gain)]))
        if self.joint:
            self.sum_over_processes(updates)
        return updates

    @torch.no_grad()
    def step(self, factor):
        """factor: the schedule's share of the full learning rates."""
        if self.joint:
            self.sum_over_processes([p.grad for p in self.parameters], 1 / self.world_size)
        norm = torch.nn.utils.clip_grad_norm_(self.parameters, 1.0)
        for group in self.adam.param_groups:
            group["lr"] = factor * self.learning_rate
        self.adam.step()
        rate = factor * self.muon_rate
        for p, update in zip(self.matrices, self.matrix_updates()):
            p.mul_(1 - rate * self.weight_decay).add_(update, alpha=-rate)
        for p in self.parameters:
            p.grad = None
        self.steps += 1
        if self.steps % self.sync_steps == 0:
            self.average()
        return float(norm)

    def state(self):
        return dict(adam=self.adam.state_dict(), momentum=self.momentum)

    def load(self, state):
        self.adam.load_state_dict(state["adam"])
        for own, saved in zip(self.momentum, state["momentum"]):
            own.copy_(saved)
