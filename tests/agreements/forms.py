"""What a browser would send of a form that nobody has touched."""

from __future__ import annotations

from html.parser import HTMLParser


def sent_by(html: str, form_id: str) -> dict[str, list[str]]:
    """The form's fields with their values, as the page has them."""
    reader = _Reader(form_id)
    reader.feed(html)
    assert reader.depth == 0, "the form is not there, or never ends"
    return reader.fields


class _Reader(HTMLParser):
    def __init__(self, form_id: str) -> None:
        super().__init__()
        self.form_id = form_id
        self.fields: dict[str, list[str]] = {}
        self.depth = -1
        self.select = self.textarea = ""
        self.options: list[tuple[str, bool]] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        name = given.get("name") or ""
        if tag == "form":
            self.depth = 1 if given.get("id") == self.form_id else self.depth
        if self.depth != 1:
            return
        if tag == "input" and name and (given.get("type") != "checkbox" or "checked" in given):
            self.add(name, given.get("value") or ("on" if given.get("type") == "checkbox" else ""))
        elif tag == "select":
            self.select, self.options = name, []
        elif tag == "option" and self.select:
            self.options.append((given.get("value") or "", "selected" in given))
        elif tag == "textarea":
            self.textarea, self.text = name, ""

    def handle_data(self, data: str) -> None:
        if self.textarea:
            self.text += data

    def handle_endtag(self, tag: str) -> None:
        if self.depth != 1:
            return
        if tag == "form":
            self.depth = 0
        elif tag == "select" and self.select:
            chosen = [value for value, is_selected in self.options if is_selected] or [self.options[0][0]]
            self.add(self.select, chosen[-1])
            self.select = ""
        elif tag == "textarea" and self.textarea:
            # A browser leaves out the line break behind the tag, and sends two characters for each other one.
            self.add(self.textarea, self.text.removeprefix("\n").replace("\r\n", "\n").replace("\n", "\r\n"))
            self.textarea = ""

    def add(self, name: str, value: str) -> None:
        self.fields.setdefault(name, []).append(value)
