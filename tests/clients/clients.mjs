// usage: node clients.mjs SCENARIO URL      one scenario against a server; prints one JSON object a line
import OpenAI from "openai";
import { createOpenAICompatible } from "@ai-sdk/openai-compatible";
import { generateText, streamText } from "ai";

const [scenario, url] = process.argv.slice(2);
const messages = [{ role: "user", content: "What is gold?" }];
const client = new OpenAI({ baseURL: `${url}v1`, apiKey: "none", maxRetries: 0 });
const provider = createOpenAICompatible({ name: "pd", baseURL: `${url}v1`, includeUsage: true });
const tell = (value) => console.log(JSON.stringify(value));

// What a client makes of an error: null if it took the answer for complete.
async function failure(action) {
  try {
    await action();
    return null;
  } catch (error) {
    const { status, code, param, statusCode, message } = error;
    const retryAfter = error.headers?.get?.("retry-after") ?? error.responseHeaders?.["retry-after"];
    return { status: status ?? statusCode, code, param, message, retryAfter };
  }
}

const scenarios = {
  async "openai whole"() {
    const answer = await client.chat.completions.create({ model: "demo", messages });
    const [choice] = answer.choices;
    tell({ text: choice.message.content, reason: choice.finish_reason, usage: answer.usage });
  },

  async "openai raw stream"() {
    const stream = await client.chat.completions.create({
      model: "demo", messages, stream: true, stream_options: { include_usage: true }, planned: { stream: "spans" },
    });
    let text = "", reason = null, usage = null, shown = 0;
    for await (const chunk of stream) {
      text += chunk.choices[0]?.delta?.content ?? "";
      reason = chunk.choices[0]?.finish_reason ?? reason;
      usage = chunk.usage ?? usage;
      if (chunk.planned) shown++;
    }
    tell({ text, reason, usage, shown });
  },

  async "openai .stream()"() {
    const stream = client.chat.completions.stream({ model: "demo", messages, stream_options: { include_usage: true } });
    const answer = await stream.finalChatCompletion();
    const [choice] = answer.choices;
    tell({ text: choice.message.content, reason: choice.finish_reason, usage: answer.usage });
  },

  async "openai others"() {
    const models = [];
    for await (const model of client.models.list()) models.push(model.id);
    const completion = await client.completions.create({ model: "demo", prompt: "Gold is", max_tokens: 4 });
    tell({ models, completion: completion.object });
  },

  async "ai generateText"() {
    const { text, finishReason, usage } = await generateText({ model: provider("demo"), messages, temperature: 0 });
    tell({ text, reason: finishReason, tokens: usage.outputTokens });
  },

  async "ai streamText"() {
    const answer = streamText({ model: provider("demo"), messages, temperature: 0 });
    let text = "";
    for await (const part of answer.textStream) text += part;
    tell({ text, reason: await answer.finishReason, tokens: (await answer.usage).outputTokens });
  },

  async "openai refused"() {
    tell(await failure(() => client.chat.completions.create({ model: "demo", messages, logprobs: true })));
    tell(await failure(() => client.chat.completions.create({ model: "other", messages })));
  },

  async "openai busy"() {
    tell(await failure(() => client.chat.completions.create({ model: "demo", messages })));
  },

  async "ai busy"() {
    tell(await failure(() => generateText({ model: provider("demo"), messages, maxRetries: 0 })));
  },

  async "openai broken"() {
    const stream = await client.chat.completions.create({ model: "demo", messages, stream: true });
    tell(await failure(async () => {
      for await (const _ of stream) tell({ reading: true });
    }));
  },

  async "ai broken"() {
    let failed = null;
    const answer = streamText({ model: provider("demo"), messages, maxRetries: 0, onError: ({ error }) => (failed = error) });
    const thrown = await failure(async () => {
      for await (const part of answer.fullStream) {
        if (part.type === "error") throw part.error;
        tell({ reading: true });
      }
    });
    tell(thrown ?? (failed && { message: String(failed.message ?? failed) }));
  },
};

await scenarios[scenario]();
