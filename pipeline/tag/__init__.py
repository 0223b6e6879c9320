"""Words, parts of speech and named entities of stories, in offsets of their titles and texts.

With a language model (models/shilu_zh, a spaCy pipeline) a story is read paragraph by paragraph.
Without one, the words of rules/words.tsv and rules/deictics.tsv are all that is known. Only
this package knows spaCy and pkuseg; later stages get plain records.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ahocorasick_rs import AhoCorasick, MatchKind
from msgspec import Struct

from pipeline.errors import ModelError
from pipeline.records import FIELDS, Entity, Field, Reading, Story, Word
from pipeline.rulebook import Rulebook

if TYPE_CHECKING:
    from spacy.language import Language

__all__ = ["Tagger", "builtin_model", "check_model", "compile_tagger", "tag", "words"]

MODEL = "shilu_zh"
_LONGEST = 160  # characters read at once, as in training
_CURE = "install Shilu again, name another folder with --model, or run with --no-model"
_STORY = Mapping[Field, Reading]


class Tagger(Struct, frozen=True):
    """Words that stay whole, and the language model, if there is one, with its id."""

    words: AhoCorasick
    model: Language | None
    model_id: str | None


def compile_tagger(rules: Rulebook, model: Path | None) -> Tagger:
    """A tagger with the words of the rules and the spaCy pipeline in the folder `model`.

    Raises ModelError where `model` holds no pipeline that can be read.
    """
    words = [r.surface for r in (*rules["words"], *rules["deictics"]) if len(r.surface) > 1]
    return Tagger(
        AhoCorasick(words, matchkind=MatchKind.LeftmostLongest),
        load_model(model) if model else None,
        model_id(model) if model else None,
    )


def builtin_model() -> Path:
    """The model that came with the program: beside it in a wheel, above it in a checkout."""
    packaged = Path(str(files("pipeline"))) / "models"
    folder = packaged if packaged.is_dir() else packaged.parent.parent / "models"
    return folder / MODEL


def check_model(folder: Path) -> None:
    """Raises ModelError where there is no language model in `folder`; loads nothing."""
    if not (folder / "config.cfg").is_file():
        raise ModelError(f"{folder}: no language model there; {_CURE}")


def load_model(folder: Path) -> Language:
    """The spaCy pipeline in `folder`, made for one core."""
    check_model(folder)
    import spacy
    from threadpoolctl import threadpool_limits

    # Small products of matrices: a second thread costs more than it brings.
    threadpool_limits(1, user_api="blas")
    try:
        model = spacy.load(folder)
        # Whether a word looks like a number is asked of no word: it would be found out for each.
        model.vocab.lex_attr_getters = {}
        return model
    except MemoryError:
        raise  # the model may be quite in order
    except Exception as e:
        problem = f"{type(e).__name__}: {e}"
        raise ModelError(f"{folder}: the language model cannot be read ({problem}); {_CURE}") from e


def model_id(folder: Path) -> str:
    """The name of a model and a digest of its files: another training is another model."""
    digest = hashlib.sha256()
    for path in sorted(p for p in folder.rglob("*") if p.is_file()):
        digest.update(path.relative_to(folder).as_posix().encode() + b"\0" + path.read_bytes())
    return f"{folder.name}-{digest.hexdigest()[:16]}"


def tag(stories: Sequence[Story], tagger: Tagger) -> list[_STORY]:
    """What is read of the title and the text of each story."""
    fields = [story.field(field).text for story in stories for field in FIELDS]
    readings = iter(_readings(fields, tagger))
    return [{field: next(readings) for field in FIELDS} for _ in stories]


def words(text: str, tagger: Tagger) -> tuple[Word, ...]:
    """The words of any text, in order and without gaps."""
    return _readings([text], tagger)[0].words


def _readings(texts: Sequence[str], tagger: Tagger) -> list[Reading]:
    """What is read of each text, all of them piece by piece in one go."""
    pieces = [(n, a, b) for n, text in enumerate(texts) for a, b in _pieces(text)]
    words: list[list[Word]] = [[] for _ in texts]
    entities: list[list[Entity]] = [[] for _ in texts]
    found = read([texts[n][a:b] for n, a, b in pieces], tagger)
    for (n, at, _), (some_words, some_entities) in zip(pieces, found, strict=True):
        words[n] += [Word(at + start, at + end, pos) for start, end, pos in some_words]
        entities[n] += [Entity(at + start, at + end, of) for start, end, of in some_entities]
    return [
        Reading(_whole(w, text), tuple(e))
        for w, e, text in zip(words, entities, texts, strict=True)
    ]


def read(texts: Sequence[str], tagger: Tagger) -> Iterator[tuple[list[Word], list[Entity]]]:
    """Words and entities of each text; a text is a paragraph or a part of one."""
    if tagger.model is None:
        for text in texts:
            yield _listed_words(text, tagger), []
        return
    with tagger.model.memory_zone():  # words of these texts are forgotten again
        for text, doc in zip(
            texts, tagger.model.pipe(tagger.model.tokenizer.pipe(texts)), strict=True
        ):
            words = _words(doc)
            yield (
                _joined(text, words, tagger),
                [Entity(e.start_char, e.end_char, e.label_) for e in doc.ents],
            )


def _words(doc: Any) -> list[Word]:
    from pipeline.tag.components import starts

    tags = doc.vocab.strings
    words = []
    sizes = doc.to_array(["LENGTH", "TAG"]).tolist()
    for start, (length, pos) in zip(starts(doc).tolist(), sizes, strict=True):
        words.append(Word(start, start + length, tags[pos] if pos else ""))
    return words


def _joined(text: str, words: list[Word], tagger: Tagger) -> list[Word]:
    """`words` with those made one that are one word of the rules together."""
    begin = {w.start: i for i, w in enumerate(words)}
    close = {w.end: i for i, w in enumerate(words)}
    joined = list(words)
    shift = 0
    for _, start, end in tagger.words.find_matches_as_indexes(text):
        first, last = begin.get(start), close.get(end)
        if first is not None and last is not None and first < last:
            joined[first - shift : last + 1 - shift] = [Word(start, end, words[last].pos)]
            shift += last - first
    return joined


def _listed_words(text: str, tagger: Tagger) -> list[Word]:
    """Words of the rules; nothing is known of the characters between them."""
    return [Word(a, b, "") for _, a, b in tagger.words.find_matches_as_indexes(text)]


def _cut(text: str, start: int) -> int:
    """Where to end what is read from `start`: behind a sentence, else behind a pause."""
    for marks in ("。！？；", "，、："):
        last = max(text.rfind(mark, start, start + _LONGEST) for mark in marks)
        if last > start:
            return last + 1
    return start + _LONGEST


def _whole(words: Sequence[Word], text: str) -> tuple[Word, ...]:
    """`words` and, one by one, the characters between them: blanks and line ends."""
    whole: list[Word] = []
    at = 0
    for word in words:
        if word.start > at:
            whole += [Word(i, i + 1, "") for i in range(at, word.start)]
        whole.append(word)
        at = word.end
    whole += [Word(i, i + 1, "") for i in range(at, len(text))]
    return tuple(whole)


def _pieces(text: str) -> Iterator[tuple[int, int]]:
    """Paragraphs of `text`, long ones cut behind a mark."""
    start = 0
    for line in text.split("\n"):
        end = start + len(line)
        at = start
        while end - at > _LONGEST:
            cut = _cut(text, at)
            yield at, cut
            at = cut
        if at < end:
            yield at, end
        start = end + 1
