"""The site in a real Chromium, opened from the disk as a reader opens it."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from click.testing import CliRunner
from playwright.sync_api import BrowserContext, expect
from playwright.sync_api import Page as Tab

from pipeline.cli import main
from pipeline.report import write_report
from pipeline.report.data import BrowserData, script
from pipeline.report.reading import read_pages
from pipeline.runs.layout import find_run
from tests.support.report import Watch, browser, chromium, make_run, many_facts

ROOT = Path(__file__).parents[1]
PROGRAM = chromium()
SIZES = {"narrow": (400, 800), "wide": (1600, 1000)}
# Of the elements that a selector finds, the least contrast between text and what lies behind it.
CONTRAST = """(selector) => {
  const rgb = (c) => (c.match(/[\\d.]+/g) ?? []).map(Number);
  const light = ([r, g, b]) => [r, g, b].map((v) => v / 255)
    .map((v) => (v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4))
    .reduce((sum, v, n) => sum + v * [0.2126, 0.7152, 0.0722][n], 0);
  const behind = (e) => {
    for (; e; e = e.parentElement) {
      const c = rgb(getComputedStyle(e).backgroundColor);
      if (c.length === 3 || c[3] === 1) return c;
    }
  };
  return Math.min(...[...document.querySelectorAll(selector)].filter((e) => e.offsetParent)
    .map((e) => {
      const [a, b] = [light(rgb(getComputedStyle(e).color)), light(behind(e))];
      return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    }));
}"""

pytestmark = pytest.mark.skipif(
    PROGRAM is None, reason="no Chromium here; on Debian or Ubuntu, apt-get install chromium"
)
Opener = Callable[..., Tab]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site of the pages in data/raw."""
    out = tmp_path_factory.mktemp("site")
    for args in (
        ["extract", str(ROOT / "data" / "raw"), "--out", str(out), "--no-model", "--quiet"],
        ["report", str(out), "--quiet"],
    ):
        done = CliRunner().invoke(main, args)
        assert done.exit_code == 0, done.output
    return out / "report"


@pytest.fixture(scope="module")
def context() -> Iterator[BrowserContext]:
    assert PROGRAM
    with browser(PROGRAM) as started:
        yield started


@pytest.fixture
def go(context: BrowserContext, site: Path) -> Iterator[Opener]:
    """Opens a page of a site in a new tab; in the end nothing may have gone wrong in it."""
    tabs: list[tuple[Tab, Watch]] = []

    def opened(path: str, size: str = "wide", where: Path = site) -> Tab:
        tab = context.new_page()
        tabs.append((tab, Watch(tab, where)))
        width, height = SIZES[size]
        tab.set_viewport_size({"width": width, "height": height})
        name, _, hash_ = path.partition("#")
        tab.goto((where / name).resolve().as_uri() + (f"#{hash_}" if hash_ else ""))
        return tab

    yield opened
    for tab, watch in tabs:
        tab.evaluate("try { localStorage.clear() } catch {}")
        tab.close()
        assert watch.problems == []


@contextmanager
def _changing(tab: Tab) -> Iterator[None]:
    """What is done in the block changes which facts are shown; wait until it has."""
    before = tab.locator("#status").inner_text()
    yield
    expect(tab.locator("#status")).not_to_have_text(before)


def _clear(tab: Tab) -> None:
    with _changing(tab):
        tab.get_by_role("button", name="清除条件").click()


def _found(tab: Tab) -> int:
    """How many facts pass the filters."""
    text = tab.locator("#status").inner_text()
    return int(text.partition("/")[0].strip().replace(",", "")) if "/" in text else 0


def _all(site: Path) -> int:
    return sum(len(s.facts) for p in read_pages(find_run(site.parent)) for s in p.stories)


