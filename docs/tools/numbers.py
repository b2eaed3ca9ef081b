"""Puts the numbers that the tutorial's programs wrote into its pages.

In a page, <!--n CHAPTER NUMBER FORMAT-->what is shown<!--/n--> quotes a number of numbers/CHAPTER.json, with a FORMAT as of
printf without its %.
"""

import json
import pathlib
import re
import sys

MARKER = re.compile(r"<!--n (\S+) (\S+) (\S+)-->[^<]*<!--/n-->")


def main(folder):
    numbers = {path.stem: json.loads(path.read_text()) for path in (folder / "numbers").glob("*.json")}
    missing = []

    def quoted(match):
        chapter, number, form = match.groups()
        if number not in numbers.get(chapter, {}):
            missing.append(f"{chapter} {number}")
            return match.group()
        return f"<!--n {chapter} {number} {form}-->{'%' + form}<!--/n-->" % numbers[chapter][number]

    for page in sorted(folder.glob("*.md")):
        text = page.read_text()
        new = MARKER.sub(quoted, text)
        if new != text:
            page.write_text(new)
            print(f"{page.name}: numbers renewed")
    for name in missing:
        print(f"no such number: {name}", file=sys.stderr)
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main(pathlib.Path(sys.argv[1])))
