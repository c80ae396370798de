"""Measures PyTorch in the shapes of our own benchmarks, on the same device in the same run.

    peers.py --out FILE [--device cuda|cpu] [--repetitions N]

It measures copy bandwidth, scaled_dot_product_attention with a boolean mask, FlexAttention with a block mask, and
matrix products of few rows (cuBLAS). Calls take several sets of inputs in turn, which together exceed the caches. One
CUDA graph holds all calls, so that Python and launches do not count. Times are from CUDA events around a replay, per
call. If a version of PyTorch cannot run a measurement, its message is reported, and the others continue.
"""

import argparse
import json
import statistics
import time

import torch
import torch.nn.functional as F

SPANS, SPAN_ROWS, PREFIX = 4, 60, 512
HEADS, KV_HEADS, HEAD_SIZE = 28, 4, 128
HIDDEN, MLP, VOCABULARY = 3584, 18944, 152064
PRODUCTS = {
    "qkv": ((HEADS + 2 * KV_HEADS) * HEAD_SIZE, HIDDEN),
    "output": (HIDDEN, HEADS * HEAD_SIZE),
    "gate_up": (2 * MLP, HIDDEN),
    "down": (HIDDEN, MLP),
    "head": (VOCABULARY, HIDDEN),
}
ROWS = (1, 2, 4, 8, 16, 32, 64, 128, 256)
BEYOND_CACHES = 256 << 20  # bytes


