// The page: asks a question twice, planned and one token at a time, and shows both as they come.

import { Recording } from "./answer.js";
import { Chain } from "./chain.js";
import { add, byId, duration, say } from "./elements.js";
import { Pane, stageText } from "./pane.js";
import { Replay } from "./replay.js";
import { Settings } from "./settings.js";
import { StreamProblem, events, refusal } from "./stream.js";

const Examples = ["What is the aurora borealis?", "Tell me about gold.", "What are black holes? Please be concise."];
const MostAttempts = 8;
const LongestWait = 60; // seconds
const byFinger = matchMedia("(pointer: coarse)").matches;

/** One of the two answers: its pane, and what has been recorded of it. */
class Run {
  constructor(name, decoder, root) {
    Object.assign(this, { name, decoder, pane: new Pane(root), recording: null, state: "", running: false });
  }

  reset(state) {
    Object.assign(this, { recording: null, state, running: false });
    this.pane.complain(null);
  }

  /** Milliseconds so far; of the engine, once it is known. */
  get ms() {
    const { now, begun, ended } = this.recording ?? {};
    if (now?.result) return now.result.ms;
    return begun === undefined || begun === null ? null : (ended ?? performance.now()) - begun;
  }
}

const form = byId("ask"), question = byId("question");
const settings = new Settings(form);
const chain = new Chain();
const planned = new Run("planned", "planned", byId("planned"));
const sequential = new Run("one token at a time", "ar", byId("sequential"));
const replay = new Replay(draw);
let runs = [planned, sequential];
let asking = null; // the AbortController of the question that is being answered
let frame = 0;

/** Draws what is known, at the next frame. */
function schedule() {
  frame ||= requestAnimationFrame(() => {
    frame = 0;
    draw();
  });
}

function draw() {
  const moment = replay.moment; // null: everything
  const shown = runs.map(run => {
    const answer = run.recording && (moment === null ? run.recording.now : run.recording.at(moment));
    return { run, name: run.name, answer };
  });
  for (const { run, answer } of shown) {
    const ms = moment === null ? run.ms : Math.min(moment, run.recording?.length ?? 0);
    const state = moment === null ? run.state : answer ? stageText(answer) : "";
    run.pane.show(answer, ms, state);
  }
  const least = replay.isReady ? (byTime() ? replay.length
    : Math.max(...runs.map(run => run.recording?.now.passes.length ?? 0))) : 0;
  chain.draw(shown.map(({ name, answer }) => ({ name, answer: answer ?? { passes: [], stepsAhead: 0 } })),
    byTime(), least);
  if (runs.some(run => run.running)) schedule(); // the time goes on
}

const byTime = () => document.querySelector("input[name=axis]:checked").value === "time";

/** Tells a screen reader, in few words. */
const announce = text => say(byId("status"), text);

async function ask(text) {
  asking?.abort();
  const control = asking = new AbortController();
  runs = settings.compare === "none" ? [planned] : [planned, sequential];
  sequential.pane.root.hidden = runs.length === 1;
  byId("answers").classList.toggle("alone", runs.length === 1);
  document.body.classList.add("asked");
  for (const id of ["answers", "chain"]) byId(id).hidden = false;
  say(byId("verdict"), "");
  replay.forget();
  chain.reset();
  for (const run of runs) run.reset(run === planned ? "" : "comes next");
  running(true);
  announce("Asked.");
  draw();
  try {
    const first = follow(planned, text, control.signal);
    if (settings.compare === "after") await first;
    const second = runs.length > 1 ? follow(sequential, text, control.signal) : null;
    await Promise.all([first, second]);
  } finally {
    if (asking === control) finish(control.signal.aborted);
  }
}

function finish(wasStopped) {
  asking = null;
  running(false);
  if (wasStopped) {
    for (const run of runs.filter(run => !run.recording?.now.result)) {
      run.state = run.recording ? "stopped" : "not asked";
    }
    announce("Stopped.");
  } else if (runs.every(run => run.recording?.now.result)) {
    say(byId("verdict"), verdict());
    announce(`Complete. ${verdict()}`);
  }
  const done = runs.filter(run => run.recording?.now.result);
  if (done.length > 0) replay.offer(Math.max(...done.map(run => run.recording.length)));
  draw();
}

/** What the comparison says. */
function verdict() {
  const [own, other] = runs.map(run => run.recording.now.result);
  if (!other) return "";
  const passes = other.passes.total / own.passes.total, time = other.ms / own.ms;
  const against = ratio => ratio >= 1 ? `${ratio.toFixed(1)} times fewer` : `${(1 / ratio).toFixed(1)} times as many`;
  return `${own.passes.total} passes planned, ${other.passes.total} one token at a time: ${against(passes)}. `
    + `${duration(own.ms)} against ${duration(other.ms)}: `
    + (time >= 1 ? `${time.toFixed(1)} times the speed.` : `${(1 / time).toFixed(1)} times slower.`);
}

