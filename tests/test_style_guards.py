"""Guards of the style: sizes, logical CSS, no inline code, fragments with one root, a policy on every view."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from django.template.base import Lexer, TokenType
from django.urls import URLPattern, URLResolver, get_resolver

from slaportal.web.policy import declared_policy

ROOT = Path(__file__).resolve().parent.parent
TOPS = ("slaportal", "agreements", "leads", "kpis", "tests")
STYLES = sorted((ROOT / "static" / "css").rglob("*.css"))
SCRIPTS = sorted((ROOT / "static" / "js").rglob("*.js"))
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
FRAGMENTS = [path for path in TEMPLATES if path.name.startswith("_")]
MODULES = sorted(path for top in TOPS for path in (ROOT / top).rglob("*.py"))

PHYSICAL = re.compile(
    r"(?<![\w-])(?:"
    r"(?:margin|padding|border|scroll-margin|scroll-padding)-(?:left|right|top|bottom)(?:-\w+)?\s*:"
    r"|border-(?:top|bottom)-(?:left|right)-radius\s*:"
    r"|(?:left|right|top|bottom|width|height|min-width|min-height|max-width|max-height)\s*:"
    r"|(?:text-align|float|clear|caption-side)\s*:\s*(?:left|right)\b"
    r"|overflow-[xy]\s*:\s*(?:visible|clip)\b"
    r")"
)
VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


def lines_of(path: Path) -> int:
    return len(path.read_text().splitlines())


def too_long(paths: list[Path], most: int) -> list[str]:
    return [f"{name_of(path)}: {lines_of(path)} lines, {most} are allowed" for path in paths if lines_of(path) > most]


def test_files_are_short() -> None:
    own = [path for path in MODULES if "migrations" not in path.parts]
    wrong = too_long(own, 450) + too_long(STYLES, 150) + too_long(SCRIPTS, 80)
    wrong += too_long([ROOT / "static" / "css" / "utilities.css"], 60)
    assert wrong == []


def long_functions(path: Path) -> Iterator[str]:
    """Functions over 50 lines."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            length = (node.end_lineno or 0) - node.lineno + 1
            if length > 50:
                yield f"{name_of(path)}:{node.lineno}: {node.name} has {length} lines"


def test_functions_are_short() -> None:
    # The default terms are a document that is written out in Python: values, no steps to follow.
    written_out = ROOT / "agreements" / "terms" / "default"
    own = [path for path in MODULES if not {"migrations", "tests"} & set(path.relative_to(ROOT).parts)]
    own = [path for path in own if written_out not in path.parents]
    assert [wrong for path in own for wrong in long_functions(path)] == []


def test_modules_say_what_they_are_for() -> None:
    own = [path for path in MODULES if path.read_text().strip() and "migrations" not in path.parts]
    assert [name_of(path) for path in own if not ast.get_docstring(ast.parse(path.read_text()))] == []


def physical_lines(text: str) -> list[str]:
    """Lines of CSS that name a physical direction, comments aside; conditions of media queries are not directions."""
    bare = re.sub(r"/\*.*?\*/", lambda found: "\n" * found.group().count("\n"), text, flags=re.DOTALL)
    return [line.strip() for line in bare.splitlines() if PHYSICAL.search(re.sub(r"@(media|container)[^{]*", "", line))]


def test_styles_are_logical() -> None:
    assert {name_of(path): found for path in STYLES if (found := physical_lines(path.read_text()))} == {}


@pytest.mark.parametrize(
    "line",
    ["a { margin-left: 0 }", "a{right:0}", "b { text-align: left; }", "c { width: 1px }", "d { border-top: 0 }",
     "e { border-top-left-radius: 1px }", "f { max-height: 2px }", "@media (width < 1px) { a { padding-right: 0 } }"],
)  # fmt: skip
def test_a_physical_direction_would_be_found(line: str) -> None:
    assert physical_lines(line)


@pytest.mark.parametrize(
    "line",
    ["a { margin-inline-start: 0; inset-inline-end: 0 }", "@media (width < 640px) { a { color: red } }",
     "/* left: no */", "a { stroke-width: 2; border-inline-start-width: 1px; line-height: 1 }", "a { --top: 1 }"],
)  # fmt: skip
def test_a_logical_style_passes(line: str) -> None:
    assert physical_lines(line) == []


def test_every_stylesheet_is_loaded() -> None:
    entry = (ROOT / "static" / "css" / "app.css").read_text()
    linked = {ROOT / "static" / "css" / name for name in re.findall(r'@import url\("([^"]+)"\)', entry)}
    assert linked == set(STYLES) - {ROOT / "static" / "css" / "app.css"}


def test_every_behaviour_is_loaded() -> None:
    entry = (ROOT / "static" / "js" / "app.js").read_text()
    linked = set(re.findall(r'import "\./([^"]+)"', entry))
    assert linked == {path.name for path in SCRIPTS} - {"app.js", "theme.js"}


