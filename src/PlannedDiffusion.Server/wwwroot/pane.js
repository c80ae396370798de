// One answer on the page: its numbers, its plan, its spans and its text.

import { add, duration, resize, say } from "./elements.js";

const Stages = {
  waiting: "waiting for the server", queued: "in the queue", prefill: "reading the question", plan: "planning",
  denoise: "filling in", text: "writing", done: "complete" };

/** What to say of the state of an answer. */
export const stageText = answer => answer.stage === "queued" && answer.ahead > 0
  ? `in the queue, ${answer.ahead} before it` : Stages[answer.stage];

export class Pane {
  constructor(root) {
    this.root = root;
    this.state = root.querySelector(".state");
    this.problem = root.querySelector(".problem");
    this.rounds = root.querySelector(".rounds");
    this.heading = root.querySelector("h3");
    this.text = root.querySelector(".text");
    const figures = root.querySelector(".figures");
    this.figures = Object.fromEntries(["passes", "time", "tokens"].map(name => {
      const group = add(figures, "div", { "data-figure": name });
      const figure = add(group, "dd");
      add(group, "dt", {}, name);
      return [name, figure];
    }));
    this.shown = [];
  }

  /**
   * Shows an answer.
   * @param answer The answer; null for one that has not been asked for yet.
   * @param ms How long it has taken; null for unknown.
   * @param state What to say beside the title.
   */
  show(answer, ms, state) {
    say(this.state, state);
    say(this.figures.passes, answer ? `${answer.passes.length}` : "–");
    say(this.figures.time, answer && ms !== null ? duration(ms) : "–");
    const usage = answer?.result?.usage;
    say(this.figures.tokens, usage ? `${usage.completion_tokens}` : "–");
    this.root.setAttribute("aria-busy", `${answer !== null && answer.stage !== "done"}`);
    this.root.dataset.stage = answer?.stage ?? "idle";
    this.#showRounds(answer?.rounds ?? [], answer?.committed() ?? []);
    say(this.text, answer?.text ?? "");
    this.text.classList.toggle("open", answer !== null && answer.stage !== "done" && answer.text !== "");
    this.heading.hidden = !(answer?.rounds.length > 0 && answer.text !== "");
  }

  /** Says what went wrong, with a button; null for nothing. */
  complain(message, button = null, act = null) {
    this.problem.hidden = message === null;
    if (message === null) {
      this.problem.replaceChildren();
      return;
    }
    let [said, action] = this.problem.children;
    said ??= add(this.problem, "span");
    say(said, message);
    if (button !== null && !action) {
      action = add(this.problem, "button", { type: "button" });
      action.addEventListener("click", () => this.act?.());
    }
    this.act = act;
    if (action) {
      action.hidden = button === null;
      say(action, button ?? "");
    }
  }

  #showRounds(rounds, committed) {
    resize(this.shown, rounds.length, index => new Round(this.rounds, index));
    rounds.forEach((round, i) => this.shown[i].show(round, committed[i], rounds.length > 1));
  }
}

class Round {
  constructor(parent, index) {
    this.index = index;
    this.root = add(parent, "section", { class: "round" });
    this.heading = add(this.root, "h3", {}, "Plan");
    this.plan = add(this.root, "p", { class: "plan" });
    this.spans = add(this.root, "ol", { class: "spans" });
    this.shown = [];
    this.written = "";
  }

  show({ plan, spans }, committed, isOneOfMany) {
    say(this.heading, isOneOfMany ? `Plan ${this.index + 1}` : "Plan");
    this.plan.hidden = this.heading.hidden = plan === "";
    if (plan !== this.written) this.#write(plan);
    resize(this.shown, spans.length, index => new Span(this.spans, index));
    spans.forEach((span, i) => this.shown[i].show(span, committed[i]));
  }

  /** The plan as the model writes it, its tags pale. */
  #write(plan) {
    this.written = plan;
    this.plan.replaceChildren();
    for (const promise of plan.split(/(?=<promise>)/)) {
      const group = add(this.plan, "span", { class: "promise" });
      for (const part of promise.split(/(<[^<>]*>)/).filter(part => part !== "")) {
        add(group, "span", part.startsWith("<") ? { class: "tag" } : {}, part);
      }
    }
  }
}

class Span {
  constructor(parent, index) {
    this.root = add(parent, "li", { class: "span" });
    const title = add(this.root, "p", { class: "title" });
    this.topic = add(title, "span", { class: "topic" });
    this.count = add(title, "span", { class: "count soft" });
    this.bar = add(add(this.root, "div", { class: "bar" }), "i");
    this.body = add(this.root, "p", { class: "body", dir: "auto" });
    this.root.dataset.span = index;
    this.tokens = null; // elements, while the span is filled in
  }

  show({ topic, length, tokens, revealed, text }, committed) {
    say(this.topic, topic || "no topic");
    say(this.count, text !== null ? `${length}` : `${revealed} / ${length}`);
    this.bar.style.setProperty("--done", `${length === 0 ? 1 : revealed / length}`);
    const state = committed === length ? "committed" : text !== null ? "complete" : "open";
    if (this.root.dataset.state !== state) this.root.dataset.state = state;
    if (text !== null) {
      if (this.tokens !== null) this.body.replaceChildren();
      this.tokens = null;
      say(this.body, text);
      return;
    }
    if (this.tokens === null || this.tokens.length !== length) {
      this.body.replaceChildren();
      this.tokens = Array.from({ length }, () => add(this.body, "span", { class: "mask" }));
    }
    tokens.forEach((token, i) => showToken(this.tokens[i], token, i < committed, i === 0));
  }
}

/** A token: a mask, provisional, or committed. One that is no text by itself is a mark of its own. */
function showToken(element, token, isCommitted, isFirst) {
  const kind = token === null ? "mask" : token.text === null ? "part" : isCommitted ? "committed" : "provisional";
  if (element.className !== kind) element.className = kind;
  const text = token?.text ?? "";
  say(element, isFirst ? text.trimStart() : text);
}
