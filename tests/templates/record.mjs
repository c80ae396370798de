// Records the results of Hugging Face's implementation of Jinja in chats.json. Run it by hand:
//   npm install --prefix /tmp/jinja @huggingface/jinja && node record.mjs /tmp/jinja/node_modules/@huggingface/jinja
import { readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

const here = dirname(fileURLToPath(import.meta.url))
const library = resolve(process.argv[2])
const { Template } = await import(pathToFileURL(join(library, 'dist', 'index.js')))
const { version } = JSON.parse(readFileSync(join(library, 'package.json'), 'utf8'))
const json = (name) => JSON.parse(readFileSync(join(here, name), 'utf8'))

// The variables that Hugging Face's libraries give to a chat template.
function render(source, messages, addGenerationPrompt) {
  try {
    const text = new Template(source).render({
      messages, add_generation_prompt: addGenerationPrompt, tools: null, documents: null,
      bos_token: '<|beginoftext|>', eos_token: '<|endoftext|>',
    })
    return { text }
  } catch (error) {
    return { error: error.message }
  }
}

const conversations = json('conversations.json')
const templates = readdirSync(here).filter((name) => name.endsWith('.jinja')).sort()
const chats = templates.flatMap((template) => conversations.flatMap((messages, conversation) =>
  [true, false].map((addGenerationPrompt) => ({
    template, conversation, addGenerationPrompt,
    ...render(readFileSync(join(here, template), 'utf8'), messages, addGenerationPrompt),
  }))))
const recorded = { library: `@huggingface/jinja ${version}`, chats }
writeFileSync(join(here, 'chats.json'), JSON.stringify(recorded, null, 1) + '\n')
console.log(`${chats.length} chats`)
