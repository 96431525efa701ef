// Runs before anything is drawn: decides the language, and holds the few behaviours that need no state.
// Served from our own address as a plain file, so the Content-Security-Policy needs no exception for it.
(() => {
  "use strict";

  const root = document.documentElement;
  // Where the server drew something it has chosen, in the same way; the browser takes a while to open its cookies.
  const chosen = () => {
    const cookie = /(?:^|;\s*)language=(en|sv)\b/.exec(document.cookie)?.[1];
    const asked = (navigator.languages ?? []).map((tag) => tag.slice(0, 2).toLowerCase());
    return cookie ?? asked.find((tag) => tag === "en" || tag === "sv") ?? "en";
  };
  const language = root.dataset.language ?? chosen();
  root.lang = language;

  // The router notes how far a page was scrolled as it is left, which is when the browser would have to style
  // all of it once more to say so. It is told what was so at the last scroll.
  const asItIs = Object.getOwnPropertyDescriptor(window, "scrollY");
  let scrolled = 0;
  addEventListener("scroll", () => (scrolled = scrollY), { passive: true });
  const asItWas = { configurable: true, get: () => scrolled };
  addEventListener("pagehide", () => Object.defineProperty(window, "scrollY", asItWas), { capture: true });
  addEventListener("pageshow", () => asItIs && Object.defineProperty(window, "scrollY", asItIs));

  // The scripts of a page whose rows are painted first (web/ahead.py) are fetched meanwhile. Those of a build
  // that has run in this browser lie in its cache: asking for forty of them would hold the rows up.
  const fetched = document.querySelectorAll("link[data-fetch]");
  const build = fetched[0]?.getAttribute("href");
  if (build && localStorage.getItem("build") !== build) {
    for (const link of fetched) {
      Object.assign(link, { as: "script", crossOrigin: "anonymous", fetchPriority: "low", rel: "preload" });
    }
    addEventListener("load", () => localStorage.setItem("build", build));
  }

  const locale = language === "sv" ? "sv-SE" : "en-GB";
  // Made when they are first asked for: seven of them would hold each page up for a few milliseconds.
  const once = (make) => {
    let made;
    return () => (made ??= make());
  };
  const format = (options) => once(() => new Intl.DateTimeFormat(locale, options));
  const clock = format({ hour: "2-digit", minute: "2-digit" });
  const shortDay = format({ day: "numeric", month: "short" });
  const longDay = format({ day: "numeric", month: "short", year: "numeric" });
  const everything = format({ dateStyle: "full", timeStyle: "long" });
  const wholeDay = format({ dateStyle: "full" });
  const nearby = once(() => new Intl.RelativeTimeFormat(locale, { numeric: "auto" }));
  const grouped = once(() => new Intl.NumberFormat(locale));

  const isDate = (iso) => iso.length === 10;
  // A date without a time means that day here; read as is, it would be midnight in Greenwich.
  const read = (iso) => new Date(isDate(iso) ? `${iso}T00:00` : iso);
  const startOfDay = (time) => new Date(time).setHours(0, 0, 0, 0);
  const daysAhead = (time) => Math.round((startOfDay(time) - startOfDay(Date.now())) / 86_400_000);
  const tidy = (text) => (text.charAt(0).toUpperCase() + text.slice(1)).replaceAll(".", "").replace("Sept", "Sep");

  const day = (iso) => {
    if (!iso) return "";
    const time = read(iso);
    const thisYear = time.getFullYear() === new Date().getFullYear();
    return tidy((thisYear ? shortDay : longDay)().format(time));
  };
  const moment = (iso) => {
    if (!iso) return "";
    const time = read(iso);
    const ahead = daysAhead(time);
    const name = Math.abs(ahead) < 2 ? tidy(nearby().format(ahead, "day")) : day(iso);
    return isDate(iso) ? name : `${name} ${clock().format(time)}`;
  };
  const when = (iso) => {
    if (!iso) return "";
    const ahead = daysAhead(read(iso));
    if (ahead === 0) return moment(iso);
    return Math.abs(ahead) < 2 ? tidy(nearby().format(ahead, "day")) : day(iso);
  };
  const exact = (iso) => (iso ? (isDate(iso) ? wholeDay : everything)().format(read(iso)) : "");
  const number = (value) => grouped().format(value ?? 0);

  window.portal = Object.freeze({ language, swedish: language === "sv", day, moment, when, exact, number });

  // "/" goes to the page's search box, unless somebody is typing.
  const typing = (target) => target.closest?.("input, textarea, select, [contenteditable]");
  document.addEventListener("keydown", (event) => {
    if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey || typing(event.target)) return;
    const box = document.querySelector("[data-hotkey='/']");
    if (!box) return;
    event.preventDefault();
    box.focus();
    box.select();
  });

  // A box that answers each key belongs to whoever types in it; else it shows what the server holds.
  const hold = (box) => {
    if (box !== document.activeElement && box.value !== box.dataset.holds) box.value = box.dataset.holds;
  };
  new MutationObserver((changes) => changes.forEach((change) => hold(change.target))).observe(root, {
    subtree: true,
    attributes: true,
    attributeFilter: ["data-holds"],
  });
  document.addEventListener("focusout", (event) => {
    if (event.target.dataset?.holds !== undefined) setTimeout(hold, 1000, event.target);
  });

  // The six boxes of a code are drawn beside one real input: they only need to know how much of it is filled.
  const digitsOnly = (input) => {
    const digits = input.value.replace(/\D/g, "").slice(0, 6);
    if (digits !== input.value) input.value = digits;
    input.parentElement.dataset.filled = String(digits.length);
  };
  document.addEventListener("input", (event) => {
    if (event.target.matches?.("[data-code]")) digitsOnly(event.target);
    // A recovery code stands in for the code of the authenticator.
    const instead = event.target.dataset?.instead;
    if (instead) document.getElementById(instead).required = event.target.value.trim() === "";
    const chosen = event.target.closest?.(".file-input")?.querySelector("output");
    if (chosen) chosen.value = [...event.target.files].map((file) => file.name).join(", ");
  });

  // A native form goes once, however often its button is hit; it opens again when the page is returned to.
  const fillHere = (form) => {
    for (const input of form.querySelectorAll("input[data-here]")) input.value = location.pathname + location.search + location.hash;
  };
  document.addEventListener("submit", (event) => {
    const form = event.target;
    fillHere(form);
    if (!form.matches("[data-once]")) return;
    if (form.dataset.sent) event.preventDefault();
    form.dataset.sent = "true";
  });
  window.addEventListener("pageshow", () => {
    for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent;
  });

  // Buttons that open or close a whole list of questions, print, or copy a text.
  const copy = async (button) => {
    await navigator.clipboard.writeText(document.getElementById(button.dataset.copy).innerText);
    button.dataset.copied = "true";
    setTimeout(() => delete button.dataset.copied, 2000);
  };
  document.addEventListener("click", (event) => {
    const button = event.target.closest?.("button");
    if (!button) return;
    if (button.dataset.unfold) {
      const open = button.dataset.open === "true";
      for (const item of document.querySelectorAll(`#${button.dataset.unfold} details`)) item.open = open;
    }
    if (button.dataset.copy) copy(button);
    if ("print" in button.dataset) window.print();
  });

  // The address of an answer unfolds it. Pages are drawn after they have loaded, so the answer may be on its way.
  const named = () => (/^#[a-z][a-z0-9-]{1,40}$/.test(location.hash) ? document.querySelector(location.hash) : null);
  const unfoldNamed = () => {
    const item = named()?.closest(".disclosures details");
    if (!item) return;
    item.open = true;
    item.scrollIntoView();
    item.querySelector("summary").focus({ preventScroll: true });
  };
  const unfoldOnceDrawn = () => {
    if (!location.hash || named()) return unfoldNamed();
    const drawing = new MutationObserver(() => {
      if (!named()) return;
      drawing.disconnect();
      unfoldNamed();
    });
    drawing.observe(root, { childList: true, subtree: true });
    setTimeout(() => drawing.disconnect(), 15_000);
  };
  window.addEventListener("hashchange", unfoldNamed);
  unfoldOnceDrawn();

  // Paper unfolds nothing: every answer is printed, and folded again afterwards.
  window.addEventListener("beforeprint", () => {
    for (const item of document.querySelectorAll(".disclosures details:not([open])")) {
      item.open = true;
      item.dataset.printed = "true";
    }
  });
  window.addEventListener("afterprint", () => {
    for (const item of document.querySelectorAll("details[data-printed]")) {
      item.open = false;
      delete item.dataset.printed;
    }
  });

  // A dialog that was opened by the page, not by a button of its own, gives the keyboard back to where it was.
  let before = null;
  document.addEventListener("focusin", (event) => {
    if (!event.target.closest("[role='dialog'], [role='menu']")) before = event.target;
  });
  const giveBack = () => {
    if (document.activeElement !== document.body || !before?.isConnected) return;
    // What it was in may have been folded meanwhile.
    const folded = before.closest("details:not([open])");
    (folded ? folded.querySelector("summary") : before).focus({ preventScroll: true });
  };
  document.addEventListener("DOMContentLoaded", () => {
    new MutationObserver((changes) => {
      if (changes.some((change) => change.removedNodes.length)) requestAnimationFrame(giveBack);
    }).observe(document.body, { childList: true });
  });

  // Paper is white, whatever the screen is.
  let dimmed = [];
  addEventListener("beforeprint", () => {
    dimmed = [...document.querySelectorAll(".dark")];
    for (const each of dimmed) each.classList.replace("dark", "light");
  });
  addEventListener("afterprint", () => {
    for (const each of dimmed) each.classList.replace("light", "dark");
    dimmed = [];
  });

  // The server asks for a full load when the session behind this page has ended or was renewed elsewhere.
  // Something typed may be on it: `session.js` then keeps the page.
  let leaving = null;
  new MutationObserver(() => {
    const mark = document.querySelector("[data-load-anew]");
    if (!mark || mark === leaving) return;
    leaving = mark;
    if (document.dispatchEvent(new Event("portal:leave", { cancelable: true }))) location.assign(mark.dataset.loadAnew);
  }).observe(root, { childList: true, subtree: true });

  // After a change of page without a load, the keyboard starts at the new page's content, not nowhere.
  let path = location.pathname;
  const settle = (frames) => {
    if (document.activeElement === document.body) document.getElementById("content")?.focus({ preventScroll: true });
    else if (frames) requestAnimationFrame(() => settle(frames - 1));
  };
  new MutationObserver(() => {
    if (location.pathname === path) return;
    path = location.pathname;
    // What led here from the side still stands there.
    if (document.activeElement?.closest(".sidebar")) document.activeElement.blur();
    settle(120);
    unfoldOnceDrawn();
  }).observe(document.head, { childList: true, subtree: true, characterData: true });
})();