def test_search_and_filters(go: Opener, site: Path) -> None:
    tab = go("facts.html")
    rows = tab.locator("#rows tbody tr")
    expect(rows).to_have_count(_all(site))
    with _changing(tab):
        tab.get_by_label("搜索", exact=True).fill("广州 养老")
    texts = rows.all_inner_texts()
    assert texts
    assert all("广州" in t and "养老" in t for t in texts)
    _clear(tab)
    with _changing(tab):
        tab.get_by_role("combobox", name="单位").select_option("家")
    assert all(t.endswith("家") for t in rows.locator(".value b").all_inner_texts())
    with _changing(tab):
        tab.get_by_label("地点", exact=True).fill("湖南")
    shown = rows.all_inner_texts()
    assert all(t.startswith("湖南") for t in rows.locator(".place").all_inner_texts())
    tab.reload()  # what was chosen is in the address
    expect(rows).to_have_count(len(shown))
    assert rows.all_inner_texts() == shown
    _clear(tab)
    with _changing(tab):
        tab.get_by_label("机构", exact=True).fill("广州市")
    assert all("广州市" in t for t in rows.locator(".org").all_inner_texts())
    _clear(tab)
    with _changing(tab):
        tab.get_by_label("日期从").fill("2025-06-01")
    assert set(rows.locator(".date").all_inner_texts()) == {"2025-06-19"}
    _clear(tab)
    with _changing(tab):
        tab.get_by_label("到", exact=True).fill("2025-05-31")
    assert rows.locator(".date").all_inner_texts() == ["2025-05-31"]
    _clear(tab)
    with _changing(tab):
        tab.get_by_label("可信度至少").fill("0.7")
    expect(tab.locator("output[name=least]")).to_have_text("0.70")
    assert all(float(t.split()[0]) >= 0.7 for t in rows.locator(".confidence").all_inner_texts())
    with _changing(tab):
        tab.get_by_label("搜索", exact=True).fill("没有这样的词")
    expect(tab.locator("#status")).to_have_text("没有符合条件的记录。")


def test_filters_are_there_when_the_window_grows(go: Opener) -> None:
    tab = go("facts.html", size="narrow")
    expect(tab.get_by_label("单位")).to_be_hidden()
    tab.set_viewport_size({"width": 1400, "height": 900})
    expect(tab.get_by_role("combobox", name="单位")).to_be_visible()


def test_order(go: Opener) -> None:
    tab = go("facts.html")
    rows = tab.locator("#rows tbody tr")
    first = rows.first.inner_text()
    head, button = tab.locator("th[data-key=value]"), tab.get_by_role("button", name="数值")
    button.click()
    expect(head).to_have_attribute("aria-sort", "ascending")
    button.click()
    expect(head).to_have_attribute("aria-sort", "descending")
    expect(rows.first.locator(".value b")).to_have_text("2.64亿")
    button.click()
    expect(head).to_have_attribute("aria-sort", "none")
    assert rows.first.inner_text() == first
    tab.get_by_role("button", name="地点").click()
    places = [t for t in rows.locator(".place").all_inner_texts() if t]
    known = ("广东省", "湖南省", "辽宁省", "天津市", "中国")  # in the order of their sounds
    assert [p for p in dict.fromkeys(t[:3] for t in places) if p in known] == list(known)


@pytest.mark.parametrize("size", SIZES)
def test_from_a_fact_to_its_words_and_to_the_raw_page(go: Opener, size: str) -> None:
    tab = go("facts.html#q=37家", size)
    tab.locator("#rows tbody a").first.click()
    tab.wait_for_url("**/stories/*.html#f*")
    key = tab.url.rpartition("#")[2]
    fact = tab.locator(f"#{key}")
    expect(fact).to_have_class(re.compile("on"))
    words, raw = tab.locator(f"#t-{key}"), tab.locator(f"#r-{key}")
    expect(words).to_have_class(re.compile("on"))
    expect(raw).to_have_class(re.compile("on"))
    printed = fact.locator("b").inner_text()
    assert words.inner_text() == printed
    shown = "".join(tab.locator(f".raw [data-f~={key}]").all_inner_texts())
    assert re.sub(r"\s", "", shown) == printed
    fact.get_by_role("link", name="原始版面").click()
    expect(raw).to_be_in_viewport()
    fact.get_by_role("link", name="正文").click()
    expect(words).to_be_in_viewport()
    if size == "wide":
        for part in (fact, words, raw):
            expect(part).to_be_in_viewport()


