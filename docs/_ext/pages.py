"""Puts the site's pages together: python3 docs/_ext/pages.py FOLDER fills FOLDER with what Sphinx reads.

The pages are those of the repository, in its folders, so that their links hold: a link to a source file leads to a page
that shows it. Comments are left out. README.md is the front page, and the programs of examples/programs get a page each.
"""

import pathlib
import re
import shutil
import sys

import reference
from reference import toctree

ROOT = pathlib.Path(__file__).resolve().parents[2]
CHAPTERS = [
    "autoencoders",
    "denoising",
    "latent_variables",
    "elbo",
    "gaussian_kl",
    "reparameterization",
    "likelihoods",
    "algorithm",
    "linear_models",
    "ae_to_vae",
    "conditional",
    "tighter_bounds",
    "failures",
    "misconceptions",
    "symbols",
]
PROGRAMS = "examples/programs/README.md"
LESSONS = {
    "ae": "autoencoders",
    "dae": "denoising",
    "vae": "elbo",
    "ae_to_vae": "ae_to_vae",
    "cvae": "conditional",
    "ppca": "linear_models",
}
CONTENTS = [
    ("First steps", ["docs/start", "docs/installing", "docs/guide/README", "docs/tutorial/README", "examples/README"]),
    ("Models", ["examples/programs/README", "docs/results/README", "docs/results/throughput", "docs/results/ops"]),
    ("Reference", ["docs/functions", "reference/autodiff/index", "reference/nn/index"]),
    ("Background", ["docs/performance", "docs/behaviour", "docs/design", "CONTRIBUTING", "CHANGELOG"]),
]
FOLDERS = {"autodiff": "reference/autodiff/index.md", "nn": "reference/nn/index.md"}  # have pages of their own
LANGUAGES = {
    ".cpp": "cpp",
    ".hpp": "cpp",
    ".py": "python",
    ".sh": "sh",
    ".json": "json",
    ".cmake": "cmake",
    ".txt": "text",
    "": "text",
}

# Code, in which nothing is replaced; a comment; and the target of a link or picture.
PIECE = re.compile(
    r"(?P<code>^[ \t]*```.*?^[ \t]*```|``[^\n]*?``|`[^`\n]+`)|(?P<comment><!--.*?-->)|\]\((?P<link>[^)\s]+)\)",
    re.M | re.S,
)
# The file that an explorer reads.
DATA = re.compile(r' data-of="([^"]+)">\n')


