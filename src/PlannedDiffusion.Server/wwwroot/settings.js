// What the user has set. It is kept in the browser, the key for this tab alone; questions are not kept.

const Place = "planned-diffusion";

/** The settings of the form, kept from visit to visit. */
export class Settings {
  constructor(form) {
    this.form = form;
    const kept = read(localStorageOf(), Place) ?? {};
    for (const name of ["preset", "ratio", "temperature", "seed", "compare"]) {
      if (typeof kept[name] === "string") form.elements[name].value = kept[name];
    }
    form.elements.key.value = read(sessionStorageOf(), Place)?.key ?? "";
    const more = form.querySelector("details"), wide = matchMedia("(min-width: 52.01rem)");
    more.open = wide.matches;
    wide.addEventListener("change", () => more.open = wide.matches);
    if (this.key) this.#showKey();
    form.addEventListener("change", () => this.#keep());
  }

  get key() {
    return this.form.elements.key.value.trim();
  }

  get compare() {
    return this.form.elements.compare.value;
  }

  /** Shows the field for the key, and goes there. */
  askForKey() {
    this.form.querySelector("details").open = true;
    this.#showKey();
    this.form.elements.key.focus();
  }

  /** The body of a request: that of a chat, with our extension. */
  body(question, decoder) {
    const { model, preset, ratio, temperature, seed } = this.form.elements;
    const planned = { decoder };
    if (decoder !== "ar") Object.assign(planned, { preset: preset.value, steps_ratio: ratio.valueAsNumber });
    return {
      ...(model.value ? { model: model.value } : {}), messages: [{ role: "user", content: question }],
      temperature: temperature.valueAsNumber, seed: seed.valueAsNumber, planned };
  }

  #showKey() {
    this.form.querySelector("#key-field").hidden = false;
  }

  #keep() {
    const { preset, ratio, temperature, seed, compare, key } = this.form.elements;
    write(localStorageOf(), Place, {
      preset: preset.value, ratio: ratio.value, temperature: temperature.value, seed: seed.value,
      compare: compare.value });
    write(sessionStorageOf(), Place, { key: key.value });
  }
}

// A browser may forbid storage: then nothing is kept.
function localStorageOf() {
  try { return localStorage; } catch { return null; }
}

function sessionStorageOf() {
  try { return sessionStorage; } catch { return null; }
}

function read(storage, name) {
  try { return JSON.parse(storage.getItem(name)); } catch { return null; }
}

function write(storage, name, value) {
  try { storage.setItem(name, JSON.stringify(value)); } catch { /* full, or forbidden */ }
}
