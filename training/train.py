"""Joint training: next-token loss on prompt-side rows, masked-diffusion loss on span rows. See README.md."""
import argparse
import json
import os
import time
from pathlib import Path

import numpy as np
import torch
import torch.distributed as dist
import torch.multiprocessing as multiprocessing

import bpe
import masking
from batches import BatchMaker, NoiseOptions
from candidates import Candidates
from initial_weights import initialise
from model import Model, ModelConfig
from optimizer import Optimizer

EASY_SIMPLE = 0.65  # share of the plainest wording at the start, see --easy


def arguments():
    parser = argparse.ArgumentParser(description=__doc__)
    add = parser.add_argument
    add("--out", required=True, help="folder for checkpoint.pt and train.log")
    add("--tokenizer", required=True, help="folder with tokenizer.json")
    add("--minutes", type=float, default=60, help="wall time of the entire schedule")
    add("--steps", type=int, default=0, help="bound by steps instead of time (reproducible)")
    add("--processes", type=int, default=1, help="data-parallel CPU processes, one thread each")
    add("--sync-steps", type=int, default=16, help="steps between averagings of the processes (1: gradients)")
    add("--threads", type=int, default=1)
    add("--seed", type=int, default=1)
    add("--resume", default="", help="checkpoint to continue, with its optimizer and its clock")
    add("--init", default="", help="checkpoint to take only the weights from")
    add("--save-minutes", type=float, default=4)
    add("--positions", type=int, default=2000, help="positions per batch and process")
    add("--modes", type=float, nargs=3, default=(0.76, 0.16, 0.08), help="shares of planned, AR, plain diffusion")
    for name, value in (("hidden", 192), ("layers", 5), ("heads", 6), ("kv-heads", 2), ("mlp", 512)):
        add("--" + name, type=int, default=value)
    add("--learning-rate", type=float, default=3e-3, help="AdamW: embeddings, norms, biases")
    add("--muon-rate", type=float, default=0.02, help="Muon: matrices of the layers")
    add("--weight-decay", type=float, default=0.05)
    add("--warmup", type=float, default=0.03, help="share of the schedule")
    add("--easy", type=float, default=0.2, help="first share of the schedule with easier questions, ever fewer")
    add("--simple", type=float, default=0.05, help="share of questions in the plainest wording after that")
    add("--products", choices=("auto", "float32", "bfloat16"), default="auto", help="type of the matrix products")
    add("--keep", choices=("self", "next"), default="next", help="train row p if p (reference) or p + 1 is masked")
    add("--weight", choices=("official", "span"), default="span", help="1/t on all rows (reference) or on span rows")
    add("--plan-weight", type=float, default=2.0, help="further weight on the rows of plans (reference: 1)")
    add("--alter", type=float, default=0.3, help="share of questions with changed fillers")
    add("--mask-tags", action="store_true", help="span tags are masked as well (reference)")
    add("--dense", action="store_true", help="spans that touch see each other")
    add("--padding", choices=("exact", "random"), default="exact", help="pads up to number * 10, or 0..10 (reference)")
    add("--time-min", type=float, default=0.1, help="smallest noise level (reference: 0.001)")
    add("--sampled-share", type=float, default=0.1, help="share of never-target tokens in the softmax")
    add("--full-softmax", type=float, default=0.06, help="last share of the schedule with all tokens in the softmax")
    add("--time-power", type=float, default=0.2, help="noise level = uniform ** power (reference: 1)")
    add("--times", choices=("example", "round"), default="round", help="a noise level per example (reference) or round")
    return parser.parse_args()


def schedule(progress, warmup):
    """Linear warm-up, then linearly down to zero."""
    return min(progress / warmup + 0.01, (1 - progress) / (1 - warmup), 1.0)


def product_type(name, device):
    """bfloat16 where the hardware multiplies it."""
    if name == "auto":
        processor = Path("/proc/cpuinfo")
        described = processor.read_text() if processor.exists() else ""
        name = "bfloat16" if device == "cuda" or "avx512_bf16" in described else "float32"
    return getattr(torch, name)


