"""Measures a checkpoint folder on held-out wordings, or on a file of questions. See README.md."""
import argparse
import json
import math
import multiprocessing
import os
import random
import re
import time
from collections import defaultdict

import torch

import bpe
import decode
import examples
import hf_format
import questions

SEED = 20260
DIFFUSION_LENGTH, DIFFUSION_RATIO = 256, 0.25
CONFIGURATIONS = {"planned 1.0": 1.0, "planned 0.5": 0.5, "planned 0.25": 0.25, "ar": None, "diffusion": None}


def arguments():
    parser = argparse.ArgumentParser(description=__doc__)
    add = parser.add_argument
    add("model", nargs="?", default="", help="folder with config.json, model.safetensors, tokenizer.json")
    add("--questions", type=int, default=200)
    add("--diffusion-questions", type=int, default=50, help="plain diffusion is slow: fewer questions")
    add("--configurations", nargs="+", choices=list(CONFIGURATIONS), default=list(CONFIGURATIONS))
    add("--trained-wordings", action="store_true", help="ask in the wordings of the training instead")
    add("--file", default="", help='lines of {"question": .., "facts": [[..], ..]}')
    add("--write-questions", default="", help="write the held-out questions to this file and stop; no model is needed")
    add("--ask", default="", help="print one answer and stop")
    add("--processes", type=int, default=2)
    add("--json", default="", help="write the results here")
    add("--errors", type=int, default=0, help="print so many wrong answers per configuration")
    return parser.parse_args()


def wilson(right, total, z=1.96):
    if not total:
        return (0.0, 1.0)
    share, spread = right / total, z * z / total
    centre = (share + spread / 2) / (1 + spread)
    half = z * math.sqrt(share * (1 - share) / total + spread / total / 4) / (1 + spread)
    return (centre - half, centre + half)


def own_questions(count, trained_wordings):
    rng, cases = random.Random(SEED), []
    for _ in range(count):
        example = questions.sample(rng, held_out=not trained_wordings, alter=0)
        cases.append(dict(question=example.question, type=example.type, kind=example.kind, in_sentence=True,
                          facts=[span.facts for span in example.spans], texts=[span.text for span in example.spans],
                          topics=[[span.topic for span in spans] for spans in example.rounds]))
    return cases


def file_questions(path):
    with open(path, encoding="utf-8") as source:
        lines = [json.loads(line) for line in source if line.strip()]
    return [dict(question=line["question"], facts=line["facts"], type=line.get("type", "all"),
                 kind=line.get("kind", "all"), in_sentence=line.get("in_sentence", False), texts=[], topics=None)
            for line in lines]


def write_questions(path, cases):
    """Questions and expected facts, one JSON object a line, as --file and `pd eval` read them."""
    with open(path, "w", encoding="utf-8") as out:
        for case in cases:
            line = dict(question=case["question"], type=case["type"], kind=case["kind"],
                        in_sentence=case["in_sentence"], facts=case["facts"])
            out.write(json.dumps(line, ensure_ascii=False) + "\n")


def facts_right(case, text):
    """A fact is right if all its strings occur in one sentence (own questions) or in the answer (from a file)."""
    places = re.split(r"(?<=\.)\s+", text) if case["in_sentence"] else [text]
    places = [place.lower() for place in places]
    return [any(all(part.lower() in place for part in fact) for place in places) for fact in case["facts"]]


def run_case(model, tokenizer, configuration, case):
    mode = configuration.split()[0]
    prompt = examples.prompt_ids(tokenizer, case["question"], mode)
    if mode == "planned":
        result = decode.planned(model, tokenizer, prompt, CONFIGURATIONS[configuration])
    elif mode == "ar":
        result = decode.autoregressive(model, tokenizer, prompt)
    else:
        result = decode.plain_diffusion(model, tokenizer, prompt, DIFFUSION_LENGTH, DIFFUSION_RATIO)
    text = decode.answer_text(tokenizer, result.ids[len(prompt):])
    return dict(case=case, text=text, right=facts_right(case, text), exact=[t in text for t in case["texts"]],
                valid=result.valid, passes=result.passes, plan_passes=result.plain_passes,
                spans=sum(map(len, result.plans)),
                plan_expected=[[topic for topic, _ in plan] for plan in result.plans] == case["topics"])


