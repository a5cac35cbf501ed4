"""A form for any chapter, drawn from the typed document itself, so that a new clause value needs no new form."""

from agreements.chapter_form.nodes import Item, Node, chapter_node, show_errors
from agreements.chapter_form.reading import read_chapter
from agreements.chapter_form.rearranging import rearrange
from agreements.chapter_form.required import missing_in_form

__all__ = ["Item", "Node", "chapter_node", "missing_in_form", "read_chapter", "rearrange", "show_errors"]
