"""The reference: a page for each area, from the docstrings of the headers and the examples in docs/reference. Public
functions, classes and options without a docstring or an example are mistakes, and so are public headers that stand in
no area."""

import re
import textwrap

import headers
from areas import AUTODIFF, INTERNAL, NN, OPS, PLAIN

EXAMPLE = re.compile(r'((?:^(?!#|EXAMPLE)[^\n]+\n)*)^EXAMPLE\(((?:\s*"[^"]*")+)\) \{\n(.*?)^\}$', re.M | re.S)


class Example:
    """A piece of docs/reference/FOLDER/PAGE.cpp: what the tests run, with what stands right before it."""

    def __init__(self, match, label):
        self.label, self.shown = label, False
        self.names = "".join(re.findall(r'"([^"]*)"', match[2])).split(", ")
        self.text = (match[1] + "\n" if match[1] else "") + textwrap.dedent(match[3])
        self.code = re.sub(r"//.*", "", self.text)

    def uses(self, name):
        symbol = re.match(r"operator(\W+)$", name)
        return symbol[1] in self.code if symbol else re.search(rf"\b{name}\b", self.code)

    def markdown(self, names):
        """The code in the entry that it names first, in others a link to there."""
        if self.shown or self.names[0] not in names:
            return f"\n*Example:* [that of `{self.names[0]}`](#{self.label})\n\n"
        self.shown = True
        return f"\n({self.label})=\n````{{container}} example\n*Example*\n```cpp\n{self.text}```\n````\n\n"


def is_public(item):
    if item.kind == "class" and re.search(rf"\b(class|struct|union) {item.name}<", item.text):
        return False  # a specialization
    return not {"detail", "op", "kernels"} & set(item.scope.split("::")) and not {item.name, f"{item.scope}::{item.name}"} & INTERNAL


def escaped(text):
    """Plain text as Markdown: what is code in it stays, and the rest means itself."""
    parts = re.split(r"(`[^`]*`)", text)
    marked = [part if part.startswith("`") else re.sub(r"([\\*_<>\[\]$|#~])", r"\\\1", part) for part in parts]
    return re.sub(r"^([+-])(?= )", r"\\\1", "".join(marked))  # no list


