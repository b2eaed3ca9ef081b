"""Reads the public declarations of a C++ header with their docstrings (/// before, or ///< behind), as clang-format left
them. It knows no more of C++ than where a declaration ends."""

import dataclasses
import re


@dataclasses.dataclass
class Item:
    kind: str  # function, class, enum, concept, type, value, remark
    name: str
    text: str  # the declaration, without its body
    doc: str = ""
    body: str = ""  # of a function
    members: list = dataclasses.field(default_factory=list)
    apart: bool = False  # whether an empty line or a docstring stands before it
    scope: str = ""


TYPE = re.compile(
    r"^(?:template\s*<.*?>\s*)?(?:requires.*?)?\b(class|struct|enum class|enum|union)\b\s*(?:\[\[.*?\]\]\s*)?(\w*)",
    re.S,
)
SKIPPED = re.compile(r"^(extern\b|friend\b(?!.*operator)|static_assert|~|#|template\s+class|template\s+\w+\s+\w+<)")


def split(text):
    """The pieces of a scope in order: ("doc" | "remark" | "tail" | "gap" | "access", text) and ("code", head, body)."""
    at, head, depth = 0, "", 0
    while at < len(text):
        rest = text[at:]
        comment = re.match(r"//[^\n]*\n?", rest)
        if comment:
            line = comment.group()
            kind = "tail" if line.startswith("///<") else "doc" if line.startswith("///") else "remark"
            if not head.strip() or kind == "tail":
                yield kind, line.strip("\n")
            at += comment.end()
        elif not head.strip() and (space := re.match(r"\n[ \t]*\n", rest)):
            yield "gap", ""
            at += space.end() - 1
        elif not head.strip() and (label := re.match(r"\s*(public|private|protected):(?!:)", rest)):
            yield "access", label.group(1)
            at += label.end()
        elif not head.strip() and (
            macro := re.match(r"[ \t]*(#(?:[^\n]*\\\n)*[^\n]*|XTAPE_\w+\([^\n]*\)[^\n;]*)\n", rest)
        ):
            at += macro.end()
        elif quoted := re.match(r"\"(?:\\.|[^\"\\])*\"|'(?:\\.|[^'\\])'", rest):
            head += quoted.group()
            at += quoted.end()
        elif text[at] == ";" and depth == 0:
            yield "code", head, None
            head, at = "", at + 1
        elif text[at] == "{" and depth == 0:
            end = closing(text, at)
            body = text[at + 1 : end]
            at = end + 1
            if belongs_to_head(head):
                head += "{" + body + "}"
            else:
                yield "code", head, body
                head = ""
        else:
            depth += (text[at] in "([") - (text[at] in ")]")
            head += text[at]
            at += 1


def closing(text, at):
    """Where the brace at `at` is closed."""
    depth = 0
    for match in re.finditer(r"//[^\n]*|\"(?:\\.|[^\"\\\n])*\"|'(?:\\.|[^'\\\n])'|[{}]", text[at:]):
        depth += (match.group() == "{") - (match.group() == "}")
        if depth == 0:
            return at + match.start()
    raise ValueError("a brace is not closed: " + text[at : at + 60])


def belongs_to_head(head):
    """Whether what the braces hold is a part of a declaration that goes on: an initializer, or a requirement."""
    bare = re.sub(r"operator\s*[^\w\s(]+|[<>!=]=", "", without_parentheses(without_parameters(head)))
    if re.search(r"\brequires\s*$", bare.strip()):
        return True
    if (
        TYPE.match(head.strip())
        and "(" not in TYPE.sub("", head.strip())
        or re.match(r"\s*(inline\s+)?namespace", head)
    ):
        return False
    if re.search(r"\)[^():]*:[^:]", head) and re.search(r"[\w>]\s*$", head) and re.search(r":[^:]*[\w>]\s*$", bare):
        return not re.search(r"[)}]\s*$", head)  # member_{...} of a constructor
    return "=" in bare.replace("=>", "") or "(" not in head


def without_parentheses(text):
    out, depth = "", 0
    for c in text:
        depth += c == "("
        if depth == 0:
            out += c
        depth -= c == ")"
    return out


def signature(head, body):
    """The declaration as it is written, without the initializers of a constructor."""
    lines = head.strip("\n").rstrip().split("\n")
    margin = min((len(line) - len(line.lstrip()) for line in lines if line.strip()), default=0)
    text = "\n".join(line[margin:] for line in lines).strip()
    if body is not None or "{" in text:
        text = re.sub(r"\)((?:\s*(?:const|noexcept|&))*)\s*:\s[^:].*$", r")\1", text, flags=re.S)
    return re.sub(r"\s*//[^\n]*", "", text)


