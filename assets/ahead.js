// What was drawn ahead on the server lies over the page until the page itself shows its rows. Runs before the
// first of it is painted, so that times are in the reader's zone and the rows where the page will have them.
(() => {
  "use strict";

  const LATEST_MS = 300;
  const drawn = document.getElementById("drawn");
  const path = location.pathname;
  // Where the rows began the last time: it depends on what header and toolbar hold. (The window's inner width
  // would be true to the pixel, and have everything laid out before it is complete.)
  const known = () => `drawn-gap ${path} ${outerWidth}`;

  for (const time of drawn.querySelectorAll("time")) {
    time.textContent = portal[time.dataset.shown](time.dateTime);
  }
  const gap = localStorage.getItem(known());
  if (gap) drawn.style.setProperty("--drawn-gap", `${Number(gap)}px`);

  // The page itself begins once the rows are painted; in a tab that nobody looks at, where nothing is, at once.
  let begun = false;
  const begin = () => {
    const waiting = document.getElementById("page-itself");
    if (begun || !waiting) return;
    begun = true;
    for (const later of document.querySelectorAll("script[data-src]")) {
      document.head.append(Object.assign(document.createElement("script"), { src: later.dataset.src }));
    }
    const script = document.createElement("script");
    script.type = "module";
    script.textContent = waiting.textContent;
    document.body.append(script);
  };
  // The browser says when the first of it stands on the screen: until then the page would only be in its way.
  const soon = () => {
    new PerformanceObserver((told) => told.getEntriesByName("first-contentful-paint").length && begin()).observe({
      type: "paint",
      buffered: true,
    });
    setTimeout(begin, LATEST_MS);
  };
  document.addEventListener("DOMContentLoaded", () => (document.hidden ? begin() : soon()));
  document.addEventListener("visibilitychange", begin);

  const page = () => document.getElementById("content");
  const shown = () => {
    const frame = page()?.querySelector(".table-frame");
    return frame?.querySelector("[aria-busy='true']") ? null : frame;
  };
  const remember = (frame) =>
    localStorage.setItem(known(), frame.getBoundingClientRect().top - page().getBoundingClientRect().top);
  const watch = new MutationObserver(() => {
    if (page()) drawn.dataset.framed = "";
    const frame = shown();
    if (!frame && location.pathname === path) return;
    watch.disconnect();
    if (frame) remember(frame);
    drawn.remove();
  });
  watch.observe(document.documentElement, {
    childList: true,
    subtree: true,
    attributes: true,
    attributeFilter: ["aria-busy"],
  });
})();