class Writer:
    def __init__(self, root):
        self.root, self.mistakes = root, []
        self.names = self.foreign_names((root / "docs/functions.md").read_text())
        self.areas = [("autodiff", AUTODIFF), ("nn", NN)]
        self.items, self.ops, self.about = {}, {}, {}
        for _, areas in self.areas:
            for _, _, wanted in areas:
                for header in wanted:
                    self.about[header], items = headers.read(root / header)
                    self.items[header] = [item for item in items if is_public(item)]
                    self.ops.update({item.name: item.doc for item in items if item.scope.endswith("op") and item.doc})
        self.classes = {}
        for folder, areas in self.areas:
            for page, _, wanted in areas:
                for header, names in wanted.items():
                    for item in self.items[header]:
                        if item.kind in ("class", "enum", "concept") and (not names or item.name in names):
                            self.classes.setdefault(item.name, f"../{folder}/{page}.md")

    @staticmethod
    def foreign_names(text):
        """What NumPy and PyTorch call the functions, from the tables of docs/functions.md."""
        names, columns = {}, []
        for line in text.splitlines():
            cells = [cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]]
            if not cells:
                columns = []
            elif not columns:
                columns = cells
            elif not set(line) <= set("|- "):
                row = dict(zip(columns, cells))
                said = {key: row[key] for key in row if key.startswith(("NumPy", "PyTorch", "notes")) and row[key]}
                ours = re.findall(r"(?:^|`|::|\.)(\w+)(?:<T>)?[({`]", cells[0])
                for place, name in enumerate(ours):
                    names.setdefault(
                        name,
                        {key: own_name(said[key], place, len(ours)) if key != "notes" else said[key] for key in said},
                    )
        return names

    def called(self, names):
        """What others call it, as they write it: a line for its end, and entries of the index for its head, by which the
        search leads from any of their names to the place."""
        said = next((self.names[name] for name in names if name in self.names), {})
        lines = [f"{key}: {qualified(key, value)}" for key, value in said.items() if key != "notes"]
        notes = said.get("notes", "")
        end = ". ".join(filter(None, ("; ".join(lines), notes[:1].upper() + notes[1:])))
        theirs = re.findall(r"`([a-z]\w*\.[\w.]+)`", "".join(line for line in lines if re.match("NumPy|PyTorch", line)))
        theirs = sorted({form for name in theirs for form in (name, name.split(".")[-1])} - set(names))
        return (
            f"\n```{{container}} names\n{end}\n```\n" if end else "",
            f"```{{index}} {', '.join('! ' + name for name in theirs)}\n```\n\n" if theirs else "",
        )

    def read_examples(self, folder, page):
        path = self.root / "docs/reference" / folder / f"{page}.cpp"
        self.path = path.relative_to(self.root)
        found = EXAMPLE.finditer(path.read_text()) if path.exists() else []
        self.examples = [Example(match, f"example-{page.replace('_', '-')}-{k}") for k, match in enumerate(found)]

    def example(self, names):
        """The examples of an entry."""
        found = {}
        for name in names:
            of_name = [example for example in self.examples if name in example.names]
            if not of_name:
                self.mistakes.append(f"{self.path}: no example for {name}")
            found.update(dict.fromkeys(of_name))
        return "".join(example.markdown(names) for example in found)

    def check_examples(self, entries):
        """That examples use what they name, and that together they use all members of the classes."""
        for example in self.examples:
            for name in example.names:
                if not example.shown or not example.uses(name):
                    self.mistakes.append(f"{self.path}: the example of {name} uses no such thing of this page")
        members = [(item.name, member) for item in entries for member in item.members if member.name not in INTERNAL]
        for owner, member in members:
            if member.kind == "class":
                members += [(member.name, inner) for inner in member.members if inner.name not in INTERNAL]
            elif member.kind in ("function", "value") and not member.name.startswith(("operator", owner)):
                if not any(example.uses(member.name) for example in self.examples):
                    self.mistakes.append(f"{self.path}: no example uses {owner}::{member.name}")

    def prose(self, doc, own=""):
        blocks, code = [], False
        for paragraph in re.split(r"\n[ \t]*\n", doc.strip("\n")):
            lines = paragraph.split("\n")
            if all(line.startswith("  ") for line in lines):
                margin = min(len(line) - len(line.lstrip()) for line in lines)
                text = "\n".join(line[margin:] for line in lines)
                blocks.append(f"```{'cpp' if text.isascii() else 'text'}\n{text}\n```")
            else:
                blocks.append(self.linked(escaped(" ".join(line.strip() for line in lines)), own))
        return "\n\n".join(blocks)

    def linked(self, text, own):
        parts = re.split(r"(`[^`]*`)", re.sub(r"^([+-])(?= )", r"\\\1", text))  # no list
        known = "|".join(sorted((name for name in self.classes if name != own), key=len, reverse=True))

        def link(match):
            name, before = match.group(), match.string[: match.start()]
            if re.fullmatch("[A-Z][a-z]+", name) and re.search(r"(^|[.:] )$", before):
                return name  # a word that a sentence begins with, as "Linear algebra"
            return f"[{name}]({self.classes[name]}#{anchor(name)})"

        for k in range(0, len(parts), 2):
            parts[k] = re.sub(rf"(?<![\w:.])({known})(?![\w(:])", link, parts[k])
        return "".join(parts)

    def derivative(self, item):
        used = [name for name in re.findall(r"op::(\w+)", item.body) if name in self.ops]
        of_its_name = [name for name in used if name.lower() == item.name.replace("_", "")]
        docs = [self.ops[name] for name in of_its_name + used]
        return "".join(f"\n\n*Value and derivative:* {self.prose(doc)}" for doc in docs[:1])

    def function(self, group, level):
        names = list(dict.fromkeys(item.name for item in group))
        called, index = self.called(names)
        out = f"## {', '.join(f'`{name}`' for name in names)}\n\n{index}" if level == 2 else ""
        if level == 2 and group[0].name in self.classes:  # a concept
            out = f"({anchor(group[0].name)})=\n" + out
        block, text = [], []
        for item in group:  # overloads that share a docstring stand together
            if item.doc and block:
                out += self.signatures(block) + "\n\n".join(text) + "\n\n"
                block, text = [], []
            block.append(item.text)
            if item.doc:
                text.append(self.prose(item.doc, item.name) + self.derivative(item))
        out += self.signatures(block) + "\n\n".join(text) + "\n"
        return out + called + self.example(names) if level == 2 else out

    @staticmethod
    def signatures(texts):
        return "```cpp\n" + "\n".join(narrow(text) for text in texts) + "\n```\n\n"

    def fields(self, members):
        if not any(field.doc for field in members):
            return self.signatures([field.text for field in members])
        rows = []
        for field in members:
            kind, _, value = re.sub(r"\s+", " ", field.text.rstrip(";")).partition(" = ")
            rows.append([f"`{kind}`", f"`{value}`" if value else "", self.prose(field.doc).replace("\n", " ")])
        if not any(row[1] for row in rows):
            rows = [[row[0], row[2]] for row in rows]
        head = ["field", "default", "meaning"] if len(rows[0]) == 3 else ["field", "meaning"]
        return "".join("| " + " | ".join(row) + " |\n" for row in [head, ["---"] * len(head), *rows]) + "\n"

    def class_(self, item, level=2):
        kind = f"{item.text}\n" if item.kind == "class" else ""
        called, index = self.called([item.name])
        out = f"({anchor(item.name)})=\n## `{item.name}`\n\n{index}" if level == 2 else ""
        if item.kind == "enum":
            out += "```cpp\n" + item.text + " {" + item.body.rstrip() + "\n};\n```\n\n" + self.prose(item.doc) + "\n"
            return out + self.example(item.name.split(", ")) if level == 2 else out
        out += "```cpp\n" + kind.strip() + "\n```\n\n" + self.prose(item.doc, item.name) + "\n\n"
        # A constructor of internal types is not for users.
        members = [m for m in item.members if m.name not in INTERNAL and (m.name != item.name or "detail::" not in m.text)]
        fields = [m for m in members if m.kind == "value"]
        if fields:
            out += self.fields(fields)
        if level == 2:
            out += called + self.example([item.name])
        rest, bare = [m for m in members if m.kind != "value"], []
        fence = "`" * (7 - level)  # what is inside of it has fewer
        for group in grouped(rest):
            if group[0].kind == "class":
                text = self.class_(group[0], level + 1)
            elif group[0].kind == "enum" or any(m.doc for m in group):
                text = self.function(group, level + 1)
            else:
                bare += [m.text for m in group if m.kind == "function"]
                continue
            out += f"{fence}{{container}} member\n{text.strip()}\n{fence}\n\n"
        return out + (f"{fence}{{container}} member\n{self.signatures(bare).strip()}\n{fence}\n" if bare else "")

    def page(self, folder, page, title, wanted):
        out, entries = f"# {title}\n\n", []
        self.read_examples(folder, page)
        for header, names in wanted.items():
            items = [i for i in self.items[header] if not names or i.name in names]
            if names is None:
                out += self.prose(self.about[header]) + "\n\n"
            for group in grouped(items, together=True):
                first = group[0]
                if first.kind == "remark":
                    out += self.prose(first.doc) + "\n\n"
                    continue
                entries.append(first)
                told = first.doc or any(member.doc for member in first.members)
                if not told and first.apart and first.kind in ("function", "class"):
                    self.mistakes.append(f"{header}: no docstring for {first.name}")
                out += (self.class_(first) if first.kind in ("class", "enum") else self.function(group, 2)) + "\n"
        self.check_examples(entries)
        if "*Value and derivative:*" in out:
            out += "Values and derivatives: y is the result and g the gradient that arrives at it; dx is what goes on to the operand x.\n\n"
        include = "nn/nn.hpp" if folder == "nn" else "autodiff/autodiff.hpp"
        places = ", ".join(f"`{header}`" for header in wanted)
        return (
            out
            + f"---\n\nFrom {places}; `#include <{include}>` brings it, in namespace `xtape{'::nn' if folder == 'nn' else ''}`.\n"
        )

    def check_headers(self):
        shown = set(self.items) | PLAIN
        shown |= {OPS + path.name for path in (self.root / OPS).glob("lists*.hpp")}
        for top in ("autodiff/autodiff.hpp", "nn/nn.hpp", "autodiff/ops/all.hpp"):
            for header in re.findall(r'^#include "([^"]+)"', (self.root / top).read_text(), re.M):
                if header not in shown:
                    self.mistakes.append(f"{header} is public, and stands in no area of the reference")


