"use strict";
// The table of facts: its columns, and what each filter lets pass.
(() => {
  const { facts, stories, say, table, make, textTest } = window.shilu;
  const size = facts.story?.length ?? 0;
  const of = (column, row) => column.d[column.i[row]];
  const number = (n) => n.toLocaleString("en", { maximumFractionDigits: 6 });

  const plain = (row) => {
    const value = facts.value[row];
    if (value === null) return "";
    const most = facts.max[row];
    return `${number(value)}${most === null ? "" : `–${number(most)}`}`;
  };

  // The number as printed; the plain number too, where that is not the same (7.5万 is 75,000).
  const valueCell = (row) => {
    const printed = of(facts.text, row);
    const same = `${facts.value[row]}${of(facts.unit, row)}` === printed;
    const cells = [make("b", {}, printed)];
    if (!same && plain(row)) cells.push(make("small", {}, ` ${plain(row)}`));
    return cells;
  };

  const subjectCell = (row) => {
    const story = facts.story[row];
    const href = `stories/${of(stories.id, story)}.html#${of(facts.key, row)}`;
    const subject = of(facts.subject, row);
    return [
      make("a", { href, class: subject ? undefined : "none" }, subject || say("no-subject")),
      make("q", {}, of(facts.quote, row)),
    ];
  };

  const dateCell = (row) => [of(facts.date, row)];
  const confidenceCell = (row) => {
    const value = facts.confidence[row] ?? 0;
    const cells = [make("meter", { min: 0, max: 1, value }), ` ${value.toFixed(2)}`];
    const doubt = of(facts.doubt, row);
    if (doubt) cells.push(make("span", { class: "doubt", title: doubt }, say("in-doubt")));
    return cells;
  };
  const storyCell = (row) => [of(stories.title, facts.story[row]) || say("untitled")];

  // Numbers of rows by text, most first.
  const common = (column) => {
    const counts = new Array(column?.d.length ?? 0).fill(0);
    for (const n of column?.i ?? []) counts[n]++;
    return counts.map((n, text) => [text, n]).filter(([, n]) => n).sort((a, b) => b[1] - a[1]);
  };
  const list = (id, column) => {
    const named = common(column).filter(([text]) => text).slice(0, 500);
    document.getElementById(id).append(...named.map(([text]) => make("option", { value: column.d[text] })));
  };

  const offer = () => {
    const units = document.forms.filters.elements.unit;
    const chosen = units.value;
    units.replaceChildren(
      make("option", { value: "" }, say("all-units")),
      ...common(facts.unit).map(([text, n]) => {
        const name = facts.unit.d[text];
        return make("option", { value: name || "-" }, `${name || say("no-unit")} (${n})`);
      }),
    );
    units.value = chosen;
  };

  const filters = (chosen) => {
    const tests = [];
    const fold = (text) => text.normalize("NFKC").toLowerCase();
    for (const name of ["place", "org"]) {
      if (chosen[name]) tests.push(textTest(facts[name], (text) => fold(text).includes(fold(chosen[name]))));
    }
    if (chosen.unit) {
      const unit = chosen.unit === "-" ? "" : chosen.unit;
      tests.push(textTest(facts.unit, (text) => text === unit));
    }
    // The whole period of a fact lies between the two days.
    if (chosen.from) tests.push(textTest(facts.from, (day) => day !== "" && day >= chosen.from));
    if (chosen.to) tests.push(textTest(facts.to, (day) => day !== "" && day <= chosen.to));
    if (chosen.confidence) {
      const least = Number(chosen.confidence) - 1e-9;
      tests.push((row) => facts.confidence[row] >= least);
    }
    if (chosen.certain) tests.push(textTest(facts.doubt, (text) => text === ""));
    return tests;
  };

  if (size) {
    list("places", facts.place);
    list("orgs", facts.org);
  }
  offer();
  window.shilu.onLanguage(offer);
  const columns = [
    { key: "place", column: facts.place, cell: (row) => [of(facts.place, row)], class: "place" },
    { key: "subject", column: facts.subject, cell: subjectCell, class: "subject" },
    { key: "value", column: facts.value, cell: valueCell, class: "value" },
    { key: "date", column: facts.from, cell: dateCell, class: "date" },
    { key: "org", column: facts.org, cell: (row) => [of(facts.org, row)], class: "org" },
    { key: "confidence", column: facts.confidence, cell: confidenceCell, class: "confidence" },
    { key: "story", cell: storyCell, class: "title" },
  ];
  const searched = ["subject", "text", "place", "org", "date", "quote"].map((name) => ({ column: facts[name] }));
  searched.push({ column: stories.title, via: facts.story }, { column: stories.path, via: facts.story });
  table({ columns, searched: searched.filter((c) => c.column), size, filters });
})();
