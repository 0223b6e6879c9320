"""How pages are read in a run, and what besides a page decides its rows."""

from __future__ import annotations

import hashlib
import json
import platform
from collections.abc import Callable, Mapping
from pathlib import Path

from msgspec import Struct, to_builtins

from pipeline import __version__
from pipeline.read import MAX_BYTES
from pipeline.records import Page, PageResult
from pipeline.rulebook import load_rules
from pipeline.tag import check_model, model_id

# Whose new versions may read a page otherwise, or write it otherwise.
_LIBRARIES = (
    *("ahocorasick-rs", "charset-normalizer", "numpy", "pyarrow"),
    *("spacy", "spacy-pkuseg", "thinc"),
)


class Fingerprint(Struct, frozen=True):
    """What decides the rows of a page, beside the page itself; part by part, for the manifest.

    `code` is a digest of the program's files: a version number alone misses what is not yet
    released. `limit` is the size in bytes from which a page is a reject.
    """

    shilu: str
    code: str
    rules: str
    model: str | None
    libraries: Mapping[str, str]
    limit: int

    @property
    def digest(self) -> str:
        """One value for all parts."""
        text = json.dumps(to_builtins(self), sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()

    def changes(self, other: Mapping[str, object]) -> tuple[str, ...]:
        """Names of the parts that differ from those of the manifest `other`."""
        return tuple(f for f in self.__struct_fields__ if getattr(self, f) != other.get(f))


class Recipe(Struct, frozen=True):
    """What a worker needs to make a reader of pages; small, and can be sent to it.

    `rules` is a folder of the user's own rules, laid over the built-in ones; `model` is that of
    the language model (None: the rules alone).
    """

    rules: Path | None = None
    model: Path | None = None
    limit: int = MAX_BYTES

    def fingerprint(self) -> Fingerprint:
        """Raises RulesError or ModelError where the rules or the model are not in order."""
        if self.model:
            check_model(self.model)
        return Fingerprint(
            shilu=__version__,
            code=_code(),
            rules=load_rules(own=self.rules).digest,
            model=model_id(self.model) if self.model else None,
            libraries=_libraries(),
            limit=self.limit,
        )

    def reader(self) -> Callable[[Page], PageResult]:
        """Load rules and model, and give the function that reads one page."""
        from pipeline.stages import compile_toolkit, process

        toolkit = compile_toolkit(load_rules(own=self.rules), self.model)
        return lambda page: process(page, toolkit)


def program_digest() -> str:
    """One value for the program and the libraries that it reads pages with."""
    text = json.dumps([__version__, _code(), _libraries()], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def _libraries() -> dict[str, str]:
    from importlib.metadata import version  # takes a while to import; workers need it not

    python = ".".join(platform.python_version_tuple()[:2])
    return {"python": python, **{name: version(name) for name in _LIBRARIES}}


def _code() -> str:
    """A digest of all modules of the program, the schemas among them."""
    here = Path(__file__).parent
    digest = hashlib.sha256()
    for path in sorted(here.rglob("*.py")):
        digest.update(path.relative_to(here).as_posix().encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()
