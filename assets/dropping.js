// Sends files to the inbox, one after the other, as they are chosen or dropped; the page follows by itself.
(() => {
  "use strict";

  const send = (form, file, onProgress) =>
    new Promise((resolve) => {
      const request = new XMLHttpRequest();
      request.open("POST", form.getAttribute("action"));
      request.setRequestHeader("Accept", "application/json");
      request.setRequestHeader("X-CSRF", new FormData(form).get("csrf"));
      // Names hold letters that headers cannot.
      request.setRequestHeader("X-File-Name", encodeURIComponent(file.name));
      request.setRequestHeader("Content-Type", "application/octet-stream");
      request.responseType = "json";
      request.upload.addEventListener("progress", (event) => {
        if (event.lengthComputable) onProgress(Math.round((100 * event.loaded) / event.total));
      });
      request.addEventListener("load", () => resolve({ ok: request.status < 300, ...request.response }));
      request.addEventListener("error", () => resolve({ ok: false }));
      request.send(file);
    });

  const part = (form, name) => form.querySelector(`[data-${name}]`);

  const sendAll = async (form, input) => {
    const files = [...input.files];
    const refusal = part(form, "refusal");
    refusal.textContent = "";
    form.dataset.busy = "true";
    input.disabled = true;
    for (const [place, file] of files.entries()) {
      const say = (percent) => {
        part(form, "bar").value = percent;
        part(form, "status").textContent = `${form.dataset.sending} ${place + 1}/${files.length} · ${percent} %`;
      };
      say(0);
      const answer = await send(form, file, say);
      if (answer.ok) continue;
      refusal.textContent = `${file.name}: ${answer.error ?? form.dataset.lost}`;
      break;
    }
    input.disabled = false;
    form.reset();
    delete form.dataset.busy;
    part(form, "status").textContent = refusal.textContent ? "" : form.dataset.arrived;
  };

  document.addEventListener("change", (event) => {
    const form = event.target.closest?.("form[data-dropping]");
    if (form && event.target.type === "file" && event.target.files.length > 0) sendAll(form, event.target);
  });
})();