def inline_code(text: str) -> list[str]:
    """What the content security policy would refuse to run."""
    patterns = [
        r"\sstyle\s*=",
        r"<style\b",
        r"<script(?![^>]*\bsrc=)",
        r"\son[a-z]+\s*=",
        r"javascript:",
        r"hx-on\b|hx-on:",
    ]
    return [found.group() for pattern in patterns for found in re.finditer(pattern, text)]


def test_templates_hold_no_inline_code() -> None:
    # Mail is read in programs that know no stylesheet of ours.
    pages = [path for path in TEMPLATES if "notifications" not in path.parts and "email" not in path.parts]
    assert {name_of(path): found for path in pages if (found := inline_code(path.read_text()))} == {}


@pytest.mark.parametrize(
    "source",
    [
        '<p style="x">',
        "<style>",
        "<script>x</script>",
        '<a onclick="x">',
        '<a href="javascript:x">',
        "<a hx-on:click=x>",
    ],
)
def test_inline_code_would_be_found(source: str) -> None:
    assert inline_code(source)


class Roots(HTMLParser):
    """Collects the elements that stand at the top of a fragment."""

    def __init__(self) -> None:
        super().__init__()
        self.depth = 0
        self.roots: list[dict[str, str | None]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if self.depth == 0:
            self.roots.append(dict(attrs))
        self.depth += tag not in VOID

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if self.depth == 0:
            self.roots.append(dict(attrs))

    def handle_endtag(self, tag: str) -> None:
        self.depth -= tag not in VOID


def first_rendering(source: str) -> str:
    """The HTML of a template with the first branch of each condition taken, and no values filled in."""
    html: list[str] = []
    is_first_branch: list[bool] = []
    for token in Lexer(re.sub(r"{%\s*comment.*?endcomment\s*%}", "", source, flags=re.DOTALL)).tokenize():
        word = token.contents.split(" ")[0]
        if token.token_type == TokenType.BLOCK and word == "if":
            is_first_branch.append(True)
        elif token.token_type == TokenType.BLOCK and word in {"elif", "else"} and is_first_branch:
            is_first_branch[-1] = False
        elif token.token_type == TokenType.BLOCK and word == "endif":
            is_first_branch.pop()
        elif all(is_first_branch):
            html.append({TokenType.TEXT: token.contents, TokenType.VAR: "x"}.get(token.token_type, ""))
    return "".join(html)


def roots_of(source: str) -> list[dict[str, str | None]]:
    """The root elements of a template as it is first rendered."""
    parser = Roots()
    parser.feed(first_rendering(source))
    return parser.roots


def swapped_fragments() -> list[Path]:
    """Fragments that a view names: those are sent to htmx alone. The others are only included by templates."""
    named = "\n".join(path.read_text() for path in MODULES)
    return [path for path in FRAGMENTS if f'"{path.relative_to(ROOT / "templates")}"' in named]


def test_fragments_open_with_their_variables() -> None:
    opening = re.compile(
        r"\A(?:\s|{%\s*(?:load|extends)[^%]*%})*(?:{#\s*variables|{%\s*comment[^%]*%}\s*variables)", re.I
    )
    assert [name_of(path) for path in FRAGMENTS if not opening.match(path.read_text())] == []


def test_fragments_for_htmx_have_one_root_element_with_a_stable_id() -> None:
    wrong = []
    for path in swapped_fragments():
        roots = roots_of(path.read_text())
        tag_of_the_frame = path.parent.name in {"templates", "web"}
        if len(roots) != 1 or ("id" not in roots[0] and not tag_of_the_frame):
            wrong.append(f"{name_of(path)}: {roots}")
    assert wrong == []


@pytest.mark.parametrize(
    ("source", "count"),
    [
        ("{# variables: a #}<p id='a'>{{ a }}</p>", 1),
        ("<p></p><p></p>", 2),
        ("{% if a %}<tr id='x'><td></td></tr>{% else %}<tr id='x'></tr>{% endif %}", 1),
        ("{% if a %}<p>{% if b %}x{% else %}<b>y</b>{% endif %}</p>{% elif c %}<p></p>{% endif %}", 1),
        ("{% for a in b %}<p></p>{% endfor %}<p></p>", 2),
        ("<div><input><br></div>", 1),
        ("text only", 0),
    ],
)
def test_roots_are_counted(source: str, count: int) -> None:
    assert len(roots_of(source)) == count


def test_includes_of_fragments_pass_what_they_need_and_no_more() -> None:
    """Frame fragments (web/, and the shared ones of the base page) are part of their page and read its context."""
    loose = []
    for path in TEMPLATES:
        if path.parent.name in {"templates", "web"}:
            continue
        for tag in re.findall(r"{%\s*include\s[^%]*%}", path.read_text()):
            if not re.search(r"\bonly\s*%}", tag):
                loose.append(f"{name_of(path)}: {tag}")
    assert loose == []


def views(patterns: list[Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            yield from views(pattern.url_patterns, prefix + str(pattern.pattern))
        elif isinstance(pattern, URLPattern):
            yield prefix + str(pattern.pattern), pattern.callback


def test_every_view_declares_a_policy() -> None:
    missing = [route for route, view in views(get_resolver().url_patterns) if declared_policy(view) is None]
    assert missing == []
