"""One step of a network in Dream-7B's shape in plain PyTorch: cuBLAS, scaled_dot_product_attention, one CUDA graph.

    pytorch_step.py --out FILE [--repetitions N]

This is the peer of `pd-bench cuda steps`: the same shape, context and rows, random bf16 weights, and the most likely
token of each row at the end. Rows attend to the context and to each other without a mask, which saves PyTorch work.
Times are from CUDA events around a replay of the graph, and around the same step launched kernel by kernel.
"""

import argparse
import json
import statistics
import time

import torch
import torch.nn.functional as F

LAYERS, HIDDEN, HEADS, KV_HEADS, HEAD_SIZE, MLP, VOCABULARY = 28, 3584, 28, 4, 128, 18944, 152064
CONTEXT = 512
ROWS = (1, 16, 32, 64, 96, 128, 192, 240)


class Network:
    """Random weights, caches, and one step over them."""

    def __init__(self, device, dtype, most_rows):
        self.device, self.dtype = device, dtype
        self.layers = [self._layer(most_rows) for _ in range(LAYERS)]
        self.embedding = self._random(VOCABULARY, HIDDEN)
        self.head = self._random(VOCABULARY, HIDDEN)
        self.norm = torch.ones(HIDDEN, device=device, dtype=dtype)
        self.cos, self.sin = (self._random(CONTEXT + most_rows, HEAD_SIZE) for _ in range(2))

    def weight_bytes(self):
        """Bytes that a step must read: all matrices except the embedding."""
        matrices = [w for layer in self.layers for name, w in layer.items() if name in ("qkv", "output", "up", "down")]
        return sum(w.numel() * w.element_size() for w in [*matrices, self.head])

    def step(self, ids):
        rows = len(ids)
        x = self.embedding[ids]  # [rows, hidden]
        for layer in self.layers:
            x = x + F.linear(self._attend(layer, self._norm(x, layer["norm"]), rows), layer["output"])
            gate, up = F.linear(self._norm(x, layer["mlp_norm"]), layer["up"]).chunk(2, -1)
            x = x + F.linear(F.silu(gate) * up, layer["down"])
        return F.linear(self._norm(x, self.norm), self.head).argmax(-1)

    def _attend(self, layer, x, rows):
        query_size, kv_size = HEADS * HEAD_SIZE, KV_HEADS * HEAD_SIZE
        qkv = F.linear(x, layer["qkv"], layer["bias"])
        query, key, value = (
            part.view(rows, -1, HEAD_SIZE).transpose(0, 1)[None]
            for part in qkv.split([query_size, kv_size, kv_size], -1)
        )  # [1, heads, rows, head size]
        end = CONTEXT + rows
        layer["keys"][:, :, CONTEXT:end] = self._rotate(key, end)
        layer["values"][:, :, CONTEXT:end] = value
        attended = F.scaled_dot_product_attention(
            self._rotate(query, end), layer["keys"][:, :, :end], layer["values"][:, :, :end], enable_gqa=True
        )
        return attended[0].transpose(0, 1).reshape(rows, query_size)

    def _rotate(self, x, end):
        first, second = x.chunk(2, -1)
        return x * self.cos[CONTEXT:end] + torch.cat((-second, first), -1) * self.sin[CONTEXT:end]

    def _norm(self, x, weight):
        return F.rms_norm(x, (HIDDEN,), weight, 1e-6)

    def _layer(self, most_rows):
        query_size, kv_size = HEADS * HEAD_SIZE, KV_HEADS * HEAD_SIZE
        ones = torch.ones(HIDDEN, device=self.device, dtype=self.dtype)
        cache = (1, KV_HEADS, CONTEXT + most_rows, HEAD_SIZE)
        return {
            "qkv": self._random(query_size + 2 * kv_size, HIDDEN),
            "bias": torch.zeros(query_size + 2 * kv_size, device=self.device, dtype=self.dtype),
            "output": self._random(HIDDEN, query_size),
            "up": self._random(2 * MLP, HIDDEN),
            "down": self._random(HIDDEN, MLP),
            "norm": ones,
            "mlp_norm": ones,
            "keys": torch.randn(cache, device=self.device, dtype=self.dtype),
            "values": torch.randn(cache, device=self.device, dtype=self.dtype),
        }

    def _random(self, outputs, inputs):
        return torch.empty(outputs, inputs, device=self.device, dtype=self.dtype).normal_(0, 0.02)


def median_us(call, repetitions):
    times = []
    for _ in range(repetitions):
        start, end = torch.cuda.Event(enable_timing=True), torch.cuda.Event(enable_timing=True)
        start.record()
        call()
        end.record()
        end.synchronize()
        times.append(1e3 * start.elapsed_time(end))
    return round(statistics.median(times), 1)


def copy_bandwidth(size):
    """Gigabytes per second, with reads and writes both counted."""
    source = torch.zeros(size, dtype=torch.uint8, device="cuda")
    target = torch.empty_like(source)
    target.copy_(source)
    return 2 * size / median_us(lambda: target.copy_(source), 10) / 1e3


def captured(network, ids):
    """Captures the step as one CUDA graph, after a warm-up on a side stream, as PyTorch requires."""
    side = torch.cuda.Stream()
    side.wait_stream(torch.cuda.current_stream())
    with torch.cuda.stream(side):
        network.step(ids)
    torch.cuda.current_stream().wait_stream(side)
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        network.step(ids)
    graph.replay()
    torch.cuda.synchronize()
    return graph.replay


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--out", required=True)
    parser.add_argument("--repetitions", type=int, default=20)
    options = parser.parse_args()
    torch.manual_seed(0)
    with torch.no_grad():
        copy = copy_bandwidth(4 << 30)
        network = Network("cuda", torch.bfloat16, ROWS[-1])
        floor = network.weight_bytes() / copy / 1e3
        report = {
            "kind": "pytorch-step",
            "device": torch.cuda.get_device_name(),
            "torch": torch.__version__,
            "date": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
            "copy_gb_per_s": round(copy, 1),
            "weight_bytes": network.weight_bytes(),
            "floor_us": round(floor, 1),
            "rows": [],
        }
        for rows in ROWS:
            ids = torch.randint(0, VOCABULARY, (rows,), device="cuda")
            network.step(ids)
            row = {"rows": rows, "eager_us": median_us(lambda: network.step(ids), 3)}
            row["graph_us"] = median_us(captured(network, ids), options.repetitions)
            row["to_floor"] = round(row["graph_us"] / floor, 3)
            report["rows"].append(row)
            print(json.dumps(row), flush=True)
            with open(options.out, "w", encoding="utf-8") as file:
                json.dump(report, file, indent=1)


if __name__ == "__main__":
    main()
