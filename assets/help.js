// The search of the questions: leaves those that hold every word, opens what fits inside and marks it. Nothing is sent.
(() => {
  const opened = new WeakSet(); // by the search, and folded again with it
  const plain = (text) => text.toLocaleLowerCase(document.documentElement.lang);

  // The question and the answer, without the link to it that stands below every one.
  const textsIn = (item) => {
    const walker = document.createTreeWalker(item, NodeFilter.SHOW_TEXT);
    const found = [];
    while (walker.nextNode()) if (!walker.currentNode.parentElement.closest(".answer-link")) found.push(walker.currentNode);
    return found;
  };
  const said = (item) => plain(textsIn(item).map((text) => text.data).join(" "));

  const places = (text, word) => {
    const ranges = [];
    const hay = plain(text.data);
    for (let at = hay.indexOf(word); at >= 0; at = hay.indexOf(word, at + word.length)) {
      const range = new Range();
      range.setStart(text, at);
      range.setEnd(text, at + word.length);
      ranges.push(range);
    }
    return ranges;
  };

  const mark = (items, words) => {
    if (!window.CSS?.highlights) return;
    const ranges = items.flatMap((item) => textsIn(item).flatMap((text) => words.flatMap((word) => places(text, word))));
    CSS.highlights.set("found", new Highlight(...ranges));
  };

  const fold = (item, open) => {
    if (open && !item.open) {
      item.open = true;
      opened.add(item);
    } else if (!open && opened.delete(item)) item.open = false;
  };

  const say = (box, wanted, count) => {
    const { all, one, many, none } = box.dataset;
    const words = !wanted ? all : count === 1 ? one : count ? many.replace("{n}", count) : none;
    document.getElementById(box.getAttribute("aria-describedby")).textContent = words;
  };

  const search = (box) => {
    const words = plain(box.value).split(/\s+/).filter(Boolean);
    const items = [...document.querySelectorAll(`#${box.dataset.finds} details`)];
    const fitting = items.filter((item) => words.every((word) => said(item).includes(word)));
    const wanted = words.length > 0;
    for (const item of items) {
      const fits = fitting.includes(item);
      item.hidden = !fits;
      const question = plain(item.querySelector("summary").textContent);
      fold(item, wanted && fits && !words.every((word) => question.includes(word)));
    }
    mark(wanted ? fitting : [], words);
    say(box, wanted, fitting.length);
  };

  document.addEventListener("input", (event) => {
    if (event.target.dataset?.finds) search(event.target);
  });
  // Whoever began to type before this was here is answered now.
  for (const box of document.querySelectorAll("input[data-finds]")) if (box.value) search(box);
  // An answer whose address is opened is shown, whatever was searched for before.
  window.addEventListener("hashchange", () => {
    const box = document.querySelector("input[data-finds]");
    if (box?.value && document.querySelector(location.hash || "#-")?.closest("details[hidden]")) {
      box.value = "";
      search(box);
      document.querySelector(location.hash).closest("details").open = true;
    }
  });
})();