def name_of(text):
    bare = re.sub(r"template\s*<(?:[^<>]|<[^<>]*>)*>", "", text)
    operator = re.search(r"\boperator\s*(\(\)|[^(]+?)\s*\(", bare)
    if operator:
        return "operator" + " " * operator.group(1)[0].isalpha() + operator.group(1)
    bare = re.sub(r"requires\s+requires\s*\([^()]*\)\s*\{(?:[^{}]|\{[^{}]*\})*\}", "", bare)
    bare = re.sub(r"requires\s*\((?:[^()]|\([^()]*\))*\)|requires\s+[\w:]+<[^\n]*>\s*\n", "", bare)
    called = re.search(r"(~?\w+)\s*\(", bare)
    return called.group(1) if called else (re.findall(r"\w+", bare.split("=")[0].split("{")[0]) or [""])[-1]


def parse(text, scope="", inside=None):
    """The items of a scope; of a class the public ones."""
    items, doc, remark, apart, told = [], [], [], True, None
    visible = inside != "class"
    for piece in split(text):
        kind = piece[0]
        if kind == "access":
            visible, doc, apart = piece[1] != "private", [], True
        elif kind == "doc":
            doc.append(re.sub(r"^/// ?", "", piece[1].strip()))
            apart = True
        elif kind == "tail":
            if told:
                told.doc = (told.doc + " " + re.sub(r"^///< ?", "", piece[1].strip())).strip()
        elif kind == "remark":
            remark.append(re.sub(r"^// ?", "", piece[1].strip()))
        elif kind == "gap":
            if remark and not inside and visible and not doc:
                items.append(Item("remark", "", "", "\n".join(remark), scope=scope))
            doc, remark, apart = [], [], True
        else:
            head, body = piece[1], piece[2]
            before = len(items)
            add(items, head, body, "\n".join(doc), apart, scope, visible)
            told = items[-1] if len(items) > before else None  # of whom a comment behind tells
            doc, remark, apart = [], [], False
    return items


def add(items, head, body, doc, apart, scope, visible):
    stripped = head.strip()
    space = re.match(r"(?:inline\s+)?namespace\s*([\w:]*)", stripped)
    if space and body is not None:
        items.extend(parse(body, (scope + "::" if scope else "") + space.group(1)))
        return
    if not visible or not stripped or SKIPPED.match(stripped) or stripped.endswith(("= delete", "= default")):
        return
    text = signature(head, body)
    kind = TYPE.match(stripped)
    if kind and "(" not in without_template(stripped):
        if body is None:
            return  # declared in advance
        word, name = kind.groups()
        name = name or ", ".join(re.findall(r"\bk\w+(?= =|,|$)", body))
        text = re.sub(r"\s+", " ", text) if word.startswith("enum") else text
        members = (
            []
            if word.startswith("enum")
            else parse(body, scope + "::" + name, "class" if word == "class" else "struct")
        )
        items.append(Item("enum" if word.startswith("enum") else "class", name, text, doc, body, members, apart, scope))
        return
    if re.search(r"\bconcept\s+\w+", text):
        items.append(
            Item("concept", re.search(r"concept\s+(\w+)", text).group(1), text + ";", doc, apart=apart, scope=scope)
        )
    elif re.match(r"(template\s*<.*>\s*)?using\b", text, re.S):
        alias = re.search(r"using\s+(\w+)", text)
        items.append(Item("type", alias.group(1), text + ";", doc, apart=apart, scope=scope))
    elif "(" in without_template(text) and not re.search(r"^(?:static |inline )*constexpr (?!.*\()", text):
        if re.search(r"\)\s*->", text) and not re.search(r"\bauto\b", text):
            return  # a deduction guide
        items.append(Item("function", name_of(text), text + ";", doc, body or "", apart=apart, scope=scope))
    else:
        items.append(
            Item(
                "value",
                re.findall(r"\w+", re.split(r"\s=\s|[{\[]", without_template(text))[0])[-1],
                text + ";",
                doc,
                apart=apart,
                scope=scope,
            )
        )


def without_parameters(text):
    """Without template<...>, whose parameters may have defaults."""
    return re.sub(r"^template\s*<(?:[^<>]|<(?:[^<>]|<[^<>]*>)*>)*>", "", text.strip())


def without_template(text):
    """Without template<...>, requirements and defaults, in which parentheses do not make a function."""
    text = without_parameters(text)
    text = re.sub(r"^\s*requires\s*\((?:[^()]|\([^()]*\))*\)", "", text)
    text = re.sub(r"^\s*requires[^\n]*\n", "", text)
    return text if "operator" in text else text.split("=")[0]


def read(path):
    text = path.read_text()
    about = re.match(r"#pragma once\n((?://[^\n]*\n)+)", text)
    about = "\n".join(line[2:].removeprefix(" ") for line in about.group(1).splitlines()) if about else ""
    return about, parse(re.sub(r"^#pragma once\n(//[^\n]*\n)*", "", text))
