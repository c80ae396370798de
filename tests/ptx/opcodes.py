"""Holds the inline PTX of a header against instructions that LLVM wrote.

    opcodes.py HEADER LLVM_OUTPUT BEYOND

An instruction is compared as its opcode with the kind of each operand, for example

    ldmatrix.sync.aligned.m8n8.x4.shared.b16 {r,r,r,r},[]

f, r, l, h: a register of 32-bit float, 32, 64, 16 bits; n: a number; []: an address. So a misspelt opcode is found, a
missing or swapped operand of another kind too; two swapped operands of one kind are not. BEYOND lists instructions
that LLVM cannot emit, one in a line with the reason behind a #: they are believed, and printed.
"""

import re
import sys

STRING = re.compile(r'"((?:[^"\\]|\\.)*)"')
CONSTRAINT = re.compile(r'"[=+&]*([a-z])"\s*\(')
REGISTER = {"f": "f", "r": "r", "rd": "l", "rs": "h", "p": "p"}


def asm_statements(text):
    """The parenthesised part of each asm statement, without comments."""
    text = re.sub(r"//[^\n]*", "", text)
    for found in re.finditer(r"\basm\b(?:\s+volatile)?\s*\(", text):
        depth, quoted, end = 1, False, found.end()
        while depth:
            character = text[end]
            if character == '"' and text[end - 1] != "\\":
                quoted = not quoted
            elif not quoted:
                depth += (character == "(") - (character == ")")
            end += 1
        yield text[found.end() : end - 1]


def template_and_kinds(statement):
    """The PTX of a statement, and the kind of each of its operands."""
    template, rest = "", statement
    while True:
        rest = rest.lstrip()
        found = STRING.match(rest)
        if not found:
            break
        template += found.group(1).replace("\\n", "\n").replace("\\t", " ")
        rest = rest[found.end() :]
    return template, CONSTRAINT.findall(rest)


def operand_shape(operands, kind_of):
    """Operands without their names."""
    shape = re.sub(r"\[[^\]]*\]", "[]", operands)
    shape = re.sub(r"%\w+", lambda found: kind_of(found.group(0)), shape)
    shape = re.sub(r"(?<![\w%])-?\d+\b", "n", shape)
    return re.sub(r"\s+", "", shape)


def instruction_shapes(ptx, kind_of):
    for instruction in ptx.split(";"):
        words = re.sub(r"^\s*[{}]?\s*(@!?%\w+\s+)?", "", instruction).split(None, 1)
        if not words or words[0].startswith("."):
            continue
        operands = operand_shape(words[1], kind_of) if len(words) > 1 else ""
        yield f"{words[0]} {operands}".strip()


def of_header(path):
    with open(path, encoding="utf-8") as file:
        text = file.read()
    for statement in asm_statements(text):
        template, kinds = template_and_kinds(statement)

        def kind_of(name):
            return kinds[int(name[1:])] if name[1:].isdigit() else REGISTER.get(name[1:].rstrip("0123456789"), name)

        yield from instruction_shapes(template, kind_of)


def of_llvm(path):
    with open(path, encoding="utf-8") as file:
        text = re.sub(r"//[^\n]*", "", file.read())
    for body in re.findall(r"^\{(.*?)^\}", text, re.MULTILINE | re.DOTALL):
        body = re.sub(r"^\$\w+:", "", body, flags=re.MULTILINE)
        yield from instruction_shapes(body, lambda name: REGISTER.get(name[1:].rstrip("0123456789"), name))


def beyond_llvm(path):
    with open(path, encoding="utf-8") as file:
        for line in file:
            shape, _, reason = line.partition("#")
            if shape.strip():
                yield re.sub(r"\s*,\s*", ",", shape.strip()), reason.strip()


def main():
    header, llvm, beyond = sys.argv[1:]
    written = list(of_header(header))
    known = set(of_llvm(llvm))
    believed = dict(beyond_llvm(beyond))
    wrong = [shape for shape in written if shape not in known and shape not in believed]
    for shape in wrong:
        opcode = shape.split()[0]
        near = [other for other in known if other.split()[0].split(".")[0] == opcode.split(".")[0]]
        print(f"{header}: LLVM does not write '{shape}'" + (f"; it writes '{near[0]}'" if near else ""))
    for shape in sorted(set(believed) - set(written)):
        print(f"{beyond}: '{shape}' is not used")
    if not written:
        print(f"{header}: no inline PTX found")
        wrong.append("")
    if wrong:
        return 1
    checked = sum(shape in known for shape in written)
    print(f"inline PTX: {checked} instructions are written as LLVM writes them")
    for shape in sorted(set(written) & set(believed)):
        print(f"inline PTX: '{shape}' cannot be checked: {believed[shape]}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
