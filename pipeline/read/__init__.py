"""Find the raw pages of a folder and read them: bytes to text, with the day of issue.

`folder` lists the pages, `metadata` reads metadata.csv, `page` reads a single page.
"""

from pipeline.read.folder import Source, open_source
from pipeline.read.metadata import About
from pipeline.read.page import MAX_BYTES, PageFile, date_in_name, digest, is_as_read, read, shown

__all__ = [
    "MAX_BYTES",
    "About",
    "PageFile",
    "Source",
    "date_in_name",
    "digest",
    "is_as_read",
    "open_source",
    "read",
    "shown",
]
