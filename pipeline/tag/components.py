"""The parts of the spaCy pipeline in models/: tokenizer, characters, ner, tagger.

`spacy.load` finds them through the entry points of the installed package. The tokenizer cuts
words with pkuseg; `characters` reads every character of a text once; `ner` and `tagger` read
entities and parts of speech from its vectors, so that each costs one small matrix product.
Entities are found on characters: a word that one of them cuts becomes two tokens.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import srsly
from numpy.typing import NDArray
from spacy import registry
from spacy.lang.zh import ChineseTokenizer
from spacy.language import Language
from spacy.pipeline import Pipe
from spacy.tokens import Doc, Span
from spacy.util import minibatch
from thinc.api import Model

from pipeline.tag import crf
from pipeline.tag.batches import by_size, pad
from pipeline.tag.characters import Reader, compile_reader, narrow, read_batch
from pipeline.tag.network import Shape, build_network
from pipeline.tag.pkuseg import Segmenter, compile_segmenter, pieces, word_starts

Floats = NDArray[np.float32]

VECTORS = "characters"  # the key of a Doc's vectors in its user_data
_TEXT = "text"  # that of its text, where the tokenizer below made it
_SHORT = 300  # characters
_TOKENS = 6000  # read together
FIELD = ("follows", "begins", "ends")  # weights of the random field, as crf takes them
_HALF = ("characters", "pairs")  # large tables are stored in half precision


class PkusegTokenizer(ChineseTokenizer):
    """spaCy's Chinese tokenizer with pkuseg, and a quick way to cut many texts.

    Texts are cut sentence by sentence, full-width letters as half-width ones. `pipe` gives the
    same tokens as calls one by one. A single short text goes through pkuseg itself: arrays pay
    for many characters.
    """

    def __init__(self, vocab: Any) -> None:
        super().__init__(vocab, segmenter="pkuseg")
        self._arrays: Segmenter | None = None

    def __call__(self, text: str) -> Doc:
        """The Doc of one text."""
        if len(text) > _SHORT:
            [doc] = self.pipe([text])
            return doc
        begin: list[int] = []
        for at, end in pieces(text):
            for word in self.pkuseg_seg._cut(narrow(text[at:end])):
                begin.append(at)
                at += len(word)
        return _doc(self.vocab, text, begin)

    def pipe(self, texts: Iterable[str], batch_size: int = 1000) -> Iterator[Doc]:
        """A Doc for each text."""
        for batch in minibatch(texts, batch_size):
            for text, starts in zip(
                batch, word_starts([narrow(text) for text in batch], self.arrays), strict=True
            ):
                yield _doc(self.vocab, text, starts)

    @property
    def arrays(self) -> Segmenter:
        """The pkuseg model as arrays, made when it is first needed."""
        if self._arrays is None:
            seg = self.pkuseg_seg
            extractor = seg.feature_extractor
            self._arrays = compile_segmenter(
                extractor.feature_to_idx, extractor.tag_to_idx, seg.model.w, type(extractor)
            )
        return self._arrays


def _doc(vocab: Any, text: str, starts: Sequence[int]) -> Doc:
    """`text` cut at `starts`; one blank behind a word is its space, others are tokens."""
    words: list[str] = []
    spaces: list[bool] = []
    edges = [*starts, len(text)]
    if edges[0]:
        words.append(text[: edges[0]])
        spaces.append(False)
    for start, end in pairwise(edges):
        piece = text[start:end]
        word = piece.rstrip()
        if len(word) == len(piece):  # as most are
            words.append(word)
            spaces.append(False)
            continue
        space = piece[len(word) : len(word) + 1] == " "
        rest = piece[len(word) + space :]
        words += [word, rest] if rest else [word]
        spaces += [space, False] if rest else [space]
    return Doc(vocab, words=words, spaces=spaces, user_data={_TEXT: text})


class _Component(Pipe):
    """Annotates Docs in batches; is saved as a file of arrays and one of settings."""

    name: str
    model: Model[Any, Any]

    def annotate(self, docs: Sequence[Doc]) -> None:
        """Set what the component finds on each of `docs`, none of them empty."""
        raise NotImplementedError

    def __call__(self, doc: Doc) -> Doc:
        """Annotate one Doc."""
        if len(doc):
            self.annotate([doc])
        return doc

    def pipe(self, stream: Iterable[Doc], *, batch_size: int = 256) -> Iterator[Doc]:
        """Annotate the Docs of a stream."""
        for docs in minibatch(stream, batch_size):
            for group in by_size((doc for doc in docs if len(doc)), len, _TOKENS):
                self.annotate(group)
            yield from docs

    def settings(self) -> dict[str, Any]:
        """What is needed beside the arrays."""
        raise NotImplementedError

    def restore(self, settings: dict[str, Any]) -> None:
        """Take what `settings` gave, and make room for the arrays."""
        raise NotImplementedError

    def to_disk(self, path: Any, *, exclude: Iterable[str] = ()) -> None:
        """Save to the folder `path`."""
        folder = Path(path)
        folder.mkdir(parents=True, exist_ok=True)
        srsly.write_json(folder / "settings.json", self.settings())
        arrays: dict[str, Any] = {
            key: value.astype(np.float16) if key in _HALF else value
            for key, value in _params(self.model).items()
        }
        np.savez(folder / "weights.npz", **arrays)

    def from_disk(self, path: Any, *, exclude: Iterable[str] = ()) -> _Component:
        """Load from the folder `path`."""
        folder = Path(path)
        self.restore(srsly.read_json(folder / "settings.json"))
        with np.load(folder / "weights.npz") as arrays:
            for key in arrays.files:
                self.model.set_param(key, arrays[key].astype(np.float32))
        return self


def _params(model: Model[Any, Any]) -> dict[str, Floats]:
    return {name: model.get_param(name) for name in model.param_names}


class Characters(_Component):
    """Gives each Doc a vector for each of its characters, in ``user_data["characters"]``.

    `convention` may be set to the number of a corpus whose conventions entities shall follow
    (1 MSRA, 2 PFR, 3 UNER); 0 stands for a mixture.
    """

    def __init__(self, name: str, rows: int, **sizes: int):
        self.name = name
        self.convention = 0
        self.rows = rows
        self.sizes = sizes
        self.build("", ((), (), ()))

    def build(self, alphabet: str, names: Sequence[Sequence[str]], seed: int | None = None) -> None:
        """Start anew; `names` are lists of persons, places, organizations. Without a `seed` for
        random weights they are nil."""
        self.reader: Reader = compile_reader(alphabet, names, self.rows)
        self.shape = Shape(alphabet=len(alphabet) + 2, rows=self.rows, **self.sizes)
        self.model = build_network(self.shape, seed)

    def settings(self) -> dict[str, Any]:
        """Sizes, the alphabet and the lists of names."""
        return {
            **self.sizes,
            "rows": self.rows,
            "alphabet": self.reader.alphabet,
            "names": ["\n".join(group) for group in self.reader.names],
        }

    def restore(self, settings: dict[str, Any]) -> None:
        """Start anew with what `settings` gave."""
        self.sizes = {key: settings[key] for key in self.sizes}
        self.rows = settings["rows"]
        self.build(settings["alphabet"], [group.split("\n") for group in settings["names"]])

    def annotate(self, docs: Sequence[Doc]) -> None:
        """Set the vectors of each Doc."""
        # A Doc would put its text together anew.
        texts = [doc.user_data.get(_TEXT) or doc.text for doc in docs]
        words = [starts(doc) for doc in docs]
        batch = read_batch(texts, words, self.reader, [self.convention] * len(docs))
        vectors = self.model.predict(batch)
        for doc, start, length in zip(docs, batch.starts, batch.lengths, strict=True):
            doc.user_data[VECTORS] = vectors[start : start + length]


class CharacterEntities(_Component):
    """Finds entities from the vectors of characters; sets ``doc.ents``."""

    def __init__(self, name: str, width: int):
        self.name = name
        self.restore({"width": width})

    def settings(self) -> dict[str, Any]:
        """The width of the vectors."""
        return {"width": self.model.get_dim("nI")}

    def restore(self, settings: dict[str, Any]) -> None:
        """Start anew with vectors of this width."""
        self.model = build_entities(settings["width"])

    @property
    def labels(self) -> tuple[str, ...]:
        """The kinds of entities."""
        return crf.KINDS

    def annotate(self, docs: Sequence[Doc]) -> None:
        """Set the entities of each Doc."""
        docs = sorted(docs, key=lambda doc: -len(doc.user_data[VECTORS]))
        vectors = [doc.user_data[VECTORS] for doc in docs]
        lengths = np.array([len(v) for v in vectors], np.int64)
        begins = np.cumsum(lengths) - lengths
        labels = read_labels(self.model, np.concatenate(vectors), begins, lengths)
        for doc, row in zip(docs, labels, strict=True):
            set_entities(doc, crf.spans_of(row))


class WordTagger(_Component):
    """Gives each word its part of speech from the vectors of its characters."""

    def __init__(self, name: str, width: int):
        self.name = name
        self.restore({"width": width, "tags": ["n"]})

    def build(self, width: int, tags: Sequence[str]) -> None:
        """Start anew with these tags; weights are nil."""
        self.restore({"width": width, "tags": list(tags)})

    def settings(self) -> dict[str, Any]:
        """The width of the vectors, and the tags."""
        return {"width": self.model.get_dim("nI"), "tags": list(self.tags)}

    def restore(self, settings: dict[str, Any]) -> None:
        """Start anew with vectors of this width and these tags."""
        self.tags = tuple(settings["tags"])
        self.model = build_linear("tags", settings["width"], len(self.tags))

    @property
    def labels(self) -> tuple[str, ...]:
        """The parts of speech."""
        return self.tags

    def annotate(self, docs: Sequence[Doc]) -> None:
        """Set the tag of each word of each Doc."""
        scores = self.model.predict(np.concatenate([d.user_data[VECTORS] for d in docs]))
        keys = np.array([docs[0].vocab.strings.add(tag) for tag in self.tags], np.uint64)
        at = 0
        for doc in docs:
            end = at + len(doc.user_data[VECTORS])
            best = np.add.reduceat(scores[at:end], starts(doc), axis=0)
            doc.from_array(["TAG"], keys[best.argmax(axis=1)])
            at = end


def build_linear(name: str, width: int, labels: int) -> Model[Floats, Floats]:
    """One matrix product from vectors to scores of labels."""
    params = {
        "W": np.zeros((width, labels), np.float32),
        "b": np.zeros(labels, np.float32),
    }
    return Model(name, _linear, params=params, dims={"nI": width, "nO": labels})


def build_entities(width: int) -> Model[Floats, Floats]:
    """Scores of entity labels, and the weights of the conditional random field over them."""
    model = build_linear("entities", width, len(crf.LABELS))
    size = len(crf.LABELS)
    for name, shape in zip(FIELD, ((size, size), (size,), (size,)), strict=True):
        model.set_param(name, np.zeros(shape, np.float32))
    return model


def read_labels(
    entities: Model[Floats, Floats], vectors: Floats, begins: Any, lengths: Any
) -> NDArray[np.int8]:
    """The best labels of texts, longest first, that begin at these rows of `vectors`."""
    scores = pad(entities.predict(vectors), begins, lengths)
    return crf.decode(scores, lengths, *(entities.get_param(name) for name in FIELD))


def _linear(model: Model[Floats, Floats], x: Floats, is_train: bool) -> tuple[Floats, Any]:
    weights = model.get_param("W")

    def backprop(d_out: Floats) -> Floats:
        model.inc_grad("W", x.T @ d_out)
        model.inc_grad("b", d_out.sum(axis=0))
        d_x: Floats = d_out @ weights.T
        return d_x

    return x @ weights + model.get_param("b"), backprop


def set_entities(doc: Doc, spans: Sequence[tuple[int, int, str]]) -> None:
    """Set ``doc.ents`` to these spans of characters, cutting words where a span begins or ends."""
    if not spans:
        doc.set_ents([], default="outside")
        return
    found = [doc.char_span(*span) for span in spans]
    if None in found:
        _cut(doc, {offset for start, end, _ in spans for offset in (start, end)})
        found = [doc.char_span(*span) for span in spans]
    doc.set_ents([span for span in found if isinstance(span, Span)], default="outside")


def _cut(doc: Doc, offsets: set[int]) -> None:
    with doc.retokenize() as retokenizer:
        for token in doc:
            end = token.idx + len(token)
            cuts = sorted(o for o in offsets if token.idx < o < end)
            if cuts:
                edges = [token.idx, *cuts, end]
                parts = [doc.text[a:b] for a, b in pairwise(edges)]
                retokenizer.split(token, parts, heads=[(token, 0)] * len(parts))


def starts(doc: Doc) -> NDArray[np.int64]:
    """Where the tokens of `doc` begin; quicker than asking each for its ``idx``."""
    lengths, blanks = doc.to_array(["LENGTH", "SPACY"]).astype(np.int64).T
    begin: NDArray[np.int64] = np.cumsum(lengths + blanks) - lengths - blanks
    return begin


@Language.factory("shilu_characters", assigns=["doc.user_data"])
def create_characters(
    nlp: Language,
    name: str,
    width: int = 128,
    embedding: int = 64,
    places: int = 32,
    depth: int = 4,
    reading: int = 96,
    rows: int = 65536,
) -> Characters:
    """The component that reads characters; see `pipeline.tag.network.Shape`."""
    return Characters(
        name,
        rows,
        width=width,
        embedding=embedding,
        places=places,
        depth=depth,
        reading=reading,
    )


@Language.factory("shilu_ner", assigns=["doc.ents", "token.ent_iob", "token.ent_type"])
def create_ner(nlp: Language, name: str, width: int = 320) -> CharacterEntities:
    """The component that finds entities."""
    return CharacterEntities(name, width)


@Language.factory("shilu_tagger", assigns=["token.tag"])
def create_tagger(nlp: Language, name: str, width: int = 320) -> WordTagger:
    """The component that tags words."""
    return WordTagger(name, width)


@registry.tokenizers("shilu.PkusegTokenizer.v1")
def create_tokenizer() -> Any:
    """The tokenizer; its pkuseg model is loaded from the folder of the pipeline."""
    return lambda nlp: PkusegTokenizer(nlp.vocab)
