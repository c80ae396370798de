// What is known of an answer after some of its events. No element of the page is in here.

/** An answer so far. Events are applied in order; the same events give the same state. */
export class Answer {
  constructor() {
    this.stage = "waiting"; // waiting, queued, prefill, plan, denoise, text, done
    this.ahead = 0; // requests before it in the queue
    this.rounds = []; // { plan, spans, steps, step }
    this.text = ""; // committed
    // { stage, rows, start, ms }, without the time in the queue; counted from events, and exact once it is done
    this.passes = [];
    this.result = null;
  }

  apply({ name, data }) {
    switch (name) {
      case "queued": [this.stage, this.ahead] = ["queued", data.ahead ?? 0]; break;
      case "started": this.stage = "prefill"; break;
      case "plan.delta": this.#plan(data); break;
      case "plan.ready": this.#ready(data); break;
      case "span.reveal": this.#reveal(data); break;
      case "span.completed": this.#complete(data); break;
      case "text": this.#write(data); break;
      case "completed": this.#end(data); break;
      default: break; // later servers may say more
    }
    return this;
  }

  /** Steps of the last round that its schedule still has. */
  get stepsAhead() {
    const round = this.rounds.at(-1);
    return this.result || !round?.spans.length ? 0 : Math.max(0, round.steps - round.step);
  }

  /**
   * For each round and span the number of tokens that are committed: all of them up to the first gap of the answer.
   */
  committed() {
    let open = true;
    return this.rounds.map(round => round.spans.map(span => {
      if (!open) return 0;
      if (span.text !== null) return span.length;
      open = false;
      const gap = span.tokens.indexOf(null);
      return gap < 0 ? span.length : gap;
    }));
  }

  #round(index) {
    while (this.rounds.length <= index) this.rounds.push({ plan: "", spans: [], steps: 0, step: 0 });
    return this.rounds[index];
  }

  #pass(stage, rows = null) {
    this.passes.push({ stage, rows, start: null, ms: null });
  }

  #plan({ round, text, drafted }) {
    this.stage = "plan";
    const isNew = this.rounds.length <= round;
    this.#round(round).plan += text;
    // The first token of a plan is drawn in the pass before it: the prompt's, or the sync's.
    if (isNew) this.#pass(this.passes.length === 0 ? "prefill" : "sync");
    else if (!drafted) this.#pass("plan");
  }

  #ready({ round, spans, steps }) {
    this.stage = "denoise";
    if (this.passes.length === 0) this.#pass("prefill");
    const known = this.#round(round);
    known.steps = steps;
    known.spans = spans.map(({ topic, length }) => ({
      topic, length, tokens: Array(length).fill(null), revealed: 0, text: null, step: null }));
  }

  #step(round, step) {
    const known = this.#round(round);
    while (known.step < step) {
      known.step++;
      this.#pass("denoise", known.spans.reduce((sum, span) => sum + (span.text === null ? span.length + 2 : 0), 0));
    }
    return known;
  }

  #reveal({ round, span, step, at, text }) {
    const known = this.#step(round, step).spans[span];
    if (!known) return;
    at.forEach((place, i) => {
      if (place >= known.length) return;
      if (known.tokens[place] === null) known.revealed++;
      known.tokens[place] = { text: text[i], step };
    });
  }

  #complete({ round, span, step, text }) {
    const known = this.#step(round, step).spans[span];
    if (known) Object.assign(known, { text, step, revealed: known.length });
  }

  #write({ text }) {
    if (this.rounds.length === 0) {
      this.stage = "text";
      this.#pass(this.passes.length === 0 ? "prefill" : "autoregressive");
    }
    this.text += text;
  }

  #end(result) {
    this.stage = "done";
    this.result = result;
    const { stage, rows, start_ms: start, ms } = result.chain;
    this.passes = stage.map((name, i) => ({
      stage: name, rows: rows[i], start: Math.max(0, start[i] - result.queued_ms), ms: ms[i] }));
  }
}

/** An answer that remembers its events, so that it can be shown as it was at any moment. */
export class Recording {
  constructor() {
    this.now = new Answer();
    this.begun = null; // when the server began, by the page's clock
    this.ended = null;
    this.problem = null;
    this.#events = [];
  }

  #events; // { event, passes }

  add(event, clock) {
    if (event.name !== "queued" && this.begun === null) this.begun = clock;
    const before = this.now.passes.length;
    this.now.apply(event);
    if (this.now.result === null) this.#date(this.now.passes, before, clock - this.begun);
    this.#events.push({ event, passes: this.now.passes.length });
    if (event.name === "completed") this.ended = clock;
  }

  /** Milliseconds of the engine, without the time in the queue; 0 until it is complete. */
  get length() {
    return this.now.result?.ms ?? 0;
  }

  /** The answer as it was after so many milliseconds of the engine. */
  at(moment) {
    if (moment >= this.length) return this.now;
    const exact = this.now.passes, counted = this.#events.at(-2)?.passes ?? 0;
    const answer = new Answer();
    for (const { event, passes } of this.#events) {
      const of = counted > 0 ? Math.round(passes * exact.length / counted) : 0;
      if (event.name === "completed" || this.#end(of) > moment) break;
      answer.apply(event);
    }
    answer.passes = exact.filter((_, i) => this.#end(i + 1) <= moment);
    return answer;
  }

  /** Dates new passes by the page's clock, until the exact times are known. Those that came together share alike. */
  #date(passes, before, now) {
    const last = passes[before - 1];
    let start = last ? last.start + last.ms : 0;
    const ms = Math.max(0, now - start) / Math.max(1, passes.length - before);
    for (const pass of passes.slice(before)) {
      Object.assign(pass, { start, ms });
      start += ms;
    }
  }

  #end(passes) {
    const all = this.now.passes;
    return passes === 0 ? 0 : all[passes - 1].start + all[passes - 1].ms;
  }
}
