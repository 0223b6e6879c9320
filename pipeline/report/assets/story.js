"use strict";
// The page of a story: a fact, chosen anywhere, is shown in its list, the text and the raw page.
(() => {
  const panes = [...document.querySelectorAll(".pane")];
  const facts = [...document.querySelectorAll(".list li")];
  const wide = window.matchMedia("(min-width: 900px) and (min-height: 560px)");
  const parts = (key) => document.querySelectorAll(`[data-f~="${key}"]`);

  // Bring `e` to the middle of its pane, if that rolls by itself; the page stays where it is.
  const reveal = (pane, e) => {
    if (getComputedStyle(pane).overflowY !== "auto") return;
    const [outer, inner] = [pane.getBoundingClientRect(), e.getBoundingClientRect()];
    pane.scrollTop += inner.top - outer.top - (outer.height - inner.height) / 2;
  };

  const choose = (key) => {
    for (const e of document.querySelectorAll(".on[data-f]")) e.classList.remove("on");
    for (const e of facts) e.querySelector("a").removeAttribute("aria-current");
    if (!key) return;
    for (const e of parts(key)) e.classList.add("on");
    document.querySelector(`#${key} a`)?.setAttribute("aria-current", "true");
    for (const pane of panes) {
      const first = pane.querySelector(`[data-f~="${key}"]:not(.q)`);
      if (first) reveal(pane, first);
    }
  };

  const chosen = () => /^#(?:[tr]-)?(f\d+)$/.exec(location.hash)?.[1];
  window.addEventListener("hashchange", () => choose(chosen()));

  // A second click on the same link changes no hash, but means the same.
  document.addEventListener("click", (event) => {
    const link = event.target.closest('a[href^="#"]');
    if (!link) return;
    const key = /^#(?:[tr]-)?(f\d+)$/.exec(link.hash)?.[1];
    if (!key) return;
    if (wide.matches) {
      event.preventDefault(); // the page need not move: all three panes are in sight
      history.replaceState(null, "", link.hash);
    }
    choose(key);
  });

  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") {
      choose(null);
      history.replaceState(null, "", location.pathname + location.search);
    }
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    const at = facts.indexOf(document.activeElement.closest(".list li"));
    const next = facts[at + step];
    if (!step || at < 0 || !next) return;
    event.preventDefault();
    next.querySelector("a").focus({ preventScroll: wide.matches });
    history.replaceState(null, "", `#${next.id}`);
    choose(next.id);
  });

  // The legend shows and hides each kind of mark.
  for (const box of document.querySelectorAll(".legend input")) {
    box.disabled = false;
    box.addEventListener("change", () => document.body.classList.toggle(`no-${box.name}`, !box.checked));
  }
  const keys = document.querySelector(".keys");
  if (keys) keys.hidden = false;
  // The raw page begins with its other stories: begin with this one.
  const before = document.querySelector(".raw pre > .away:first-child");
  if (before) before.closest(".pane").scrollTop = before.offsetTop + before.offsetHeight - 90;
  choose(chosen());
})();
