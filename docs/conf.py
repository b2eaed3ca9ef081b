"""Settings of Sphinx for xtape's site. scripts/docs builds it, from the pages that _ext/pages.py puts together."""

import pathlib
import re
import sys

here = pathlib.Path(__file__).parent
sys.path.insert(0, str(here / "_ext"))

project = "xtape"
version_header = (here.parent / "autodiff/version.hpp").read_text()
release = version = ".".join(re.findall(r"#define XTAPE_VERSION_(?:MAJOR|MINOR|PATCH) (\d+)", version_header))
language = "en"

extensions = ["myst_parser", "formulas", "pictures", "links"]
myst_enable_extensions = ["dollarmath"]
myst_heading_anchors = 5  # as code hosts name them
myst_dmath_double_inline = True
suppress_warnings = ["myst.header"]  # pages may begin below level 1, and skip one
smartquotes = False
highlight_language = "text"

html_theme = "furo"
html_title = f"xtape {release}"
html_static_path = [str(here / "_static"), str(here / "explorers")]
html_css_files = ["site.css", "explorer.css"]
html_js_files = [(name, {"defer": "defer"}) for name in ("common.js", "bound.js", "trick.js", "decoder.js")]
html_math_renderer = "svg"
html_show_sourcelink = html_copy_source = False
html_show_sphinx = html_show_copyright = False
html_theme_options = {"navigation_with_keys": True}
pygments_style = "friendly"
pygments_dark_style = "github-dark"
