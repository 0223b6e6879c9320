"""Fit the weights of `pipeline/clean/weights.py` and `pipeline/split/weights.py` to made pages.

    python -m tools.fit_layout {lines|stories|score} CORPUS… [--printed FOLDER]… [--pages N]
                     [--rounds N] [--seed N] [--loose F] [--part F] [--share F] [--write]

Run it in the repository's folder. CORPUS is a file of articles (see `layout_articles.py`);
half the articles of each, and half the seeds, are for fitting, the other half for scoring.
`lines` fits how lines make paragraphs, to printed pages with truth too, which `--printed` names
(a made page counts for `--share` of a printed one); `stories` how paragraphs make stories (run
it after `lines --write`); both print the weights, and `--write` puts them into the module. `score`
prints how well the pages of each kind are read. The fit starts from the weights of today and
is held near them (`--loose`), so that signs that made pages lack keep theirs; `--part` goes
only that part of the way. Printed pages are messier than made ones: keep the new weights only
if `score` is better and `make eval`, over the pages of tests/gold, is no worse.
"""

from __future__ import annotations

import argparse
import json
import random
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from itertools import accumulate
from pathlib import Path

from pipeline.clean import clean, compile_clean, paragraphs
from pipeline.clean.glyphs import repair_page
from pipeline.clean.lines import drop_furniture, read_lines
from pipeline.clean.signs import PageSigns
from pipeline.clean.weights import WEIGHTS as LINE_WEIGHTS
from pipeline.offsets import TracedText
from pipeline.records import Page
from pipeline.rulebook import load_rules
from pipeline.split import compile_split, split
from pipeline.split.features import Piece, read_pieces
from pipeline.split.signs import StorySigns
from pipeline.split.stories import Divider, Division, signs_of
from pipeline.split.weights import WEIGHTS as STORY_WEIGHTS
from tests.support.kinds import KINDS, page_of_kind
from tests.support.pages import Article, Made, Story
from tests.support.scores import is_unseen
from tools.layout_articles import read_articles
from tools.layout_chain import Chain, chain_of, readings
from tools.layout_crf import fit
from tools.layout_truth import bare, line_readings

RULES = load_rules()
CLEAN = compile_clean(RULES)
SPLIT = compile_split(RULES)
STATES = {"B": paragraphs.FIRST, "n": paragraphs.NEXT, "H": paragraphs.HEAD, "K": paragraphs.CREDIT}
Weights = dict[str, float]