def own_name(names, place, count):
    """Of as many names as a row has functions, that of the one at `place`; else all."""
    each = names.split(", ")
    of_each = len(each) == count and all(re.fullmatch("`[^`]*`", name) for name in each)
    return each[place] if of_each else names


def qualified(key, names):
    """Python's names in code, with their module: `np.clip`, `torch.clamp`."""
    module = "torch" if key == "PyTorch" else "np"
    plain = r"`(?!(?:x|rng|print|scipy|safetensors|torchvision)\b)([A-Za-z_][\w.]*(?:\(.*?\)[^`]*)?)`"
    return re.sub(plain, rf"`{module}.\1`", names)


def narrow(text, width=84):
    """A function with its parameters in lines that a page shows whole."""
    start = re.search(r"(?<=[\w)\]=<>+*/|&!-])\((?=[^()]*(?:\([^()]*\)[^()]*)*\)[^()]*;$)", text)
    if not start or max(map(len, text.split("\n"))) <= width and text.count("\n") < 3:
        return text
    head, rest = text[: start.end()], re.sub(r"\s+", " ", text[start.end() :])
    parameters, depth = [""], 0
    for c in rest:
        depth += (c in "(<{") - (c in ")>}")
        parameters[-1] += c
        if c == "," and depth == 0:
            parameters.append("")
    lines = [head]
    for parameter in map(str.strip, parameters):
        if len(lines[-1].split("\n")[-1]) + len(parameter) > width:
            lines.append("    " + parameter)
        else:
            lines[-1] += ("" if lines[-1].endswith("(") else " ") + parameter
    return "\n".join(lines)


