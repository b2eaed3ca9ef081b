"""Looks through the finished pages: every link within the site leads to something, and nothing comes from the network."""

import html.parser
import pathlib
import urllib.parse

from sphinx.util import logging


class Page(html.parser.HTMLParser):
    def __init__(self, text):
        super().__init__()
        self.ids, self.links, self.loaded = set(), [], []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        values = dict(attributes)
        self.ids.update(values[key] for key in ("id", "name") if values.get(key))
        if tag == "a" and "href" in values:
            self.links.append(values["href"])
        elif tag == "link" and values.get("rel") in ("stylesheet", "icon", "search"):
            self.loaded.append(values.get("href", ""))
        elif "src" in values:
            self.loaded.append(values["src"])


def check(app, exception):
    if exception or app.builder.name != "html":
        return
    warn = logging.getLogger(__name__).warning
    folder = pathlib.Path(app.outdir).resolve()
    pages = {path: Page(path.read_text()) for path in folder.rglob("*.html")}
    for path, page in pages.items():
        name = path.relative_to(folder)
        for link in page.links + page.loaded:
            parts = urllib.parse.urlsplit(link)
            if parts.scheme or parts.netloc:
                if link in page.loaded and parts.scheme != "data":
                    warn("%s: %s is to be loaded from the network", name, link)
                continue
            target = (path.parent / urllib.parse.unquote(parts.path)).resolve() if parts.path else path
            anchor = urllib.parse.unquote(parts.fragment)
            if not target.exists():
                warn("%s: broken link to %s", name, link)
            elif anchor and target in pages and anchor not in pages[target].ids:
                warn("%s: %s has no place of that name", name, link)


def setup(app):
    app.connect("build-finished", check)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