class Site:
    def __init__(self, folder):
        self.folder, self.made, self.shown, self.notes = folder, {}, set(), []
        paths = [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), ROOT / "examples/README.md", ROOT / PROGRAMS]
        self.pages = {
            path.relative_to(ROOT).as_posix(): path.read_text()
            for path in paths
            if not path.is_relative_to(ROOT / "docs/_ext")
        }
        self.programs = self.split_programs()
        self.chapters = self.ordered_chapters()
        self.guide = re.findall(r"\]\((\w+)\.md\)", self.pages["docs/guide/README.md"])
        self.stand_in()

    def split_programs(self):
        """The sections of examples/programs/README.md that tell of a program become pages; what is left stays."""
        head, *sections = re.split(r"^(?=## )", self.pages[PROGRAMS], flags=re.M)
        names = []
        for section in sections:
            name = section.split("\n")[0][3:]
            if (ROOT / f"examples/programs/{name}.cpp").exists():
                names.append(name)
                text = section.replace("##", "#", 1).replace("](#", "](README.md#")
                more = f"\n[{name}.cpp]({name}.cpp) is the program, `scripts/demo {name}` runs it."
                if name in LESSONS:
                    more += f" [A chapter of the tutorial](../../docs/tutorial/{LESSONS[name]}.md) derives the formula."
                self.pages[f"examples/programs/{name}.md"] = text.rstrip() + "\n" + more + "\n"
            else:
                head += section
        self.pages[PROGRAMS] = head
        return names

    def ordered_chapters(self):
        """As the tutorial's own page names them; what it does not name comes behind, and the table of symbols last."""
        named = re.findall(r"\]\((\w+)\.md", self.pages.get("docs/tutorial/README.md", ""))
        there = sorted(pathlib.PurePath(page).stem for page in self.pages if page.startswith("docs/tutorial/"))
        names = [name for name in dict.fromkeys([*named, *CHAPTERS, *there]) if name not in ("README", "symbols")]
        return [*names, "symbols"]

    def stand_in(self):
        """Chapters that are not written yet are said to be so, on their pages and to whoever builds the site."""
        missing = [name for name in ["README", *self.chapters] if f"docs/tutorial/{name}.md" not in self.pages]
        for name in missing:
            title = "Tutorial" if name == "README" else name.replace("_", " ").capitalize()
            self.pages[f"docs/tutorial/{name}.md"] = f"# {title}\n\nThis page is not written yet.\n"
        if missing:
            self.notes.append("Not written yet, of docs/tutorial: " + ", ".join(missing))

    def resolved(self, page, link):
        """What a link is written as in the site."""
        target, _, place = link.partition("#")
        if re.match(r"[a-z]+:", link) or (not target and page != PROGRAMS):
            return link
        path = (ROOT / page).parent.joinpath(target).resolve() if target else ROOT / page
        if not path.exists() and path.suffix != ".md" or not path.is_relative_to(ROOT):
            return link  # Sphinx says that it is broken
        name = path.relative_to(ROOT).as_posix()
        if name == PROGRAMS and place in self.programs:
            return self.between(page, f"examples/programs/{place}.md")
        if name in FOLDERS:
            name = FOLDERS[name]
        elif path.is_dir():
            self.shown.add(name)
            name += "/folder.md"
        elif path.suffix == ".md":
            name = "index.md" if name == "README.md" else name
        elif path.suffix in (".svg", ".png"):
            self.copy(path, name)
        else:
            self.shown.add(name)
            name += ".md"
        return self.between(page, name) + ("#" + place if place else "")

    @staticmethod
    def between(page, name):
        up = len(pathlib.PurePath(page).parent.parts)
        return "../" * up + name if up else name

    def copy(self, path, name):
        copy = self.folder / name
        self.made[copy] = None
        if not copy.exists() or copy.stat().st_mtime < path.stat().st_mtime:
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, copy)

    def rewritten(self, page, text):
        def piece(match):
            if match["code"]:
                return match["code"]
            return "" if match["comment"] else f"]({self.resolved(page, match['link'])})"

        def data(match):
            """The data of an explorer goes into its page: what is opened offline cannot fetch it."""
            text = (ROOT / page).parent.joinpath(match[1]).read_text().strip()
            return f'>\n<script type="application/json">{text}</script>\n'

        return DATA.sub(data, PIECE.sub(piece, text))

    def source_page(self, name):
        path = ROOT / name
        if path.is_dir():
            rows = [(entry.name, about(entry)) for entry in sorted(path.iterdir()) if not entry.name.startswith(".")]
            text = "".join(f"| `{entry}` | {reference.escaped(line)} |\n" for entry, line in rows)
            return (
                f"{name}/folder.md",
                f"---\nnosearch: true\norphan: true\n---\n# {name}\n\n| file or folder | holds |\n| --- | --- |\n{text}",
            )
        code = path.read_text().rstrip("\n")
        language = LANGUAGES.get(path.suffix, "text") if path.parent.name != "scripts" or path.suffix else "sh"
        return (
            f"{name}.md",
            f"---\nnosearch: true\norphan: true\n---\n# {path.name}\n\n`````{language}\n{code}\n`````\n",
        )

    def write(self, name, text):
        path = self.folder / name
        self.made[path] = None
        if not path.exists() or path.read_text() != text:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)

    def build(self):
        pages, mistakes = reference.pages(ROOT)
        for name, text in pages.items():
            self.write("reference/" + name, text)
        contents = "".join(
            toctree(entries).replace(":hidden:", f":hidden:\n:caption: {title}") for title, entries in CONTENTS
        )
        for name, text in self.pages.items():
            text = self.rewritten(name, text)
            if name == "README.md":
                name, text = "index.md", text + "\n" + contents
            elif name == "docs/tutorial/README.md":
                text += "\n" + toctree(self.chapters)
            elif name == PROGRAMS:
                text += "\n" + toctree(self.programs)
            elif name == "docs/guide/README.md":
                text += "\n" + toctree(self.guide)
            elif name.removesuffix(".md") not in self.listed():
                text = "---\norphan: true\n---\n" + text
            self.write(name, text)
        for name in sorted(self.shown):
            self.write(*self.source_page(name))
        for path in self.folder.rglob("*"):
            if path.is_file() and path not in self.made:
                path.unlink()
        return mistakes

    def listed(self):
        """The pages that a table of contents names."""
        names = {entry for _, entries in CONTENTS for entry in entries}
        return (
            names
            | {"docs/tutorial/" + name for name in self.chapters}
            | {"docs/guide/" + name for name in self.guide}
            | {"examples/programs/" + name for name in self.programs}
        )


def about(path):
    """The first comment of a file: what it holds."""
    if path.is_dir() or path.suffix not in (".hpp", ".cpp", ".py", ".txt", ".cmake", ".sh", ""):
        return ""
    for line in path.read_text(errors="replace").splitlines()[:6]:
        text = re.match(r'\s*(?://+|#(?![!p])|""")\s*([A-Z`].*)', line)
        if text:
            return text.group(1).rstrip('"')
    return ""


def main(folder):
    folder.mkdir(parents=True, exist_ok=True)
    site = Site(folder.resolve())
    mistakes = site.build()
    for note in site.notes:
        print(note)
    for mistake in mistakes:
        print("xtape:", mistake, file=sys.stderr)
    return 1 if mistakes else 0


if __name__ == "__main__":
    sys.exit(main(pathlib.Path(sys.argv[1])))
