"use strict";
// The language of the interface: the words that pages are written in, and a button for the other.
(() => {
  const words = window.shilu.words;
  const languages = { zh: "zh-CN", en: "en" };
  const listeners = [];
  let language = words.default;

  // A message, with the values of `cells` in the places that it names: {found}.
  const say = (key, cells = {}) =>
    words[language][key].replace(/\{(\w+)\}/g, (_, name) => cells[name] ?? "");

  const tell = () => {
    document.documentElement.lang = languages[language];
    for (const e of document.querySelectorAll("[data-t]")) {
      e.textContent = say(e.dataset.t, { n: e.dataset.n });
    }
    for (const e of document.querySelectorAll("[data-ta]")) {
      const [name, key] = e.dataset.ta.split(":");
      e.setAttribute(name, say(key));
    }
    for (const listener of listeners) listener();
  };

  // Where a browser keeps nothing for files, each page begins in the language of the report.
  const kept = (value) => {
    try {
      if (value) localStorage.setItem("shilu-language", value);
      return localStorage.getItem("shilu-language");
    } catch {
      return null;
    }
  };

  const button = document.getElementById("language");
  button.hidden = false;
  button.addEventListener("click", () => {
    language = language === "zh" ? "en" : "zh";
    kept(language);
    tell();
  });
  window.shilu.say = say;
  window.shilu.locale = () => languages[language];
  window.shilu.onLanguage = (listener) => listeners.push(listener);
  if (kept() in languages) language = kept();
  if (language !== words.default) tell();
})();
