"use strict";
// A table of many rows: searched, filtered, sorted, and shown a page at a time. Its rows are
// numbers; what they hold lies in the columns of the data, texts as {d: each once, i: by row}.
(() => {
  const { say } = window.shilu;
  const PAGE = 100;
  const folded = (text) => text.normalize("NFKC").toLowerCase();

  // An element with attributes, holding texts and other elements. Never HTML.
  const make = (name, attributes = {}, ...children) => {
    const e = document.createElement(name);
    for (const [key, value] of Object.entries(attributes)) {
      if (value !== undefined && value !== false) e.setAttribute(key, value === true ? "" : value);
    }
    e.append(...children);
    return e;
  };

  // For each row whether `test` holds for its text; every text is tried once.
  const textTest = (column, test) => {
    const holds = Uint8Array.from(column.d, (text) => (test(text) ? 1 : 0));
    return (row) => holds[column.i[row]] === 1;
  };

  // Numbers to sort by, one a row: texts by the order of the Chinese language, none comes last.
  const ranks = (column, size) => {
    if (!column.d) return Float64Array.from({ length: size }, (_, row) => column[row] ?? NaN);
    const compare = new Intl.Collator("zh-CN", { numeric: true }).compare;
    const order = column.d.map((_, n) => n).sort((a, b) => compare(column.d[a], column.d[b]));
    const rank = new Float64Array(column.d.length);
    order.forEach((n, at) => (rank[n] = column.d[n] ? at : NaN));
    return Float64Array.from(column.i, (n) => rank[n]);
  };

  // `columns`: {key, column to sort by, cell(row), class}; `searched`: {column of text, via: the
  // rows of another table, by row}; `size`: number of rows.
  // `filters(values)` gives tests that a row must pass; all of `values` are texts.
  const table = ({ columns, searched, size, filters }) => {
    const form = document.getElementById("filters");
    const head = document.querySelector("#rows thead tr");
    const body = document.querySelector("#rows tbody");
    const pager = document.getElementById("pager");
    const status = document.getElementById("status");
    const active = document.getElementById("active");
    const sorted = new Map(); // key of a column → its ranks
    let found = [];
    let page = 0;
    let sort = "";
    let haystack = null;

    const searchText = () => {
      if (haystack) return haystack;
      const folds = searched.map(({ column, via }) => ({ d: column.d.map(folded), i: column.i, via }));
      haystack = Array.from({ length: size }, (_, row) =>
        folds.map((c) => c.d[c.i[c.via ? c.via[row] : row]]).join("\n"),
      );
      return haystack;
    };

    const values = () => {
      const all = {};
      for (const e of form.elements) {
        if (!e.name || e.name === "sort" || e.tagName === "OUTPUT") continue;
        const value = e.type === "checkbox" ? (e.checked ? "1" : "") : e.value.trim();
        if (value && !(e.type === "range" && Number(value) === 0)) all[e.name] = value;
      }
      return all;
    };

    const remember = () => {
      const hash = new URLSearchParams(values());
      if (sort) hash.set("sort", sort);
      if (page) hash.set("page", page + 1);
      const text = hash.toString();
      history.replaceState(null, "", text ? `#${text}` : location.pathname + location.search);
    };

    const recall = () => {
      const hash = new URLSearchParams(location.hash.slice(1));
      for (const e of form.elements) {
        if (!e.name || e.tagName === "OUTPUT") continue;
        const value = hash.get(e.name);
        if (e.type === "checkbox") e.checked = value === "1";
        else e.value = value ?? (e.type === "range" ? "0" : "");
      }
      const key = (hash.get("sort") ?? "").replace(/^-/, "");
      sort = columns.some((c) => c.key === key && c.column) ? hash.get("sort") : "";
      refresh();
      turn(Number(hash.get("page") ?? 1) - 1);
    };

    const refresh = () => {
      const chosen = values();
      const tests = filters(chosen);
      const terms = folded(chosen.q ?? "").split(/\s+/).filter(Boolean);
      if (terms.length) {
        const text = searchText();
        tests.push((row) => terms.every((term) => text[row].includes(term)));
      }
      found = [];
      for (let row = 0; row < size; row++) {
        if (tests.every((test) => test(row))) found.push(row);
      }
      order();
      page = 0;
    };

    const order = () => {
      if (!sort) return;
      const down = sort.startsWith("-");
      const key = down ? sort.slice(1) : sort;
      if (!sorted.has(key)) sorted.set(key, ranks(columns.find((c) => c.key === key).column, size));
      const rank = sorted.get(key);
      const sign = down ? -1 : 1;
      found.sort((a, b) => {
        const [x, y] = [rank[a], rank[b]];
        if (Number.isNaN(x) || Number.isNaN(y)) return Number.isNaN(x) - Number.isNaN(y) || a - b;
        return sign * (x - y) || a - b;
      });
    };

    const count = (n) => n.toLocaleString(window.shilu.locale());

    const show = () => {
      const pages = Math.max(1, Math.ceil(found.length / PAGE));
      const rows = found.slice(page * PAGE, (page + 1) * PAGE);
      body.replaceChildren(
        ...rows.map((row) =>
          make(
            "tr",
            {},
            ...columns.map((c) =>
              make("td", { class: c.class, "data-label": say(c.key) }, ...c.cell(row)),
            ),
          ),
        ),
      );
      status.textContent = found.length
        ? say("found", { found: count(found.length), all: count(size) })
        : say("none-found");
      document.getElementById("page-of").textContent = say("page-of", {
        page: count(page + 1),
        pages: count(pages),
      });
      pager.hidden = pages === 1;
      for (const b of pager.querySelectorAll("button")) {
        b.disabled = ["first", "previous"].includes(b.value) ? page === 0 : page === pages - 1;
      }
      if (form.elements.least) form.elements.least.value = Number(form.elements.confidence.value).toFixed(2);
      const filtered = Object.keys(values()).filter((name) => name !== "q").length;
      if (active) active.textContent = filtered ? `(${filtered})` : "";
      showHead();
    };

    const showHead = () => {
      const down = sort.startsWith("-");
      const key = down ? sort.slice(1) : sort;
      const focused = document.activeElement?.closest?.("th")?.dataset.key;
      head.replaceChildren(
        ...columns.map((c) => {
          const on = c.key === key;
          const state = on ? (down ? "descending" : "ascending") : c.column ? "none" : undefined;
          const th = make("th", { scope: "col", class: c.class, "data-key": c.key, "aria-sort": state });
          if (!c.column) th.append(say(c.key));
          else {
            const arrow = make("span", { "aria-hidden": "true" }, on ? (down ? " ↓" : " ↑") : "");
            const button = make("button", { type: "button" }, say(c.key), arrow);
            button.addEventListener("click", () => {
              sort = on && !down ? `-${key}` : on && down ? "" : c.key;
              again();
            });
            th.append(button);
          }
          return th;
        }),
      );
      if (focused) head.querySelector(`[data-key="${focused}"] button`)?.focus();
      const choices = columns.filter((c) => c.column);
      form.elements.sort.replaceChildren(
        make("option", { value: "" }, say("reading-order")),
        ...choices.flatMap((c) => [
          make("option", { value: c.key }, `${say(c.key)} ↑`),
          make("option", { value: `-${c.key}` }, `${say(c.key)} ↓`),
        ]),
      );
      form.elements.sort.value = sort;
    };

    const turn = (to) => {
      page = Math.min(Math.max(0, to || 0), Math.max(0, Math.ceil(found.length / PAGE) - 1));
      show();
      remember();
    };

    const again = () => {
      refresh();
      turn(0);
    };

    let waiting = 0;
    form.addEventListener("input", (event) => {
      if (event.target.name === "sort") sort = event.target.value;
      clearTimeout(waiting);
      waiting = setTimeout(again, 120);
    });
    form.addEventListener("submit", (event) => event.preventDefault());
    form.addEventListener("reset", () => {
      sort = "";
      setTimeout(again);
    });
    pager.addEventListener("click", (event) => {
      const way = event.target.closest("button")?.value;
      const to = { first: 0, previous: page - 1, next: page + 1, last: Infinity }[way];
      if (to === undefined) return;
      turn(to);
      document.getElementById("rows").scrollIntoView();
    });
    window.addEventListener("hashchange", recall);
    window.shilu.onLanguage(show);
    form.hidden = false;
    recall();
    // On a narrow screen the filters would hide the table.
    const more = document.getElementById("more");
    const wide = window.matchMedia("(min-width: 641px)");
    if (more) more.open = wide.matches || !!active.textContent;
    wide.addEventListener("change", () => {
      if (more && wide.matches) more.open = true; // no summary is there to unfold them
    });
  };
  Object.assign(window.shilu, { table, make, textTest });
})();
