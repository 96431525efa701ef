// Fetches the file that a form with a second factor is answered by. A browser would close this page's socket
// when the form goes, although the page stays; and it would keep a file that broke off. Here a file is kept whole
// or not at all. Without this script the browser posts the form itself.
(() => {
  "use strict";

  if (window.portalTakes) return;
  window.portalTakes = true;

  let taking = false;

  const named = (answer) => /filename="([^"]+)"/.exec(answer.headers.get("Content-Disposition") ?? "")?.[1];

  const keep = (file, name) => {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(file);
    link.download = name;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
  };

  // The session has another id now, or the page has something to say: it is loaded again by a new socket.
  const goOn = () => document.dispatchEvent(new Event("portal:renewed"));

  // A refused form is for another try: with what was chosen, without what was proven by.
  const again = (form) => {
    const code = form.querySelector("[data-code]");
    for (const name of ["code", "recovery", "passkey"]) form.elements[name].value = "";
    form.querySelector("button[data-passkey]").disabled = false;
    code.required = true;
    code.dispatchEvent(new Event("input", { bubbles: true }));
    code.focus();
  };

  const take = async (form) => {
    const status = form.querySelector("[data-taking]");
    const body = new URLSearchParams(new FormData(form));
    status.textContent = status.dataset.taking;
    taking = true;
    try {
      const answer = await fetch(form.getAttribute("action"), { method: "POST", body, redirect: "manual" });
      const name = named(answer);
      if (name) keep(await answer.blob(), name);
      const refused = answer.type === "opaqueredirect";
      status.textContent = refused || name ? "" : await answer.text();
      if (refused) again(form);
      if (refused || name) goOn();
    } catch {
      status.textContent = status.dataset.broken;
    } finally {
      taking = false;
    }
  };

  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (!form.matches("[data-take]") || event.defaultPrevented) return;
    event.preventDefault();
    take(form).finally(() => delete form.dataset.sent);
  });

  // The old id is good for nothing while the file is on its way: the page waits for it.
  document.addEventListener("portal:leave", (event) => {
    if (taking) event.preventDefault();
  });
})();