def test_words_lead_to_their_fact(go: Opener, site: Path) -> None:
    tab = go(_story(site))
    word = tab.locator(".text a.c").last
    word.click()
    key = str(word.get_attribute("data-f"))
    expect(tab.locator(f"#{key}")).to_have_class(re.compile("on"))
    expect(tab.locator(f"#{key}")).to_be_in_viewport()
    expect(tab.locator(f"#r-{key}")).to_be_in_viewport()
    tab.locator(".legend").get_by_label("机构").uncheck()
    background = "getComputedStyle(document.querySelector('.text .o')).backgroundColor"
    assert tab.evaluate(background) == "rgba(0, 0, 0, 0)"


def _story(site: Path) -> str:
    """The page of the story with the most facts."""
    stories = (s for p in read_pages(find_run(site.parent)) for s in p.stories)
    return f"stories/{max(stories, key=lambda s: len(s.facts)).row.story_id}.html"


def test_bars_lead_to_their_facts(go: Opener, site: Path) -> None:
    assert not re.search(r'href="[^"]*//', (site / "index.html").read_text("utf-8"))
    for n in range(3):
        tab = go("index.html")
        figure = tab.locator("figure").nth(n)
        told = figure.locator("svg a path").first.get_attribute("aria-label")
        figure.locator("svg a").first.click()
        tab.wait_for_url("**/facts.html#*")
        expect(tab.locator("#rows tbody tr").first).to_be_visible()
        assert f": {_found(tab):,}" == str(told)[str(told).index(":") :]


def test_the_keyboard_is_enough(go: Opener) -> None:
    tab = go("index.html")
    tab.keyboard.press("Tab")
    expect(tab.get_by_role("link", name="跳到正文")).to_be_focused()
    for _ in range(3):
        tab.keyboard.press("Tab")
    tab.keyboard.press("Enter")
    tab.wait_for_url("**/facts.html")
    search = tab.get_by_label("搜索", exact=True)
    for _ in range(20):
        tab.keyboard.press("Tab")
        if search.evaluate("e => e === document.activeElement"):
            break
    with _changing(tab):
        tab.keyboard.type("2400多名")
    link = tab.locator("#rows tbody a").first
    for _ in range(30):
        tab.keyboard.press("Tab")
        if link.evaluate("e => e === document.activeElement"):
            break
    assert link.evaluate("e => getComputedStyle(e).outlineStyle") == "solid"
    tab.keyboard.press("Enter")
    tab.wait_for_url("**/stories/*")
    chosen = tab.locator(".list li.on")
    expect(chosen).to_contain_text("2400多名")
    chosen.locator("a").first.focus()
    following = chosen.locator("+ li").get_attribute("id")
    tab.keyboard.press("ArrowDown")
    expect(chosen).to_have_attribute("id", str(following))
    expect(chosen.locator("a").first).to_be_focused()
    expect(tab.locator(f"#r-{following}")).to_have_class(re.compile("on"))
    tab.keyboard.press("Escape")
    expect(chosen).to_have_count(0)


def test_the_language_can_be_changed_and_stays(go: Opener, site: Path) -> None:
    tab = go("facts.html")
    tab.get_by_role("button", name="English").click()
    expect(tab.locator("h1")).to_have_text("Facts")
    expect(tab.locator("#status")).to_contain_text(" of ")
    expect(tab.get_by_role("button", name="Confidence")).to_be_visible()
    assert tab.locator("html").get_attribute("lang") == "en"
    for path in ("index.html", _story(site), "stories.html"):
        tab.goto((site / path).as_uri())
        expect(tab.get_by_role("link", name="Overview")).to_be_visible()
        words = tab.locator("[data-t]:not([data-t=language]):visible").all_inner_texts()
        assert not [w for w in words if re.search("[一-鿿]", w)]
    tab.get_by_role("button", name="中文").click()
    expect(tab.get_by_role("link", name="总览")).to_be_visible()


@pytest.mark.parametrize("size", SIZES)
def test_pages_fit_the_screen_and_can_be_read(
    go: Opener, context: BrowserContext, site: Path, size: str
) -> None:
    width, _ = SIZES[size]
    for path in ("index.html", "facts.html", "stories.html", f"{_story(site)}#f001"):
        tab = go(path, size)
        for scheme in ("light", "dark"):
            tab.emulate_media(color_scheme=scheme)
            assert tab.evaluate("document.documentElement.scrollWidth") <= width
            for selector in ("a", "button", "p", "dd", "dt", "td", "small", ".c", ".o", ".p", ".d"):
                if tab.locator(f"main {selector}").count():
                    assert tab.evaluate(CONTRAST, f"main {selector}") >= 4.5, (path, selector)
        sizes = tab.evaluate(
            "[...document.querySelectorAll('main *')].filter((e) => e.offsetParent && "
            "[...e.childNodes].some((n) => n.nodeType === 3 && n.data.trim()))"
            ".map((e) => parseFloat(getComputedStyle(e).fontSize))"
        )
        assert min(sizes) >= 10


