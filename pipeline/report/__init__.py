"""A site to look at the facts of a run: no server, nothing from outside, only files.

`reading` gives the pages of a run with their stories, mentions and facts; `raw` the raw text of a
page; `marks` marks mentions in a text; `totals` adds up; `charts` draws; `data` writes the tables
that the browser searches; `site` puts the pages together; `folder` changes an old site for the new.
"""

from pipeline.report.site import Result, write_report

__all__ = ["Result", "write_report"]