class Timer:
    """Median and 95th percentile of the time of one call."""

    def __init__(self, device, repetitions):
        self.cuda = device == "cuda"
        self.repetitions = repetitions

    def measure(self, calls):
        """Times functions that do the same with different inputs. Returns microseconds per call."""
        replay, captured = self._prepare(calls)
        times = sorted(self._once(replay) / len(calls) for _ in range(self.repetitions))
        return {
            "median_us": round(statistics.median(times), 3),
            "p95_us": round(times[max(0, -(-95 * len(times) // 100) - 1)], 3),
            "graph": captured,
        }

    def _prepare(self, calls):
        def eager():
            for call in calls:
                call()

        if not self.cuda:
            eager()
            return eager, False
        side = torch.cuda.Stream()
        side.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(side):
            for _ in range(2):
                eager()
        torch.cuda.current_stream().wait_stream(side)
        torch.cuda.synchronize()
        graph = torch.cuda.CUDAGraph()
        try:
            with torch.cuda.graph(graph):
                eager()
        except RuntimeError:
            torch.cuda.synchronize()
            return eager, False
        graph.replay()
        torch.cuda.synchronize()
        return graph.replay, True

    def _once(self, replay):
        if not self.cuda:
            start = time.perf_counter()
            replay()
            return 1e6 * (time.perf_counter() - start)
        start, end = torch.cuda.Event(enable_timing=True), torch.cuda.Event(enable_timing=True)
        start.record()
        replay()
        end.record()
        end.synchronize()
        return 1e3 * start.elapsed_time(end)


def copy_bandwidth(timer, device, size):
    """Gigabytes per second, with reads and writes both counted."""
    source = torch.randint(0, 256, (size,), dtype=torch.uint8, device=device)
    target = torch.empty_like(source)
    row = timer.measure([lambda: target.copy_(source)])
    return 2 * size / row["median_us"] / 1e3


def span_of_keys(device):
    """The span of a key; -1 in the prefix."""
    keys = torch.arange(PREFIX + SPANS * SPAN_ROWS, device=device)
    return torch.where(keys < PREFIX, -1, (keys - PREFIX) // SPAN_ROWS)


def attention_inputs(device, dtype, sets):
    rows, keys = SPANS * SPAN_ROWS, PREFIX + SPANS * SPAN_ROWS

    def random(heads, count):
        return torch.randn(1, heads, count, HEAD_SIZE, device=device, dtype=dtype)

    return [(random(HEADS, rows), random(KV_HEADS, keys), random(KV_HEADS, keys)) for _ in range(sets)]


def reference_attention(query, key, value, mask):
    groups = HEADS // KV_HEADS
    key, value = (x.double().repeat_interleave(groups, 1) for x in (key, value))
    scores = query.double() @ key.transpose(-1, -2) * HEAD_SIZE**-0.5
    return scores.masked_fill(~mask, float("-inf")).softmax(-1) @ value


def sdpa_variants(mask):
    """Name and function of each variant of masked attention."""

    def grouped(query, key, value):
        return F.scaled_dot_product_attention(query, key, value, attn_mask=mask, enable_gqa=True)

    def expanded(query, key, value):
        groups = HEADS // KV_HEADS
        key, value = key.repeat_interleave(groups, 1), value.repeat_interleave(groups, 1)
        return F.scaled_dot_product_attention(query, key, value, attn_mask=mask)

    def views(query, key, value):
        # The heads of a group are batch entries, which share keys without a copy.
        groups, rows = HEADS // KV_HEADS, query.shape[2]
        query = query.view(KV_HEADS, groups, rows, HEAD_SIZE)
        key, value = (x.view(KV_HEADS, 1, -1, HEAD_SIZE).expand(-1, groups, -1, -1) for x in (key, value))
        return F.scaled_dot_product_attention(query, key, value, attn_mask=mask).view(1, HEADS, rows, HEAD_SIZE)

    return {"sdpa, grouped heads": grouped, "sdpa, keys repeated": expanded, "sdpa, keys expanded": views}


def flex_variant(device):
    from torch.nn.attention.flex_attention import create_block_mask, flex_attention

    span = span_of_keys(device)

    def sees(batch, head, row, key):
        return (span[key] < 0) | (span[key] == row // SPAN_ROWS)

    rows, keys = SPANS * SPAN_ROWS, PREFIX + SPANS * SPAN_ROWS
    mask = create_block_mask(sees, None, None, rows, keys, device=device)
    compiled = torch.compile(flex_attention, dynamic=False)
    return lambda query, key, value: compiled(query, key, value, block_mask=mask, enable_gqa=True)


def measure_attention(timer, device, dtype):
    rows, keys = SPANS * SPAN_ROWS, PREFIX + SPANS * SPAN_ROWS
    item = torch.finfo(dtype).bits // 8
    needed = item * HEAD_SIZE * (2 * rows * HEADS + 2 * keys * KV_HEADS)
    inputs = attention_inputs(device, dtype, max(2, BEYOND_CACHES // needed if device == "cuda" else 2))
    span = span_of_keys(device)
    row_span = torch.arange(SPANS, device=device).repeat_interleave(SPAN_ROWS)
    mask = (span[None, :] < 0) | (span[None, :] == row_span[:, None])
    expected = reference_attention(*inputs[0], mask)
    variants = {name: (lambda run=run: run) for name, run in sdpa_variants(mask).items()}
    variants["flex attention"] = lambda: flex_variant(device)
    for name, make in variants.items():
        result = {"name": name, "bytes": needed, "flops": 4 * HEADS * HEAD_SIZE * int(mask.sum())}
        try:
            run = make()
            error = (run(*inputs[0]).double() - expected).norm() / expected.norm()
            result["relative_error"] = float(error)
            result.update(timer.measure([lambda one=one: run(*one) for one in inputs]))
        except Exception as problem:  # this version may lack a back end, a compiler or an argument
            result["error"] = f"{type(problem).__name__}: {problem}"[:400]
        yield result


def measure_products(timer, device, dtype, rows_list):
    item = torch.finfo(dtype).bits // 8
    for name, (outputs, inputs) in PRODUCTS.items():
        if device == "cpu":
            outputs, inputs = outputs // 32, inputs // 32
        size = item * outputs * inputs
        sets = max(2, -(-BEYOND_CACHES // size)) if device == "cuda" else 2
        weights = [torch.randn(outputs, inputs, device=device, dtype=dtype) for _ in range(sets)]
        for rows in rows_list:
            x = torch.randn(rows, inputs, device=device, dtype=dtype)
            result = {"name": name, "rows": rows, "bytes": size, "flops": 2 * rows * outputs * inputs}
            result.update(timer.measure([lambda w=w: F.linear(x, w) for w in weights]))
            yield result


def finish(result, bandwidth):
    """Adds rates, and the share of the copy bandwidth."""
    if "median_us" in result:
        result["gb_per_s"] = round(result["bytes"] / result["median_us"] / 1e3, 1)
        result["tflop_per_s"] = round(result["flops"] / result["median_us"] / 1e6, 2)
        result["share_of_copy"] = round(result["gb_per_s"] / bandwidth, 3)
    return result


def line(result):
    name = f"{result['name']} x {result['rows']}" if "rows" in result else result["name"]
    if "error" in result:
        return f"{name:24} {result['error'][:90]}"
    return (
        f"{name:24} {result['median_us']:9.1f} us  p95 {result['p95_us']:9.1f}  {result['gb_per_s']:7.0f} GB/s"
        f" ({100 * result['share_of_copy']:3.0f} % of copy)  {result['tflop_per_s']:7.1f} TFLOP/s"
    )


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--out", required=True)
    parser.add_argument("--device", default="cuda")
    parser.add_argument("--repetitions", type=int, default=30)
    options = parser.parse_args()
    device, cuda = options.device, options.device == "cuda"
    dtype = torch.bfloat16 if cuda else torch.float32
    torch.manual_seed(1)
    timer = Timer(device, options.repetitions)
    report = {
        "kind": "peers",
        "torch": torch.__version__,
        "device": torch.cuda.get_device_name() if cuda else "cpu",
        "element": str(dtype).removeprefix("torch."),
        "date": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        "rows": [],
    }

    def add(results):
        for result in results:
            report["rows"].append(finish(result, report["copy_gb_per_s"]))
            print(line(report["rows"][-1]), flush=True)
            with open(options.out, "w", encoding="utf-8") as file:
                json.dump(report, file, indent=1)

    with torch.no_grad():
        report["copy_gb_per_s"] = round(copy_bandwidth(timer, device, 4 << 30 if cuda else 1 << 26), 1)
        print(f"PyTorch {report['torch']}, {report['device']}, copy {report['copy_gb_per_s']:.0f} GB/s", flush=True)
        add(measure_attention(timer, device, dtype))
        add(measure_products(timer, device, dtype, ROWS if cuda else (1, 8)))


if __name__ == "__main__":
    main()