def made_pages(
    pools: Sequence[Sequence[Article]], count: int, seed: int, fitting: bool
) -> list[tuple[str, Made]]:
    """`count` pages of each kind with the kind's name, from one half of the articles.

    Of the kinds that mix all changes there are three times as many.
    """
    found = []
    for kind in KINDS:
        for n in range(count * (3 if kind.change == "any" else 1)):
            rng = random.Random(f"{seed} {fitting} {kind.name} {n}")
            pool = pools[n % len(pools)]
            half = pool[: len(pool) // 2] if fitting else pool[len(pool) // 2 :]
            articles = [rng.choice(half) for _ in range(rng.randint(*kind.articles))]
            found.append((kind.name, page_of_kind(articles, kind, rng)))
    return found


# Lines


def page_signs(raw: str) -> PageSigns:
    """The signs of the lines of a page."""
    text, _ = repair_page(TracedText.identity(raw), CLEAN.glyphs)
    lines, _ = drop_furniture(read_lines(text, raw), text, raw, CLEAN.furniture)
    return PageSigns(lines, CLEAN.layout)


def line_chain(made: Made) -> Chain | None:
    """A made page as a chain of readings, or None where its lines come out otherwise."""
    signs = page_signs(made.raw)
    if len(signs.lines) != len(made.kinds):
        return None
    gold = [STATES[kind] for kind in made.kinds]
    for n in range(1, len(signs.lines)):
        if gold[n] == gold[n - 1] == paragraphs.CREDIT and signs.two_line[n - 1]:
            gold[n] = paragraphs.CREDIT_NEXT
    return chain_of(signs, gold)


def printed_chains(folders: Sequence[Path]) -> list[Chain]:
    """The pages with truth in `folders` as chains; those kept aside, or not matched, left out."""
    found = []
    for path in [p for folder in folders for p in sorted(folder.glob("*.json"))]:
        if is_unseen(path.name):
            continue
        signs = page_signs(path.with_suffix(".txt").read_text("utf-8-sig"))
        truth = json.loads(path.read_text("utf-8"))["stories"]
        stories = [Story(s["title"], s["text"], s["source"]) for s in truth]
        gold = line_readings(signs, stories)
        chain = chain_of(signs, gold) if gold is not None else None
        if chain is not None:
            found.append(chain)
    return found


def fit_lines(
    pages: Sequence[Made], printed: Sequence[Chain], rounds: int, loose: float, share: float
) -> Weights:
    """Weights that make the known readings likely (maximum likelihood, Gaussian prior)."""
    made = [chain for page in pages if (chain := line_chain(page)) is not None]
    weights = fit(printed, made, LINE_WEIGHTS, loose, share, rounds)
    for name, chains in (("printed", printed), ("made", made)):
        before = _wrong_lines(chains, defaultdict(float, LINE_WEIGHTS))
        print(f"{len(chains)} {name} pages: {before}; now {_wrong_lines(chains, weights)}")
    return weights


def _wrong_lines(chains: Sequence[Chain], weights: Mapping[str, float]) -> str:
    wrong = [sum(a != b for a, b in zip(readings(c, weights), c.gold, strict=True)) for c in chains]
    return f"{sum(wrong)} lines wrong on {sum(map(bool, wrong))} pages"


# Stories


def division(pieces: Sequence[Piece], stories: Sequence[Story]) -> list[Division] | None:
    """How the blocks of a page make its known stories, None where they cannot."""
    ends = list(accumulate(len(bare(p.text)) for p in pieces if not p.alone))
    found: list[Division] = []
    n = at = 0
    for story in stories:
        title, text = bare(story.title), bare(story.text)
        first, begins, at = n, at, at + len(title) + len(text)
        lengths: list[int] = []
        while n < len(pieces) and (sum(lengths) < at - begins or pieces[n].alone):
            lengths.append(0 if pieces[n].alone else len(bare(pieces[n].text)))
            n += 1
        if at not in ends:
            return None
        sums = [0, *accumulate(lengths)]
        shown = "".join(bare(p.text) for p in pieces[first:n] if not p.alone)
        if shown == title + text and len(title) in sums:
            end = first + max(
                k for k, x in enumerate(sums) if x == len(title) and k < len(sums) - 1
            )
            while end > first and pieces[end - 1].alone:
                end -= 1
            found.append(Division(first, n, first, end))
        elif shown == text + title and len(text) in sums:
            start = first + max(k for k, x in enumerate(sums) if x == len(text))
            if any(p.alone for p in pieces[start:n]):
                return None
            found.append(Division(first, n, start, n))
        else:
            return None
    return found


def fit_stories(pages: Sequence[Made], rounds: int, loose: float) -> Weights:
    """Weights that rank the known divisions first (averaged perceptron, pulled to its start)."""
    known: list[tuple[StorySigns, list[Division]]] = []
    for made in pages:
        pieces = read_pieces(clean(_page(made), CLEAN), SPLIT)
        right = division(pieces, made.stories)
        if right is not None:
            known.append((StorySigns(pieces), right))
    start = dict(STORY_WEIGHTS)
    weights = dict(start)
    rng = random.Random(3)
    print(f"{len(known)} of {len(pages)} pages; {_wrong_pages(known, weights)}")
    for turn in range(rounds):
        rng.shuffle(known)
        total = dict.fromkeys(weights, 0.0)
        rate = 0.05 / (1 + 0.5 * turn)
        for signs, right in known:
            given = Divider(signs, weights).best()
            slope: Counter[str] = Counter()
            if given != right:
                for name, value in signs_of(signs, right):
                    slope[name] += value  # type: ignore[assignment]
                for name, value in signs_of(signs, given):
                    slope[name] -= value  # type: ignore[assignment]
            for name, value in weights.items():
                pull = (value - start[name]) / (len(known) * loose)
                weights[name] += rate * (max(-3.0, min(3.0, slope[name])) - pull)
                total[name] += weights[name]
        averaged = {name: value / len(known) for name, value in total.items()}
        print(f"round {turn + 1}: {_wrong_pages(known, averaged)}", flush=True)
    return averaged


def _wrong_pages(
    known: Sequence[tuple[StorySigns, list[Division]]], weights: Mapping[str, float]
) -> str:
    return f"{sum(Divider(s, weights).best() != d for s, d in known)} pages wrong"


# Scores


def score(pages: Sequence[tuple[str, Made]]) -> None:
    """Print, for each kind of page, the shares of stories, titles and sources found, and more."""
    kinds: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for name, made in pages:
        found = {bare(s.text.text): s for s in split(clean(_page(made), CLEAN), SPLIT)}
        for want in made.stories:
            got = found.get(bare(want.text))
            counts: Counter[str] = Counter(all=1)
            if got is not None:
                counts["story"] += 1
                counts["title"] += bare(got.title.text) == bare(want.title)
                counts["source"] += got.source == want.source
                counts["paragraphs"] += _breaks(got.text.text) == _breaks(want.text)
            kinds[name] += counts
            kinds["all"] += counts
    for name, counts in kinds.items():
        shares = (
            f"{key} {counts[key] / counts['all']:.3f}"
            for key in ("story", "title", "source", "paragraphs")
        )
        print(f"{name:18} {counts['all']:5} stories  " + "  ".join(shares))


def _breaks(text: str) -> set[int]:
    return set(accumulate(len(bare(p)) for p in text.split("\n")))


def _page(made: Made) -> Page:
    return Page("made", "made.txt", "", "utf-8", made.raw)


def write(path: Path, weights: Mapping[str, float]) -> None:
    """Put `weights` into the module at `path`."""
    head = path.read_text("utf-8").split("WEIGHTS: dict")[0]
    rows = "".join(f'    "{name}": {round(weights[name], 2)},\n' for name in sorted(weights))
    path.write_text(f"{head}WEIGHTS: dict[str, float] = {{\n{rows}}}\n", "utf-8")


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("what", choices=("lines", "stories", "score"))
    parser.add_argument("corpora", nargs="+", type=Path)
    parser.add_argument("--pages", type=int, default=30, help="of each kind")
    parser.add_argument("--rounds", type=int, default=6)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--loose", type=float, default=3.0)
    parser.add_argument("--part", type=float, default=1.0, help="of the way to the fitted weights")
    parser.add_argument("--printed", action="append", type=Path, default=[])
    parser.add_argument("--share", type=float, default=0.3, help="of a made page, for lines")
    parser.add_argument("--write", action="store_true")
    given = parser.parse_args()
    pools = [read_articles(path) for path in given.corpora]
    for pool in pools:
        random.Random(2).shuffle(pool)
    pages = made_pages(pools, given.pages, given.seed, given.what != "score")
    if given.what == "score":
        score(pages)
        return
    made = [page for _, page in pages]
    if given.what == "lines":
        stage, old = "clean", LINE_WEIGHTS
        printed = printed_chains(given.printed)
        fitted = fit_lines(made, printed, given.rounds, given.loose, given.share)
    else:
        stage, old = "split", STORY_WEIGHTS
        fitted = fit_stories(made, given.rounds, given.loose)
    was = {name: old.get(name, 0.0) for name in fitted}
    weights = {name: was[name] + given.part * (fitted[name] - was[name]) for name in fitted}
    for name in sorted(weights):
        print(f"{name:28} {was[name]:6.2f} {weights[name]:6.2f}")
    if given.write:
        write(Path("pipeline") / stage / "weights.py", weights)


if __name__ == "__main__":
    main()