class Run:
    def __init__(self, options, rank):
        self.options, self.rank = options, rank
        torch.manual_seed(options.seed)
        self.device = "cuda" if torch.cuda.is_available() else "cpu"
        self.tokenizer = bpe.Tokenizer.load(os.path.join(options.tokenizer, "tokenizer.json"))
        saved = torch.load(options.resume or options.init) if options.resume or options.init else None
        self.config = ModelConfig(**saved["config"]) if saved else self.new_config()
        self.model = Model(self.config, product_type(options.products, self.device))
        if saved:
            self.model.load_state_dict(saved["model"])
        else:
            initialise(self.model)
        self.model.to(self.device)
        self.optimizer = Optimizer(self.model, options.learning_rate, options.muon_rate, options.weight_decay, rank,
                                   options.processes, options.sync_steps)
        self.step, self.positions, self.seconds_before = 0, 0, 0.0
        if options.resume:
            self.optimizer.load(saved["optimizer"])
            self.step, self.positions, self.seconds_before = saved["step"], saved["positions"], saved["seconds"]
        noise = NoiseOptions(options.keep, options.weight, options.mask_tags, not options.dense, options.time_min,
                             options.time_power, options.times, options.plan_weight)
        seed = options.seed + 1000 * rank + 7919 * self.step
        self.maker = BatchMaker(self.tokenizer, seed, options.positions, options.modes, noise, options.padding,
                                options.alter)
        self.batches = iter(self.maker)
        self.candidates = Candidates(self.config.vocab, options.sampled_share, seed)
        self.started = time.time()

    def new_config(self):
        names = ("hidden", "layers", "heads", "kv_heads", "mlp")
        vocab = -(-self.tokenizer.size // 64) * 64
        return ModelConfig(vocab=vocab, **{name: getattr(self.options, name) for name in names})

    @property
    def seconds(self):
        return self.seconds_before + time.time() - self.started

    def progress(self):
        """Share of the schedule that is done; the first process decides for all."""
        options = self.options
        share = self.step / options.steps if options.steps else self.seconds / (60 * options.minutes)
        if options.processes == 1:
            return share
        if self.step % options.sync_steps:
            return min(share, 0.9999)
        shared = torch.tensor([share])
        dist.broadcast(shared, 0)
        return shared.item()

    def set_difficulty(self, progress):
        easy = max(0.0, 1 - progress / self.options.easy) if self.options.easy else 0.0
        self.maker.easy, self.maker.simple = easy, max(self.options.simple, EASY_SIMPLE * easy)

    def train_step(self, factor, full_softmax):
        batch = next(self.batches)
        candidates, labels = (None, batch.labels) if full_softmax else self.candidates.select(batch.labels)
        ids, bias, rows, labels, weights = (tensor.to(self.device) for tensor in
                                            (batch.ids, batch.bias, batch.rows, labels, batch.weights))
        losses = masking.row_losses(self.model(ids, bias, rows, candidates=candidates), labels)
        loss = masking.weighted_loss(losses, weights, batch.trained_length)
        loss.backward()
        norm = self.optimizer.step(factor)
        self.step += 1
        self.positions += batch.positions * self.options.processes
        losses, plain = losses.detach().cpu(), batch.plain
        means = [losses[chosen].mean().item() if chosen.any() else float("nan") for chosen in (plain, ~plain)]
        return [loss.item(), *means, norm]

    def save(self):
        """Only the first process writes; between averagings it writes its own weights."""
        if self.rank:
            return
        path = os.path.join(self.options.out, "checkpoint.pt")
        content = dict(config=self.config.to_dict(), model=self.model.state_dict(), optimizer=self.optimizer.state(),
                       step=self.step, positions=self.positions, seconds=self.seconds, options=vars(self.options))
        torch.save(content, path + ".part")
        os.replace(path + ".part", path)

    def log(self, text):
        if self.rank:
            return
        print(text, flush=True)
        with open(os.path.join(self.options.out, "train.log"), "a") as out:
            out.write(text + "\n")

    def report(self, recent, factor):
        loss, plain, span, norm = np.nanmean(recent, 0)
        rate = self.positions / self.seconds
        self.log(f"{self.seconds / 60:6.2f} min step {self.step} loss {loss:.4f} plain {plain:.4f} masked {span:.4f} "
                 f"gradient {norm:.3f} rate {factor:.3f} positions {self.positions} ({rate:.0f}/s)")

    def run(self):
        self.log(json.dumps(vars(self.options)))
        self.log(f"parameters {sum(p.numel() for p in self.model.parameters())}")
        recent, reported, saved = [], time.time(), time.time()
        while (progress := self.progress()) < 1:
            factor = schedule(progress, self.options.warmup)
            self.set_difficulty(progress)
            recent.append(self.train_step(factor, progress > 1 - self.options.full_softmax))
            if time.time() - reported > 30:
                self.report(recent, factor)
                recent, reported = [], time.time()
            if time.time() - saved > 60 * self.options.save_minutes:
                self.save()
                saved = time.time()
        self.optimizer.average()
        self.save()
        self.log(f"finished: {self.step} steps, {self.positions} positions, {self.seconds / 60:.1f} minutes")


def worker(rank, options):
    torch.set_num_threads(options.threads)
    if options.processes > 1:
        rendezvous = "file://" + os.path.abspath(os.path.join(options.out, "rendezvous"))
        dist.init_process_group("gloo", init_method=rendezvous, rank=rank, world_size=options.processes)
    Run(options, rank).run()


def main():
    options = arguments()
    os.makedirs(options.out, exist_ok=True)
    rendezvous = os.path.join(options.out, "rendezvous")
    if os.path.exists(rendezvous):
        os.remove(rendezvous)
    if options.processes == 1:
        worker(0, options)
    else:
        multiprocessing.spawn(worker, (options,), nprocs=options.processes)


if __name__ == "__main__":
    main()
