"""Formulas as pictures in the page: MathJax draws each as SVG while the site is built, so that readers need neither
network, nor fonts, nor a script. It runs in QuickJS, an engine of JavaScript that is a Python package."""

import functools
import html
import pathlib
import re

import mathjax  # django-static-mathjax: MathJax as it is published, without Django
import quickjs
from docutils import nodes
from docutils.nodes import SkipNode
from sphinx.util import logging

PARTS = ["loader", "core", "adaptors/liteDOM", "input/tex-full", "output/svg", "output/svg/fonts/tex"]
# MathJax starts itself where there is a document; there is none here, and its parts are put together by hand.
BEFORE = "var MathJax = {loader: {load: []}, startup: {ready() {}}}, global = globalThis; var setTimeout = () => 0;"
AFTER = """
const parts = MathJax._, adaptor = parts.adaptors.liteAdaptor.liteAdaptor();
parts.handlers.html_ts.RegisterHTMLHandler(adaptor);
const page = parts.mathjax.mathjax.document('', {
  InputJax: new parts.input.tex_ts.TeX({packages: ['base', 'ams', 'boldsymbol']}),
  OutputJax: new parts.output.svg_ts.SVG({fontCache: 'local', font: new parts.output.svg.fonts.tex_ts.TeXFont()})});
function picture(tex, display) { return adaptor.innerHTML(page.convert(tex, {display})); }
"""


@functools.cache
def engine():
    javascript = quickjs.Context()
    javascript.eval(BEFORE)
    for part in PARTS:
        javascript.eval((pathlib.Path(mathjax.__file__).parent / "static/mathjax/es5" / (part + ".js")).read_text())
    javascript.eval(AFTER)
    return javascript.get("picture")


@functools.cache
def svg(tex, display):
    """The picture, and what MathJax complains of, or None."""
    picture = engine()(tex, display)
    wrong = picture.partition('data-mjx-error="')[2].partition('"')[0]
    label = f'<svg aria-label="{html.escape(tex, quote=True)}" '
    return picture.replace("<svg ", label, 1), html.unescape(wrong)


RELATION = re.compile(r"\\(?:le|ge|leq|geq|approx|equiv|propto|to|sim)(?![a-zA-Z])|(?<![\\^_])=")
SUM = re.compile(r"(?<=[\w})\]] )[+-](?= )")


def length(tex):
    return len(re.sub(r"\\[a-zA-Z]+|[{}_^\\ ]", "", tex))


def breakable(tex, longest=28):
    """An inline formula in pieces between which a line may end: before its relations, where it is long, and before the signs
    of its sums where that is not enough."""
    if length(tex) < longest or re.search(r"\\(begin|left)(?![a-z])", tex):
        return [tex]
    pieces = [piece for part in cut(tex, RELATION) for piece in (cut(part, SUM) if length(part) >= longest else [part])]
    return [pieces[0], *("{}" + piece for piece in pieces[1:])]


def cut(tex, at):
    places = [0, *(m.start() for m in at.finditer(tex) if m.start() and balanced(tex[: m.start()])), len(tex)]
    return [tex[a:b] for a, b in zip(places, places[1:])]


def balanced(tex):
    tex = re.sub(r"\\[{}]", "", tex)
    return all(tex.count(a) == tex.count(b) for a, b in ("{}", "()", "[]"))


def draw(writer, node, display):
    tex, pictures = node.astext().strip(), []
    for piece in [tex] if display else breakable(tex):
        picture, wrong = svg(piece, display)
        pictures.append(picture)
        if wrong:
            logging.getLogger(__name__).warning("formula: %s", wrong, location=node)
    if display:
        writer.body.append(f'<div class="formula">{pictures[0]}</div>\n')
    else:
        *first, last = pictures
        kept = f'<span class="kept">{last}{node.get("behind", "")}</span>'
        writer.body.append(f'<span class="formula">{"&#8203;".join([*first, kept])}</span>')
    raise SkipNode


def keep_punctuation(app, doctree, docname):
    """A full stop or comma behind a formula stays in its line: it becomes a part of it."""
    for node in list(doctree.findall(nodes.math)):
        place = node.parent.index(node) + 1
        follows = node.parent[place] if place < len(node.parent) else None
        mark = re.match(r"[,.;:!?)]+", follows) if isinstance(follows, nodes.Text) else None
        if mark:
            node["behind"] = mark.group()
            node.parent.replace(follows, nodes.Text(follows[mark.end() :]))


def setup(app):
    app.add_html_math_renderer(
        "svg",
        (lambda writer, node: draw(writer, node, False), None),
        (lambda writer, node: draw(writer, node, True), None),
    )
    app.config.html_math_renderer = "svg"
    app.connect("doctree-resolved", keep_punctuation)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
