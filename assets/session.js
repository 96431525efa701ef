// Warns a minute before the session ends, keeps the page when it has ended, and goes on in it after signing in again.
//
// The server alone decides when a session ends; this script asks it, without keeping the session alive. What was
// typed is remembered in this tab's memory only, never stored, and no passwords and codes; it is put back when a
// field is drawn anew.
(() => {
  "use strict";

  const WARNING = 60;
  const LOOK_EVERY = 5;
  const SECRET = /password|code|csrf/;
  const channel = "BroadcastChannel" in window ? new BroadcastChannel("nexus-session") : null;
  const tell = (word) => channel?.postMessage(word);

  let place = ""; // whose session this page belongs to, as the server calls it
  let endsAt = 0;
  let over = false;
  let timer = 0;
  let ticking = 0;

  // ------------------------------------------------------------------ what was typed

  const typed = new Map();
  const touched = new WeakSet();
  const kinds = "input, textarea, select";
  const keyOf = (control) => {
    const name = control.id || control.name;
    return name ? `${control.form?.getAttribute("action") ?? ""} ${name}` : "";
  };
  const keeps = (control) =>
    !["password", "hidden", "file", "search", "submit"].includes(control.type) &&
    !SECRET.test(`${control.name} ${control.autocomplete}`) &&
    !control.matches("[data-code], [data-hotkey]") &&
    keyOf(control) !== "";
  const valueOf = (control) => (["checkbox", "radio"].includes(control.type) ? control.checked : control.value);

  const note = (event) => {
    const control = event.target;
    if (!event.isTrusted || !control.matches?.(kinds) || !keeps(control)) return;
    touched.add(control);
    typed.set(keyOf(control), valueOf(control));
  };
  const forget = (form) => {
    for (const control of form.elements) typed.delete(keyOf(control));
  };
  const put = (control, value) => {
    const name = typeof value === "boolean" ? "checked" : "value";
    Object.getOwnPropertyDescriptor(Object.getPrototypeOf(control), name).set.call(control, value);
    for (const kind of ["input", "change"]) control.dispatchEvent(new Event(kind, { bubbles: true }));
  };
  const putBack = () => {
    for (const control of document.querySelectorAll(kinds)) {
      const key = keyOf(control);
      if (touched.has(control) || !keeps(control) || !typed.has(key)) continue;
      touched.add(control);
      if (valueOf(control) !== typed.get(key)) put(control, typed.get(key));
    }
  };

  // ------------------------------------------------------------------ the dialog

  const dialog = () => document.getElementById("session-end");
  // The page may have a dialog of its own open, which hides what lies around it from screen readers, and would
  // take a press beside it as the wish to close it.
  const uncovered = [];
  const uncover = (box) => {
    for (let part = box; part; part = part.parentElement) {
      if (part.getAttribute("aria-hidden") !== "true") continue;
      part.removeAttribute("aria-hidden");
      uncovered.push(part);
    }
    if (box.dataset.apart) return;
    box.dataset.apart = "true";
    for (const kind of ["pointerdown", "mousedown", "touchstart", "focusin"]) {
      box.addEventListener(kind, (event) => event.stopPropagation());
    }
  };
  const coverAgain = () => {
    for (const part of uncovered.splice(0)) part.setAttribute("aria-hidden", "true");
  };
  const show = (state) => {
    const box = dialog();
    if (!box) return;
    uncover(box);
    box.dataset.state = state;
    for (const part of box.querySelectorAll("[data-when]")) part.hidden = !part.dataset.when.split(" ").includes(state);
    box.setAttribute("aria-labelledby", `session-${state}-title`);
    box.setAttribute("aria-describedby", `session-${state}-text`);
    if (!box.open) box.showModal();
    box.querySelector("[data-when]:not([hidden]) [data-first]")?.focus();
  };
  const hide = () => {
    clearInterval(ticking);
    ticking = 0;
    if (dialog()?.open) dialog().close();
    coverAgain();
  };
  const count = () => {
    const left = Math.max(0, Math.ceil((endsAt - Date.now()) / 1000));
    for (const part of dialog()?.querySelectorAll("[data-seconds]") ?? []) {
      part.textContent = part.dataset.seconds.replace("#", String(left));
    }
    const aloud = dialog()?.querySelector("[data-aloud]");
    if (aloud && [30, 10].includes(left)) aloud.textContent = aloud.dataset.aloud.replace("#", String(left));
    if (left === 0 || left % LOOK_EVERY === 0) look();
  };
  const warn = (state) => {
    if (ticking && dialog()?.open && dialog().dataset.state === state) return;
    hide();
    show(state);
    ticking = setInterval(count, 1000);
    count();
  };

  // ------------------------------------------------------------------ the session

  const leave = () => location.reload(); // without a session the server answers with the sign-in page
  const ended = () => {
    // An end before its time was meant: somebody signed out, or was. Then nothing stays on the screen.
    const meant = Date.now() < endsAt - 10_000;
    over = true;
    hide();
    if (typed.size === 0 || meant || !dialog()) leave();
    else show("ended");
  };
  const goOn = () => {
    over = false;
    // Reflex opens a new socket, which carries the new cookie, and loads the page's data again.
    window.dispatchEvent(new PageTransitionEvent("pagehide", { persisted: false }));
    document.dispatchEvent(new Event("visibilitychange"));
  };
  const learn = (answer, renew = false) => {
    clearTimeout(timer);
    if (!answer.signed_in) {
      if (place) ended();
      return;
    }
    if (place && place !== answer.place) {
      leave();
      return;
    }
    place = answer.place;
    const left = Math.min(answer.idle, answer.absolute);
    endsAt = Date.now() + left * 1000;
    if (over || renew) {
      hide();
      goOn();
    }
    if (left > WARNING) {
      hide();
      timer = setTimeout(look, (left - WARNING) * 1000);
    } else warn(answer.absolute <= answer.idle ? "absolute" : "idle");
  };
  const ask = async (what, method) => {
    try {
      const answer = await fetch(`/session/${what}`, { method, headers: { Accept: "application/json" } });
      return answer.ok ? await answer.json() : null;
    } catch {
      return null; // not connected: the banner says so, and the next look tries again
    }
  };
  const look = async (renew = false) => {
    const answer = await ask("ends", "GET");
    if (answer) learn(answer, renew === true);
    else timer = setTimeout(look, LOOK_EVERY * 1000);
  };
  const stay = async () => {
    const answer = await ask("stay", "POST");
    if (answer) learn(answer);
    tell("stayed");
  };

  document.addEventListener("input", note);
  document.addEventListener("change", note);
  document.addEventListener("submit", (event) => forget(event.target));
  document.addEventListener("click", (event) => {
    if (event.target.closest?.("[data-stay]")) stay();
    if (event.target.closest?.("[data-understood]")) {
      dialog().close();
      coverAgain();
    }
  });
  window.addEventListener(
    "keydown",
    (event) => {
      if (event.key !== "Escape" || !dialog()?.open) return;
      event.preventDefault();
      event.stopImmediatePropagation();
    },
    true,
  );
  document.addEventListener(
    "cancel",
    (event) => {
      if (event.target === dialog()) event.preventDefault();
    },
    true,
  );
  document.addEventListener(
    "close",
    (event) => {
      if (event.target === dialog() && over) show("ended");
    },
    true,
  );
  document.addEventListener("visibilitychange", (event) => {
    if (event.isTrusted && document.visibilityState === "visible" && place) look();
  });
  channel?.addEventListener("message", () => {
    if (place) look();
  });
  // The server asks for a full load because this page's session has ended or was renewed in another tab.
  document.addEventListener("portal:leave", (event) => {
    if (typed.size === 0 || !place) return;
    event.preventDefault();
    if (!over) look(true);
  });

  // The session got a new id without a new page, see `take.js`.
  document.addEventListener("portal:renewed", goOn);

  let path = location.pathname;
  const begin = async () => {
    new MutationObserver(() => {
      if (location.pathname !== path) {
        path = location.pathname;
        typed.clear();
      }
      if (typed.size) putBack();
    }).observe(document.body, { childList: true, subtree: true });
    await look();
    if (place) tell("here");
  };
  // Where rows are painted first (`ahead.js`) this comes once the document is there.
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", begin);
  else begin();
})();
