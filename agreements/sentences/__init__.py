"""Codes and facts of the terms → translated sentences with the live values marked."""

from agreements.sentences.chapters import ChapterText, ClauseText, chapter_titles, chapters
from agreements.sentences.problems import problem_words
from agreements.sentences.rules import field_name, rule_html

__all__ = ["ChapterText", "ClauseText", "chapter_titles", "chapters", "field_name", "problem_words", "rule_html"]
