"""The agreement on paper: one version in one language as a PDF and as a page to print, both signable."""

from agreements.paper.answering import pdf_response
from agreements.paper.frame import frame_of
from agreements.paper.languages import language_or_none
from agreements.paper.pdf import Paper, paper_of

__all__ = ["Paper", "frame_of", "language_or_none", "paper_of", "pdf_response"]