def load(folder):
    torch.set_num_threads(1)
    return hf_format.load_model(folder), bpe.Tokenizer.load(os.path.join(folder, "tokenizer.json"))


def run_part(job):
    folder, configuration, cases = job
    model, tokenizer = load(folder)
    return [run_case(model, tokenizer, configuration, case) for case in cases]


def share(right, total):
    low, high = wilson(right, total)
    return dict(right=right, total=total, share=round(right / max(1, total), 4), low=round(low, 4), high=round(high, 4))


def summarise(outcomes):
    facts = [right for outcome in outcomes for right in outcome["right"]]
    exact = [right for outcome in outcomes for right in outcome["exact"]]
    groups = defaultdict(list)
    for outcome in outcomes:
        for key in {"type " + outcome["case"]["type"], "kind " + outcome["case"]["kind"]}:
            groups[key] += outcome["right"]
    count = len(outcomes)
    return dict(questions=count, facts=share(sum(facts), len(facts)), exact_sentences=share(sum(exact), len(exact)),
                complete=share(sum(all(o["right"]) for o in outcomes), count),
                valid=share(sum(o["valid"] for o in outcomes), count),
                expected_plan=share(sum(o["plan_expected"] for o in outcomes), count),
                passes=round(sum(o["passes"] for o in outcomes) / count, 2),
                autoregressive_passes=round(sum(o["plan_passes"] for o in outcomes) / count, 2),
                spans=round(sum(o["spans"] for o in outcomes) / count, 2),
                groups={key: share(sum(value), len(value)) for key, value in sorted(groups.items())})


def show(name, result, seconds):
    def text(part):
        return f"{part['share']:.3f} [{part['low']:.3f}, {part['high']:.3f}]"
    print(f"{name}: {result['questions']} questions, facts {text(result['facts'])}, exact sentences "
          f"{text(result['exact_sentences'])}, complete {text(result['complete'])}, valid {text(result['valid'])}, "
          f"plan as expected {result['expected_plan']['share']:.3f}, passes {result['passes']} "
          f"(autoregressive {result['autoregressive_passes']}), spans {result['spans']}, {seconds:.0f} s")
    groups = ", ".join(f"{key} {part['right']}/{part['total']}" for key, part in result["groups"].items())
    print("   " + groups, flush=True)


def main():
    options = arguments()
    if options.write_questions:
        write_questions(options.write_questions, own_questions(options.questions, options.trained_wordings))
        return
    if options.ask:
        model, tokenizer = load(options.model)
        prompt = examples.prompt_ids(tokenizer, options.ask, "planned")
        result = decode.planned(model, tokenizer, prompt, 1.0)
        print(tokenizer.decode(result.ids[len(prompt):]))
        print(decode.answer_text(tokenizer, result.ids[len(prompt):]))
        return
    cases = (file_questions(options.file) if options.file
             else own_questions(options.questions, options.trained_wordings))
    results = {}
    for name in options.configurations:
        chosen = cases[:options.diffusion_questions] if name == "diffusion" else cases
        jobs = [(options.model, name, chosen[i::options.processes]) for i in range(options.processes)]
        started = time.time()
        with multiprocessing.Pool(options.processes) as pool:
            outcomes = [outcome for part in pool.map(run_part, jobs) for outcome in part]
        results[name] = summarise(outcomes)
        show(name, results[name], time.time() - started)
        for outcome in [o for o in outcomes if not all(o["right"])][:options.errors]:
            print(f"   Q {outcome['case']['question']}\n   A {outcome['text']}\n   missing "
                  f"{[f for f, right in zip(outcome['case']['facts'], outcome['right']) if not right]}")
    if options.json:
        with open(options.json, "w") as out:
            json.dump(results, out, indent=1)


if __name__ == "__main__":
    main()
