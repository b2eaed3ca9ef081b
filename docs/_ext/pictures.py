"""Pictures that know light and dark pages (SVG with a style for prefers-color-scheme) are put into the page itself, so
that they follow its switch too."""

import html
import pathlib
import re

from docutils import nodes

DARK = re.compile(r"@media\s*\(prefers-color-scheme:\s*dark\)\s*\{((?:[^{}]*\{[^{}]*\})*)\s*\}")
RULE = re.compile(r"([^{}]+)\{([^{}]*)\}")


def scoped(rules, scope):
    """The rules for what is inside of `scope` alone."""
    return "".join(
        ",".join(f"{scope} {selector.strip()}" for selector in selectors.split(",")) + "{" + body + "}"
        for selectors, body in RULE.findall(rules)
    )


def themed(style, scope):
    """The style sheet of a picture inside of `scope`: its rules for dark pages hold where the reader has chosen so, or else
    the system. They weigh as much as the others, so that what is written behind them goes on to count."""

    def both(match):
        chosen = scoped(match.group(1), f':where(body[data-theme="dark"]) {scope}')
        system = scoped(match.group(1), f':where(body:not([data-theme="light"])) {scope}')
        kept.append(chosen + "@media (prefers-color-scheme: dark){" + system + "}")
        return "\0"

    kept = []
    pieces = DARK.sub(both, style).split("\0")
    return "".join(scoped(piece, scope) + dark for piece, dark in zip(pieces, [*kept, ""]))


def inlined(path):
    name = re.sub(r"\W", "-", path.stem)
    text = re.sub(r"<\?xml.*?\?>|<!DOCTYPE.*?>", "", path.read_text(), flags=re.S)
    text = re.sub(r'\bid="([^"]+)"', rf'id="{name}-\1"', text)
    text = re.sub(r'(url\(#|href="#)', rf"\1{name}-", text)
    text = re.sub(
        r"<style>(.*?)</style>", lambda m: f"<style>{themed(m.group(1), '#' + name)}</style>", text, flags=re.S
    )
    width = re.search(r'viewBox="\S+ \S+ (\S+) ', text)
    return text, name, width.group(1) if width else "480"


def inline(app, doctree, docname):
    for image in list(doctree.findall(nodes.image)):
        path = pathlib.Path(app.srcdir, image["uri"])
        if path.suffix != ".svg" or not path.exists() or "prefers-color-scheme" not in path.read_text():
            continue
        words = image.get("alt", "")
        text, name, width = inlined(path)
        label = html.escape(words, quote=True)
        raw = (
            f'<div class="picture" id="{name}" style="--width: {width}px" role="img" aria-label="{label}">{text}</div>'
        )
        # A paragraph may not hold a <div>; a picture that stands alone in one takes its place.
        alone = isinstance(image.parent, nodes.paragraph) and len(image.parent.children) == 1
        (image.parent if alone else image).replace_self(nodes.raw("", raw, format="html"))


def setup(app):
    app.connect("doctree-resolved", inline)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
