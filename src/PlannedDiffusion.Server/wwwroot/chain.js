// The chains of passes: one lane for each answer, one mark for each pass, on a common axis.

import { add, byId, duration, resize, say } from "./elements.js";

export const StageNames = ["prefill", "plan", "denoise", "sync", "autoregressive"];
const Labels = { autoregressive: "one token" };
const LaneHeight = 34, LaneGap = 32, Top = 18, AxisHeight = 24;

/** The stages of passes with their numbers, as a text. */
export function counts(passes) {
  const all = StageNames.map(stage => [Labels[stage] ?? stage, passes.filter(pass => pass.stage === stage).length]);
  return all.filter(([, count]) => count > 0).map(([stage, count]) => `${count} ${stage}`).join(" + ");
}

export class Chain {
  constructor() {
    this.svg = byId("lanes");
    this.axis = add(this.svg, "g");
    this.lanes = [];
    this.most = 0;
    const legend = byId("legend");
    for (const stage of [...StageNames, "ahead"]) {
      const entry = add(legend, "span", { "data-stage": stage });
      add(entry, "i", { class: `key ${stage}` });
      entry.append(stage === "ahead" ? "still planned" : Labels[stage] ?? stage);
    }
  }

  /** Forgets the scale of the last question. */
  reset() {
    this.most = 0;
  }

  /**
   * Draws.
   * @param shown One { name, answer } for each lane.
   * @param byTime True for an axis of time.
   * @param least The least length of the axis: with it, the scale does not change in a replay.
   */
  draw(shown, byTime, least) {
    const width = Math.max(280, this.svg.clientWidth), height = Top + shown.length * (LaneHeight + LaneGap) + AxisHeight;
    this.svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
    this.svg.setAttribute("height", `${height}`);
    const placed = shown.map(({ answer }) => place(answer, byTime));
    this.#scale(Math.max(least, ...placed.map(lane => lane.end)), byTime, least > 0);
    const scale = (width - 2) / this.most;
    const rows = Math.max(1, ...placed.flatMap(lane => lane.marks.map(mark => mark.rows)));
    resize(this.lanes, shown.length, () => new Lane(this.svg));
    shown.forEach(({ name, answer }, i) =>
      this.lanes[i].draw(Top + i * (LaneHeight + LaneGap), name, answer.passes, placed[i].marks, scale, rows));
    this.#drawAxis(width, height, scale, byTime);
    const stages = new Set(placed.flatMap(lane => lane.marks.map(mark => mark.stage)));
    for (const entry of byId("legend").children) entry.hidden = !stages.has(entry.dataset.stage);
  }

  /** The axis grows by half at a time, so that it is quiet while passes come. */
  #scale(end, byTime, isFinal) {
    if (isFinal) this.most = end;
    else if (this.most === 0 || this.most < end || this.byTime !== byTime) this.most = Math.max(end * 1.25, byTime ? 50 : 40);
    this.byTime = byTime;
  }

  #drawAxis(width, height, scale, byTime) {
    this.axis.replaceChildren();
    const size = 10 ** Math.floor(Math.log10(this.most / 4));
    const step = [1, 2, 5, 10].map(n => n * size).find(n => this.most / n <= Math.max(4, width / 110));
    for (let at = 0; at <= this.most; at += step) {
      const x = Math.round(1 + at * scale) + .5;
      add(this.axis, "path", { class: "axis", d: `M${x} ${Top - 6}V${height - AxisHeight}` });
      const anchor = at === 0 ? "start" : x > width - 30 ? "end" : "middle";
      const text = byTime ? (at === 0 ? "0" : duration(at)) : `${Math.round(at)}`;
      add(this.axis, "text", { class: "soft", x: at === 0 ? 0 : x, y: height - 6, "text-anchor": anchor }, text);
    }
  }
}

/** Where the passes of an answer lie on the axis. */
function place({ passes, stepsAhead }, byTime) {
  let end = 0;
  const marks = passes.map(({ stage, rows, start, ms }) => {
    const from = byTime ? start : end;
    end = from + (byTime ? ms : 1);
    return { stage, rows: rows ?? 1, from, to: end };
  });
  for (let i = 0; i < stepsAhead && !byTime; i++) marks.push({ stage: "ahead", rows: 0, from: end, to: ++end });
  return { marks, end };
}

class Lane {
  constructor(svg) {
    this.root = add(svg, "g", { class: "lane" });
    this.name = add(this.root, "text", { class: "name", x: 0 });
    this.count = add(this.root, "text", { class: "soft", "text-anchor": "end" });
    this.paths = Object.fromEntries([...StageNames, "ahead"].map(stage =>
      [stage, add(this.root, "path", { class: stage, "data-stage": stage })]));
  }

  draw(y, name, passes, marks, scale, rows) {
    const floor = y + LaneHeight + 14;
    say(this.name, name);
    say(this.count, counts(passes));
    this.name.setAttribute("y", `${y + 4}`);
    this.count.setAttribute("y", `${y + 4}`);
    this.count.setAttribute("x", "100%");
    this.root.dataset.passes = passes.length;
    const shapes = Object.fromEntries(Object.keys(this.paths).map(stage => [stage, ""]));
    for (const mark of marks) {
      const space = (mark.to - mark.from) * scale, gap = space > 5 ? 1.5 : space > 2.5 ? .75 : 0;
      const width = Math.max(.75, space - gap), x = 1 + mark.from * scale;
      const height = mark.stage === "ahead" ? 5 : 5 + (LaneHeight - 5) * Math.sqrt(Math.min(1, mark.rows / rows));
      shapes[mark.stage] +=
        `M${x.toFixed(2)} ${floor}v${(-height).toFixed(2)}h${width.toFixed(2)}v${height.toFixed(2)}z`;
    }
    for (const [stage, shape] of Object.entries(shapes)) this.paths[stage].setAttribute("d", shape);
  }
}
