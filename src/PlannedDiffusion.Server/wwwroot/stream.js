// The server's stream of events: one POST, and what it answers.

/** A refusal or a failure, with what the page says about it. */
export class StreamProblem extends Error {
  /**
   * @param {string} message
   * @param {{ status?: number, retryAfter?: number | null, code?: string | null }} more
   */
  constructor(message, { status = 0, retryAfter = null, code = null } = {}) {
    super(message);
    this.status = status;
    this.retryAfter = retryAfter; // seconds
    this.code = code;
  }
}

/**
 * Asks, and yields each event as { name, data }. Ends after "completed". A refusal, an error event and a stream that
 * breaks off are a StreamProblem.
 */
export async function* events(url, body, { key = "", signal } = {}) {
  const headers = { "content-type": "application/json", accept: "text/event-stream" };
  if (key) headers.authorization = `Bearer ${key}`;
  let response;
  try {
    response = await fetch(url, {
      method: "POST", headers, body: JSON.stringify(body), signal, cache: "no-store", credentials: "omit" });
  } catch (error) {
    throw signal?.aborted ? error : new StreamProblem("The server cannot be reached.");
  }
  if (!response.ok) throw await refusal(response);
  try {
    for await (const event of parsed(response.body.pipeThrough(new TextDecoderStream()))) {
      if (event.name === "error") {
        const { message, code } = event.data.error ?? {};
        throw new StreamProblem(message || "The server ended the answer.", { code });
      }
      yield event;
      if (event.name === "completed") return;
    }
  } catch (error) {
    if (signal?.aborted || error instanceof StreamProblem) throw error;
  }
  throw new StreamProblem("The connection was lost. What has arrived is kept.", { code: "lost" });
}

/** What a response says that is no stream: the error object of the API, or its status alone. */
export async function refusal(response) {
  let said = null;
  try {
    said = (await response.json()).error ?? null;
  } catch {
    // No error object: the status says it.
  }
  const milliseconds = response.headers.get("retry-after-ms"), seconds = response.headers.get("retry-after");
  const wait = milliseconds !== null ? Number(milliseconds) / 1000 : seconds !== null ? Number(seconds) : NaN;
  return new StreamProblem(said?.message || `The server answered ${response.status}.`, {
    status: response.status, retryAfter: Number.isFinite(wait) ? Math.max(0, wait) : null, code: said?.code ?? null });
}

/** Events of an SSE stream. Comments and events without data are skipped. */
export async function* parsed(chunks) {
  let rest = "", name = "message", data = [];
  const reader = chunks.getReader();
  try {
    for (;;) {
      const { value, done } = await reader.read();
      if (done) return;
      rest += value;
      // A lone CR at the end may be half of a CRLF.
      const whole = rest.endsWith("\r") ? rest.slice(0, -1) : rest;
      const lines = whole.split(/\r\n|\n|\r/);
      rest = lines.pop() + rest.slice(whole.length);
      for (const line of lines) {
        if (line === "") {
          if (data.length > 0) yield { name, data: JSON.parse(data.join("\n")) };
          [name, data] = ["message", []];
          continue;
        }
        const colon = line.indexOf(":");
        const field = colon < 0 ? line : line.slice(0, colon);
        const value = colon < 0 ? "" : line.slice(colon + 1).replace(/^ /, "");
        if (field === "event") name = value;
        else if (field === "data") data.push(value);
      }
    }
  } finally {
    reader.cancel().catch(() => {}); // the server hears that nobody reads
  }
}
