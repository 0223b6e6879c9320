"""Shilu 实录: facts with their sources from the text of Chinese newspapers."""

__version__ = "0.1.0"
