"""The network of Dream / Qwen2: RMSNorm, q/k/v with bias, rotary positions, grouped queries, SwiGLU. The caller gives
the attention bias.

q, k and v are one matrix here, gate and up another; hf_format.py splits and joins them. `products` is the type of the
matrix products, and of attention and the MLP between them. The residual stream, the norms and the logits are float32.
"""
from dataclasses import asdict, dataclass

import torch
import torch.nn as nn
import torch.nn.functional as F


@dataclass
class ModelConfig:
    vocab: int
    hidden: int = 192
    layers: int = 5
    heads: int = 6
    kv_heads: int = 2
    mlp: int = 512
    theta: float = 10000.0
    eps: float = 1e-6
    tied: bool = True
    max_positions: int = 1024

    @property
    def head_size(self):
        return self.hidden // self.heads

    def to_dict(self):
        return asdict(self)


class RmsNorm(nn.Module):
    def __init__(self, size, eps):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(size))
        self.eps = eps

    def forward(self, x):
        return x * torch.rsqrt((x * x).mean(-1, keepdim=True) + self.eps) * self.weight


class Linear(nn.Linear):
    def forward(self, x, products=torch.float32):
        bias = None if self.bias is None else self.bias.to(products)
        return F.linear(x.to(products), self.weight.to(products), bias)


def rotate(x, cos, sin):
    first, second = x.chunk(2, -1)
    return x * cos + torch.cat([-second, first], -1) * sin


class Layer(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.heads, self.kv_heads, self.head_size = config.heads, config.kv_heads, config.head_size
        self.input_layernorm = RmsNorm(config.hidden, config.eps)
        self.post_attention_layernorm = RmsNorm(config.hidden, config.eps)
        self.qkv = Linear(config.hidden, (config.heads + 2 * config.kv_heads) * config.head_size)
        self.o_proj = Linear(config.hidden, config.hidden, bias=False)
        self.gate_up = Linear(config.hidden, 2 * config.mlp, bias=False)
        self.down_proj = Linear(config.mlp, config.hidden, bias=False)

    def attend(self, query, key, value, bias):
        """query [B, heads, T, D], key and value [B, kv_heads, S, D], bias [B, T, S] (0 or very negative)."""
        batch, _, rows, size = query.shape
        columns, group = key.shape[2], self.heads // self.kv_heads
        query = query.reshape(batch * self.kv_heads, group * rows, size)
        key = key.reshape(batch * self.kv_heads, columns, size)
        value = value.reshape(batch * self.kv_heads, columns, size)
        scores = torch.bmm(query, key.transpose(1, 2)).view(batch, self.kv_heads, group, rows, columns)
        weights = F.softmax(scores.add_(bias[:, None, None]), -1)
        mixed = torch.bmm(weights.view(batch * self.kv_heads, group * rows, columns), value)
        return mixed.view(batch, self.heads, rows, size).transpose(1, 2).reshape(batch, rows, -1)

    def attention(self, x, bias, cos, sin, products, cache=None):
        """cache: None, or (keys, values, positions): the rows' keys and values are written at these positions first,
        and the attention then runs over the whole cache."""
        batch, rows, _ = x.shape
        packed = self.qkv(self.input_layernorm(x), products)
        packed = packed.view(batch, rows, self.heads + 2 * self.kv_heads, self.head_size).transpose(1, 2)
        query, key, value = packed.split([self.heads, self.kv_heads, self.kv_heads], 1)
        scale = self.head_size ** -0.5
        query, key = rotate(query, cos * scale, sin * scale), rotate(key, cos, sin)
        if cache is not None:
            keys, values, positions = cache
            keys[:, :, positions], values[:, :, positions] = key, value
            key, value = keys, values
        return x + self.o_proj(self.attend(query, key, value, bias), products)

    def feed_forward(self, x, products):
        gate, up = self.gate_up(self.post_attention_layernorm(x), products).chunk(2, -1)
        return x + self.down_proj(F.silu(gate.float()).to(products) * up, products)


class Model(nn.Module):
    def __init__(self, config, products=torch.float32):
        super().__init__()
        self.config, self.products = config, products
        self.embed_tokens = nn.Embedding(config.vocab, config.hidden)
        self.layers = nn.ModuleList(Layer(config) for _ in range(config.layers))
        self.norm = RmsNorm(config.hidden, config.eps)
        self.lm_head = nn.Linear(config.hidden, config.vocab, bias=False)
        if config.tied:
            self.lm_head.weight = self.embed_tokens.weight
        pairs = torch.arange(0, config.head_size, 2) / config.head_size
        angles = torch.arange(config.max_positions)[:, None] * config.theta ** -pairs[None]
        self.register_buffer("cos", torch.cat([angles, angles], 1).cos(), persistent=False)
        self.register_buffer("sin", torch.cat([angles, angles], 1).sin(), persistent=False)

    def forward(self, ids, bias, rows=None, positions=None, caches=None, candidates=None):
        """ids [B, T]. rows: flat indices into B*T whose logits are wanted (None: all). positions: where the T tokens
        stand (None: 0..T-1). caches: per layer (keys, values); bias then has one column per cache position.
        candidates: tokens whose logits are wanted (None: all)."""
        if positions is None:
            positions = torch.arange(ids.shape[1], device=ids.device)
        cos, sin = self.cos[positions].to(self.products), self.sin[positions].to(self.products)
        bias = bias.to(self.products)
        x = self.embed_tokens(ids)
        for i, layer in enumerate(self.layers):
            x = layer.attention(x, bias, cos, sin, self.products, None if caches is None else (*caches[i], positions))
            if rows is not None and i == self.config.layers - 1:
                x = x.reshape(-1, x.shape[-1]).index_select(0, rows)
            x = layer.feed_forward(x, self.products)
        head = self.lm_head.weight if candidates is None else self.lm_head.weight[candidates]
        return F.linear(self.norm(x).to(self.products), head.to(self.products)).float()
