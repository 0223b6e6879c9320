"""Gold files: ``NAME.json`` says what the stories of ``NAME.txt`` are and what stands in them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from pipeline.errors import UsageError

Row = Mapping[str, Any]
_TEXT, _NUMBER, _LIST = "a text", "a number", "a list"
_TYPES: Mapping[str, tuple[type, ...]] = {_TEXT: (str,), _NUMBER: (int, float), _LIST: (list,)}
# Cells of gold rows without which nothing can be compared, and what they hold.
_NEEDED: Mapping[str, Mapping[str, str]] = {
    "organizations": {"text": _TEXT},
    "places": {"text": _TEXT},
    "dates": {"text": _TEXT, "edtf": _TEXT},
    "counts": {"value": _NUMBER},
    "facts": {"value": _NUMBER, "subject": _LIST, "adcode": _LIST, "date": _LIST},
}
_STORY = {"title": _TEXT, "text": _TEXT}
_CHOICES = ("subject", "adcode", "date")  # of a fact: any listed one is right
_COMPARATORS = ("=", "~", "<", ">")
_FORM = "docs/guidelines.md has the form"


def load_gold(folder: Path) -> list[Row]:
    """The gold files of a folder, by name. Raises UsageError for none, or for those out of form.

    A story may leave out a kind of rows (organizations, facts, …); that is then not scored. A file
    without `doc` is of the page with its own name; what is single in a fact becomes a list.
    """
    truths: list[Row] = []
    problems: list[str] = []
    for path in sorted(folder.glob("*.json")):
        truth = _json(path, problems)
        if truth is not None:
            problems += [f"{path}: {p}" for p in _problems(truth)]
            truths.append(truth)
    if problems:
        raise UsageError("\n".join((*problems, f"Nothing was scored; {_FORM}")))
    if not truths:
        cure = "put NAME.txt and NAME.json there, or let shilu eval --draft write NAME.json"
        raise UsageError(f"{folder}: no pages with truth in it; {cure}")
    return truths


def _json(path: Path, problems: list[str]) -> Row | None:
    """The truth in a file, None where it is of another kind or `problems` has been told of one."""
    try:
        found = json.loads(path.read_text("utf-8-sig"))
    except json.JSONDecodeError as e:
        what = f"not JSON: {e.msg[0].lower()}{e.msg[1:]} at character {e.colno} of the line"
        problems.append(f"{path}:{e.lineno}: {what}; correct it")
        return None
    except UnicodeDecodeError:
        problems.append(f"{path}: not in UTF-8; save it as UTF-8")
        return None
    except OSError as e:
        problems.append(f"{path}: {e.strerror}; check its permissions")
        return None
    if not isinstance(found, dict) or "stories" not in found:
        return None
    return {"doc": f"{path.stem}.txt", **found, "stories": _listed(found["stories"])}


def _listed(stories: Any) -> Any:
    """`stories` with lists where a fact has but one subject, area or date."""
    if not isinstance(stories, list):
        return stories
    return [
        {**s, "facts": [_with_lists(f) for f in s["facts"]]}
        if isinstance(s, dict) and isinstance(s.get("facts"), list)
        else s
        for s in stories
    ]


def _with_lists(fact: Any) -> Any:
    if not isinstance(fact, dict):
        return fact
    single = {c: [fact[c]] for c in _CHOICES if c in fact and not isinstance(fact[c], list)}
    return {**fact, **single}


def _problems(truth: Row) -> Iterator[str]:
    """What a gold file lacks that scoring needs, or has in another form."""
    if not isinstance(truth["stories"], list):
        yield "stories is no list; write [ … ] around the stories"
        return
    for n, story in enumerate(truth["stories"], start=1):
        if not isinstance(story, dict):
            yield f"story {n} is no object; write {{ … }} with title and text"
            continue
        yield from (f"story {n} {p}" for p in _lacking(story, _STORY))
        for table, needed in _NEEDED.items():
            rows = story.get(table, [])
            if not isinstance(rows, list):
                yield f"story {n}: {table} is no list; write [ … ] around its rows"
                continue
            for m, row in enumerate(rows, start=1):
                where = f"story {n}, {table} {m}"
                if not isinstance(row, dict):
                    yield f"{where} is no object; write {{ … }}"
                    continue
                yield from (f"{where} {p}" for p in _lacking(row, needed))
                comparator = row.get("comparator") or "="
                if comparator not in _COMPARATORS:
                    yield f"{where}: comparator is {comparator!r}; use one of = ~ < >"


def _lacking(row: Row, needed: Mapping[str, str]) -> Iterator[str]:
    for key, form in needed.items():
        if key not in row:
            yield f"has no {key}; add {form}"
        elif isinstance(row[key], bool) or not isinstance(row[key], _TYPES[form]):
            yield f"has {key} {row[key]!r}; write {form}"
        elif row[key] == []:
            yield f"has an empty {key}; write [null] for none"
