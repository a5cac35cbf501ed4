"""A plain form for any chapter, drawn from the typed document itself, so that a new clause value needs no new form."""

from agreements.chapter_form.nodes import Item, Node, chapter_node, show_errors
from agreements.chapter_form.reading import read_chapter

__all__ = ["Item", "Node", "chapter_node", "read_chapter", "show_errors"]