/** Shows the button that fits; it takes the other one's focus. */
function running(is) {
  const [shown, other] = is ? [byId("stop"), byId("submit")] : [byId("submit"), byId("stop")];
  const hadFocus = document.activeElement === other;
  shown.hidden = false;
  other.hidden = true;
  if (hadFocus) shown.focus();
}

/** Asks for one of the answers, again where the server says when, and shows it. Never throws. */
async function follow(run, text, signal) {
  run.running = true;
  try {
    for (let attempt = 1; !signal.aborted; attempt++) {
      try {
        await listen(run, text, signal);
        return;
      } catch (problem) {
        if (signal.aborted) return;
        if (!(problem instanceof StreamProblem)) throw problem;
        if (!await recovers(run, problem, attempt, signal)) return;
      }
    }
  } finally {
    run.running = false;
    schedule();
  }
}

async function listen(run, text, signal) {
  const recording = run.recording = new Recording();
  run.pane.complain(null);
  run.state = stageText(recording.now);
  const body = settings.body(text, run.decoder);
  for await (const event of events("v1/planned/stream", body, { key: settings.key, signal })) {
    recording.add(event, performance.now());
    const state = stageText(recording.now);
    if (run.state !== state && run === planned) announce(state);
    run.state = state;
    schedule();
  }
}

/** True after the time to wait, if the server has said that it may be asked again. */
async function recovers(run, problem, attempt, signal) {
  announce(`${run.name}: ${problem.message}`);
  if (problem.status === 401) {
    run.state = "refused";
    run.pane.complain(`${problem.message} Enter a key above, and ask again.`);
    settings.askForKey();
    return false;
  }
  const mayRetry = (problem.status === 429 || problem.status === 503) && attempt < MostAttempts;
  if (mayRetry) {
    run.state = problem.status === 429 ? "the server is full" : "the server is not ready";
    return await countdown(run, problem, Math.min(LongestWait, Math.ceil(problem.retryAfter ?? 2 * attempt)), signal);
  }
  run.state = problem.code === "lost" ? "lost" : "failed";
  run.recording.ended = performance.now();
  run.pane.complain(problem.message, "Ask again", () => form.requestSubmit());
  return false;
}

/** Counts seconds down; true when they are over, or at once by the button. */
function countdown(run, problem, seconds, signal) {
  return new Promise(resolve => {
    const end = again => {
      clearInterval(timer);
      signal.removeEventListener("abort", stop);
      run.pane.complain(null);
      resolve(again);
    };
    const stop = () => end(false);
    const tell = () => run.pane.complain(
      `${problem.message} Asking again in ${seconds} s.`, "Ask now", () => end(true));
    const timer = setInterval(() => --seconds <= 0 ? end(true) : tell(), 1000);
    signal.addEventListener("abort", stop);
    tell();
  });
}

/** Finds the model's name, and waits while the server loads it. */
async function greet() {
  const place = byId("model");
  for (let wait = 1; ; wait = Math.min(10, 2 * wait)) {
    try {
      const response = await fetch("v1/models", {
        cache: "no-store", credentials: "omit",
        headers: settings.key ? { authorization: `Bearer ${settings.key}` } : {} });
      if (response.ok) {
        offer((await response.json()).data.map(model => model.id));
        return;
      }
      const problem = await refusal(response);
      say(place, problem.status === 503 ? "loading the model" : problem.message);
      if (problem.status === 401) settings.askForKey();
      if (problem.status !== 503) return;
      wait = problem.retryAfter ?? wait;
    } catch {
      say(place, "the server cannot be reached");
    }
    await new Promise(resolve => setTimeout(resolve, 1000 * Math.min(10, wait)));
  }
}

/** Names the model, or offers the choice. */
function offer(models) {
  const choice = form.elements.model;
  choice.replaceChildren();
  for (const model of models) add(choice, "option", { value: model }, model);
  say(byId("model"), models.length === 1 ? models[0] : "");
  byId("models").hidden = models.length < 2;
}

function submit() {
  const text = question.value.trim();
  if (text === "") question.value = "";
  if (!form.reportValidity()) return;
  if (byFinger) question.blur(); // the keyboard would cover the answer
  ask(text);
}

form.addEventListener("submit", event => {
  event.preventDefault();
  submit();
});
question.addEventListener("keydown", event => {
  if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
  event.preventDefault();
  submit();
});
byId("stop").addEventListener("click", () => stop());
document.addEventListener("keydown", event => {
  if (event.key === "Escape" && asking) stop();
});

function stop() {
  asking?.abort();
  if (!byFinger) question.focus();
}

for (const input of document.querySelectorAll("input[name=axis]")) input.addEventListener("change", draw);
form.elements.key.addEventListener("change", greet);
new ResizeObserver(schedule).observe(byId("lanes"));
for (const text of Examples) {
  add(byId("examples"), "button", { type: "button" }, text).addEventListener("click", () => {
    question.value = text;
    submit();
  });
}
greet();
if (!byFinger) question.focus({ preventScroll: true });
