"""Records into snippets.json what Python's Jinja, set up as transformers does, makes of each of its templates; and
compares chats.json with it, which another implementation recorded. By hand: python3 record.py"""
import json
import pathlib

from jinja2 import TemplateError
from jinja2.sandbox import ImmutableSandboxedEnvironment

here = pathlib.Path(__file__).parent


def raise_exception(message):
    raise TemplateError(message)


def tojson(value, ensure_ascii=False, indent=None):
    return json.dumps(value, ensure_ascii=ensure_ascii, indent=indent)


def read(name):
    return json.loads((here / name).read_text())


environment = ImmutableSandboxedEnvironment(
    trim_blocks=True, lstrip_blocks=True, extensions=["jinja2.ext.loopcontrols"])
environment.globals["raise_exception"] = raise_exception
environment.filters["tojson"] = tojson
conversations = read("conversations.json")


def render(source, messages, add_generation_prompt):
    try:
        return {"text": environment.from_string(source).render(
            messages=messages, add_generation_prompt=add_generation_prompt, tools=None, documents=None,
            bos_token="<|beginoftext|>", eos_token="<|endoftext|>")}
    except (TemplateError, TypeError, ValueError, ArithmeticError) as error:
        return {"error": str(error)}


snippets = [{"source": snippet["source"], **render(snippet["source"], conversations[1], True)}
            for snippet in read("snippets.json")]
lines = ",\n".join(" " + json.dumps(snippet, ensure_ascii=False) for snippet in snippets)
(here / "snippets.json").write_text(f"[\n{lines}\n]\n")

chats = read("chats.json")["chats"]
differing = [chat for chat in chats if chat.get("text") != render(
    (here / chat["template"]).read_text(), conversations[chat["conversation"]], chat["addGenerationPrompt"]).get("text")]
print(f"{len(snippets)} snippets; {len(differing)} of {len(chats)} chats differ: {differing[:3]}")
raise SystemExit(bool(differing))
