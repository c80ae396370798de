// The replay: both answers on one clock, at any moment.

import { byId, duration, say } from "./elements.js";

export class Replay {
  /** @param changed What to do when the moment has changed. */
  constructor(changed) {
    this.changed = changed;
    this.root = byId("replay");
    this.slider = byId("moment");
    this.button = byId("play");
    this.length = 0;
    this.moment = null; // milliseconds of the engine; null for the end
    this.playing = 0; // the number of the next frame
    this.slider.addEventListener("input", () => {
      this.#pause();
      this.#go(this.length * this.slider.valueAsNumber / Number(this.slider.max));
    });
    this.button.addEventListener("click", () => this.playing ? this.#pause() : this.#play());
  }

  get isReady() {
    return this.length > 0;
  }

  /** Nothing can be replayed until the next answers are complete. */
  forget() {
    this.#pause();
    [this.length, this.moment] = [0, null];
    this.root.hidden = true;
  }

  /** Offers to replay so many milliseconds. */
  offer(length) {
    this.length = length;
    this.root.hidden = length <= 0;
    this.#show();
  }

  #play() {
    let from = this.moment ?? 0, last = null;
    const step = clock => {
      from += last === null ? 0 : (clock - last) * Number(byId("speed").value);
      last = clock;
      if (from >= this.length) {
        this.#pause();
        this.#go(this.length);
        return;
      }
      this.playing = requestAnimationFrame(step);
      this.#go(from);
    };
    this.playing = requestAnimationFrame(step);
    say(this.button, "Pause");
  }

  #pause() {
    cancelAnimationFrame(this.playing);
    this.playing = 0;
    say(this.button, "Replay");
  }

  #go(moment) {
    this.moment = moment >= this.length ? null : moment;
    this.#show();
    this.changed();
  }

  #show() {
    const moment = this.moment ?? this.length;
    this.slider.value = this.length > 0 ? `${Math.round(moment / this.length * Number(this.slider.max))}` : "0";
    const text = `${duration(moment)} of ${duration(this.length)}`;
    this.slider.setAttribute("aria-valuetext", text);
    say(byId("moment-text"), text);
  }
}