def test_hostile_pages_are_harmless(go: Opener, tmp_path: Path) -> None:
    nasty = (
        "</script><script>alert(1)</script><img src=x onerror=alert(2)>\u2028\u202e\0\n"
        "广东省民政厅2025年6月19日称，有41家<b onclick=alert(4)>组织</b>，有7万名</textarea>\"'，\n"
    )
    raw, out = make_run(tmp_path, {"<img src=x onerror=alert(5)>.txt": nasty, "b.txt": nasty})
    made = write_report(out, raw=raw).folder
    pages = ["index.html", "stories.html", "facts.html"]
    pages += [f"stories/{p.name}#f001" for p in (made / "stories").iterdir()]
    for path in pages:
        tab = go(path, where=made)
        expect(tab.locator("main")).to_contain_text("41家" if "#" in path else "")
        assert tab.locator("img, main script, main iframe").count() == 0
    tab = go("facts.html", where=made)
    tab.get_by_label("搜索", exact=True).fill("<b onclick")
    expect(tab.locator("#rows tbody a").first).to_have_text("<b onclick=alert(4)>组织</b>")
    tab.locator("#rows tbody a").first.click()
    expect(tab.locator(".raw .on")).to_have_text("41家")


def test_the_policy_holds(context: BrowserContext, site: Path) -> None:
    tab = context.new_page()
    asked: list[str] = []
    tab.goto((site / "index.html").as_uri())
    tab.on("requestfinished", lambda r: asked.append(r.url))
    blocked = tab.evaluate(
        """async () => {
          const found = [];
          addEventListener("securitypolicyviolation", (e) => found.push(e.effectiveDirective));
          new Image().src = "https://report.invalid/x.png";
          const style = document.createElement("style");
          style.textContent = "body { display: none }";
          document.head.append(style);
          document.body.setAttribute("style", "color: red");
          try { await fetch("https://report.invalid/x"); } catch {}
          try { document.body.innerHTML = "<b>"; } catch { found.push("html"); }
          await new Promise((done) => setTimeout(done, 300));
          return found;
        }"""
    )
    tab.close()
    assert {"img-src", "style-src-elem", "style-src-attr", "connect-src", "html"} <= set(blocked)
    assert [url for url in asked if not url.startswith("file:")] == []


def test_fifty_thousand_facts(go: Opener, site: Path, tmp_path: Path) -> None:
    large = tmp_path / "large"
    shutil.copytree(site, large)
    _, out = make_run(tmp_path, many_facts(10, 100))
    data = BrowserData()
    pages = list(read_pages(find_run(out)))
    for _ in range(50):
        for page in pages:
            for story in page.stories:
                data.add(page.document, story)
    (large / "data" / "facts.js").write_text(script("facts", data.facts.columns()), "utf-8")
    (large / "data" / "stories.js").write_text(script("stories", data.stories.columns()), "utf-8")
    tab = go("facts.html", where=large)
    rows, status = tab.locator("#rows tbody tr"), tab.locator("#status")
    expect(status).to_have_text("50,000 / 50,000 条")
    expect(rows).to_have_count(100)
    tab.get_by_label("搜索", exact=True).fill("第33类 号")
    expect(status).to_have_text("500 / 50,000 条")
    tab.get_by_role("button", name="末页").click()
    expect(tab.locator("#page-of")).to_have_text("第 5 / 5 页")
    expect(tab.get_by_role("button", name="下一页")).to_be_disabled()
    tab.get_by_role("combobox", name="单位").select_option("家")
    expect(status).to_have_text("没有符合条件的记录。")
    tab.get_by_role("button", name="清除条件").click()
    tab.get_by_role("button", name="主体").click()
    expect(tab.locator("#page-of")).to_have_text("第 1 / 500 页")
    expect(rows.first).to_contain_text("第0类社会组织")
