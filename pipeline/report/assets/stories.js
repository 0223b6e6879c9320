"use strict";
// The list of stories.
(() => {
  const { stories, say, table, make } = window.shilu;
  const size = stories.facts?.length ?? 0;
  const of = (column, row) => column.d[column.i[row]];
  const text = (key) => ({ key, column: stories[key], cell: (row) => [of(stories[key], row)], class: key });
  const titleCell = (row) => {
    const href = `stories/${of(stories.id, row)}.html`;
    return [make("a", { href }, of(stories.title, row) || say("untitled"))];
  };
  const columns = [
    { key: "title", column: stories.title, cell: titleCell, class: "subject" },
    text("source"),
    text("place"),
    text("published"),
    { key: "facts", column: stories.facts, cell: (row) => [String(stories.facts[row])], class: "value" },
    text("path"),
  ];
  const names = ["title", "source", "place", "published", "path"];
  const searched = names.map((name) => ({ column: stories[name] })).filter((c) => c.column);
  table({ columns, searched, size, filters: () => [] });
})();
