"""Word boundaries of many texts at once, from a model that spacy-pkuseg trained.

spacy-pkuseg builds a list of feature strings for every character and looks each up in a
dictionary. Here the same features of the same model are read from arrays for a whole batch:
the words that it finds are the same (tests/test_tag.py), at about ten times the speed.
The features are those of spacy_pkuseg.feature_extractor: characters at -2…2, pairs of them,
known words that begin or end at a character, and pairs of known words that meet there.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from itertools import product, repeat
from typing import Any, NamedTuple

import numpy as np
from ahocorasick_rs import AhoCorasick, MatchKind
from msgspec import Struct
from numpy.typing import NDArray

from pipeline.tag.batches import by_size

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

_BATCH = 8192  # characters decoded together: their scores stay in the processor's cache
_WORDS = range(2, 7)  # lengths of words that are features, spacy_pkuseg.config.wordMin … wordMax
_GAP = 2  # empty places between pieces, as far as a feature looks
_PIECE = re.compile(r"[^\s。！？；]+[。！？；]*|[。！？；]+")
_UNIGRAMS = ("c-2", "c-1", "c", "c1", "c2")
_PAIRS = ("c-2c-1", "c-1c", "cc1")
_WORD = ("w-1", "w1")
_MEETINGS = ("ww.l", "ww.r")


class Segmenter(Struct, frozen=True):
    """The arrays of one model; all weights have a last axis of word-position tags.

    `symbols` gives the symbol of a code point (0: none that the model knows), `renamed` the
    characters that the model takes for one. `pairs` and `meetings` are sorted keys of two
    symbols and of two words; row 0 of each table of weights is for what is not listed.
    """

    symbols: NDArray[np.int32]
    renamed: Mapping[int, str]
    constant: Floats
    unigrams: Floats
    pairs: Ints
    pair_weights: Floats
    words: AhoCorasick
    lengths: NDArray[np.int8]
    word_weights: Floats
    meetings: Ints
    meeting_weights: Floats
    transitions: Floats
    opens: NDArray[np.bool_]


def compile_segmenter(
    features: Mapping[str, int], tags: Mapping[str, int], weights: Floats, extractor: Any
) -> Segmenter:
    """Arrange the features and `weights` of a pkuseg model in arrays.

    `features` and `tags` number the names of features and of tags, `weights` holds a weight
    for each pair of them and then those between tags, as in spacy_pkuseg.model.Model.
    `extractor` is the FeatureExtractor that says which characters count as one.
    """
    n = len(tags)
    of = weights[: len(features) * n].reshape(-1, n)
    groups = _groups(features)

    pairs = [_parted(groups[g], ".") for g in _PAIRS]
    meetings = [_parted(groups[g], "*") for g in _MEETINGS]

    names = set().union(*(groups[g].names for g in _UNIGRAMS), *(p.names for p in pairs))
    numbers = {s: i for i, s in enumerate(sorted(names), start=1)}
    symbols, renamed = _symbols(numbers, extractor)
    unigrams = np.zeros((len(numbers) + 1, len(_UNIGRAMS), n))
    for role, g in enumerate(_UNIGRAMS):
        unigrams[[numbers[s] for s in groups[g].names], role] = of[groups[g].places]
    pair_keys, pair_weights = _table(pairs, numbers, of)

    apart = extractor.num | extractor.letter  # characters that no word feature holds
    listed = set().union(*(groups[g].names for g in _WORD), *(m.names for m in meetings))
    words = sorted(w for w in listed if len(w) in _WORDS and apart.isdisjoint(w))
    word_numbers = {w: i for i, w in enumerate(words, start=1)}
    word_weights = np.zeros((len(words) + 1, 2, n))
    for role, g in enumerate(_WORD):
        rows = _numbered(groups[g].names, word_numbers)
        word_weights[rows, role] = of[groups[g].places]
    word_weights[0] = 0  # words without a number
    meeting_keys, meeting_weights = _table(meetings, word_numbers, of)

    return Segmenter(
        symbols=symbols,
        renamed=renamed,
        constant=of[features["$$"]],
        unigrams=unigrams,
        pairs=pair_keys,
        pair_weights=pair_weights,
        words=AhoCorasick(words or ["\n"], matchkind=MatchKind.Standard),
        lengths=np.array([0, *map(len, words)], np.int8),
        word_weights=word_weights,
        meetings=meeting_keys,
        meeting_weights=meeting_weights,
        transitions=weights[len(features) * n :].reshape(n, n),  # [to, from]
        opens=np.array([("B" in tag) for tag, _ in sorted(tags.items(), key=lambda t: t[1])]),
    )


class _Group(NamedTuple):
    """Features of one kind: what they are about, and their places among all."""

    names: list[str]
    places: list[int]


def _groups(features: Mapping[str, int]) -> Mapping[str, _Group]:
    """Features by their kind, the part of their names before the first dot (``ww.l`` with it)."""
    groups = {g: _Group([], []) for g in (*_UNIGRAMS, *_PAIRS, *_WORD, *_MEETINGS)}
    for feature, k in features.items():
        group, _, name = feature.partition(".")
        if group == "ww":
            group, name = feature[:4], feature[5:]
        if group in groups:
            names, places = groups[group]
            names.append(name)
            places.append(k)
    return groups


def _parted(group: _Group, mark: str) -> _Group:
    """Features about two symbols or words, which stand on either side of `mark`: the names of
    both one after the other."""
    return _Group(mark.join(group.names).split(mark) if group.names else [], group.places)


def pieces(text: str) -> Iterator[tuple[int, int]]:
    """Spans of `text` that are cut into words one by one: no blanks, one sentence each."""
    for m in _PIECE.finditer(text):
        yield m.span()


def word_starts(texts: Sequence[str], segmenter: Segmenter) -> list[list[int]]:
    """Where the words of each text begin (code points); blanks belong to no word."""
    starts: list[list[int]] = [[] for _ in texts]
    spans = [(n, a, b) for n, text in enumerate(texts) for a, b in pieces(text)]
    spans.sort(key=lambda s: s[2] - s[1])
    for batch in by_size(spans, lambda s: s[2] - s[1], _BATCH):
        decoded = _decode([texts[n][a:b] for n, a, b in batch], segmenter)
        for (n, a, _), opens in zip(batch, decoded, strict=True):
            starts[n] += (np.flatnonzero(opens) + a).tolist()
    return [sorted(found) for found in starts]


def _decode(texts: Sequence[str], segmenter: Segmenter) -> list[NDArray[np.bool_]]:
    """For each piece, shortest first, which of its characters begin a word."""
    gap = "\n" * _GAP
    flat = (gap + gap.join(texts) + gap).translate(segmenter.renamed)
    scores = _scores(flat, segmenter)
    lengths = np.array([len(t) for t in texts])
    first = _GAP + np.concatenate([[0], np.cumsum(lengths[:-1] + _GAP)])
    tags = _viterbi(scores, first, lengths, segmenter.transitions)
    opens = segmenter.opens[tags]
    opens[first] = True
    return [opens[a : a + n] for a, n in zip(first.tolist(), lengths.tolist(), strict=True)]


def _scores(flat: str, s: Segmenter) -> Floats:
    """Scores of every tag at every character of `flat`."""
    ids = s.symbols[np.frombuffer(flat.encode("utf-32-le", "surrogatepass"), np.uint32)]
    scores = np.repeat(s.constant[None], len(ids), axis=0)
    for role, shift in enumerate((-2, -1, 0, 1, 2)):
        _add(scores, s.unigrams[ids, role], -shift)
    keys = ids[:-1].astype(np.int64) * (len(s.unigrams) - 1) + ids[1:]
    rows = _find(keys, s.pairs)
    rows[(ids[:-1] == 0) | (ids[1:] == 0)] = 0
    for role, shift in enumerate((2, 1, 0)):
        _add(scores, s.pair_weights[rows, role], shift)
    _add_words(scores, flat, s)
    return scores


def _add(scores: Floats, found: Floats, shift: int) -> None:
    """Add `found` to the scores of the characters `shift` places further on."""
    size = min(len(found), len(scores) - abs(shift))
    if shift >= 0:
        scores[shift : shift + size] += found[:size]
    else:
        scores[:size] += found[-shift : -shift + size]


def _add_words(scores: Floats, flat: str, s: Segmenter) -> None:
    if len(s.lengths) == 1:  # no words are listed
        return
    found = s.words.find_matches_as_indexes(flat, overlapping=True)
    if not found:
        return
    word, first, end = np.array(found, np.int64).T
    word += 1
    np.add.at(scores, end - 1, s.word_weights[word, 0])
    np.add.at(scores, first, s.word_weights[word, 1])
    if not len(s.meetings):
        return
    # begin[l][i]: the word of length l that begins at i; at most one of each length
    size = len(flat) + 1
    begin = np.zeros((_WORDS.stop, size), np.int64)
    close = np.zeros((_WORDS.stop, size), np.int64)
    begin[s.lengths[word], first] = word
    close[s.lengths[word], end] = word
    before, after = close[_WORDS.start :], begin[_WORDS.start :]
    some = np.flatnonzero((before != 0).any(0) & (after != 0).any(0))
    for a, b in product(range(len(_WORDS)), repeat=2):
        left, right = before[a, some], after[b, some]
        both = np.flatnonzero((left != 0) & (right != 0))
        if len(both):
            rows = _find(left[both] * (len(s.word_weights) - 1) + right[both], s.meetings)
            at = some[both]
            scores[at] += s.meeting_weights[rows, 0]
            scores[at - 1] += s.meeting_weights[rows, 1]


def _viterbi(scores: Floats, first: Ints, lengths: Ints, transitions: Floats) -> Ints:
    """The best tag of each character of each piece, shortest piece first.

    Works from the last characters to the first, as spacy_pkuseg.inference does, so that of
    equal scores the same one wins. At any distance from the end, the pieces that reach so far
    are the last ones.
    """
    ends = first + lengths - 1
    reach = np.searchsorted(lengths, np.arange(lengths[-1]), side="right")
    best = scores[ends]
    follow: list[Ints] = []  # follow[back][piece, tag]: the best tag of the next character
    for back in range(1, len(reach)):
        k = reach[back]
        onward = best[k:]
        ahead = onward[:, :1] + transitions[0]
        choice = np.zeros(ahead.shape, np.int64)
        for tag in range(1, len(transitions)):
            other = onward[:, tag : tag + 1] + transitions[tag]
            choice[other >= ahead] = tag
            np.maximum(ahead, other, out=ahead)
        follow.append(choice)
        best[k:] = ahead + scores[ends[k:] - back]
    tags = np.zeros(len(scores), np.int64)
    current = best.argmax(axis=1)
    for back in range(len(reach) - 1, -1, -1):
        k = reach[back]
        tags[ends[k:] - back] = current[k:]
        if back:
            current[k:] = np.take_along_axis(follow[back - 1], current[k:, None], axis=1)[:, 0]
    return tags


def _find(keys: Ints, table: Ints) -> Ints:
    """The row of each key in a sorted table, counted from 1; 0 where it is not there."""
    if not len(table):
        return np.zeros(len(keys), np.int64)
    at = np.searchsorted(table, keys)
    at[at == len(table)] = 0
    return np.where(table[at] == keys, at + 1, 0)


def _table(
    groups: Sequence[_Group], numbers: Mapping[str, int], weights: Floats
) -> tuple[Ints, Floats]:
    """Sorted keys of the pairs of `groups`, and their weights by group; row 0 is empty.

    A key is made of the `numbers` of the two; pairs of which one has none are left out.
    """
    keyed = []
    for names, places in groups:
        both = _numbered(names, numbers).reshape(-1, 2)
        known = np.flatnonzero(both.all(axis=1))
        first, second = both[known].T
        keyed.append((first * len(numbers) + second, weights[np.array(places, np.int64)[known]]))
    keys = np.unique(np.concatenate([key for key, _ in keyed]))
    table = np.zeros((len(keys) + 1, len(groups), weights.shape[1]))
    for role, (key, weight) in enumerate(keyed):
        table[np.searchsorted(keys, key) + 1, role] = weight
    return keys, table


def _numbered(names: Sequence[str], numbers: Mapping[str, int]) -> Ints:
    """The number of each name, 0 where it has none."""
    return np.fromiter(map(numbers.get, names, repeat(0)), np.int64, len(names))


def _symbols(
    numbers: Mapping[str, int], extractor: Any
) -> tuple[NDArray[np.int32], Mapping[int, str]]:
    """The symbol of every code point, and the characters to be replaced beforehand."""
    symbols = np.zeros(sys.maxunicode + 1, np.int32)
    for name, number in numbers.items():
        if len(name) == 1:
            symbols[ord(name)] = number
    for character in (*extractor.num, *extractor.letter):
        [name] = extractor.normalize_text(character)
        symbols[ord(character)] = numbers.get(name, 0)
    return symbols, extractor.keywords_translate_table