def anchor(name):
    return "type-" + name.lower().replace("_", "-")


def grouped(items, together=False):
    """Functions of one name that stand together are one entry; so is, where asked for, one that shares a docstring with
    what stands right before it."""
    groups = []
    for item in items:
        last = groups[-1][0] if groups else None
        same = last and item.kind == last.kind == "function"
        if same and (last.name == item.name or together and not item.doc and not item.apart):
            groups[-1].append(item)
        else:
            groups.append([item])
    return groups


def pages(root):
    """{path below reference/: Markdown}, and the mistakes found."""
    writer, made = Writer(root), {}
    for folder, areas in writer.areas:
        for page, title, wanted in areas:
            made[f"{folder}/{page}.md"] = writer.page(folder, page, title, wanted)
        listed = "".join(f"| [{title}]({page}.md) | {contents(writer, wanted)} |\n" for page, title, wanted in areas)
        about = {
            "autodiff": "`#include <autodiff/autodiff.hpp>`, namespace `xtape`.",
            "nn": "`#include <nn/nn.hpp>`, namespace `xtape::nn`.",
        }
        made[f"{folder}/index.md"] = (
            f"# {folder}\n\n{about[folder]} Examples take `using namespace xtape;` for granted; behind a statement stands "
            "what it prints. They are compiled and run, and their results compared, by the tests.\n\n"
            f"| page | what is there |\n| --- | --- |\n{listed}\n"
            + toctree(page for page, _, _ in areas)
        )
    writer.check_headers()
    return made, writer.mistakes


def contents(writer, wanted):
    names = dict.fromkeys(
        item.name
        for header, chosen in wanted.items()
        for item in writer.items[header]
        if item.name and (not chosen or item.name in chosen)
    )
    return ", ".join(f"`{name}`".replace("|", r"\|") for name in names)


def toctree(entries):
    return "```{toctree}\n:hidden:\n\n" + "\n".join(entries) + "\n```\n"
