// Sends forms with files so that a person sees how far it is. Without this script the browser posts them itself.
(() => {
  "use strict";

  document.documentElement.dataset.scripted = "";

  const part = (form, name) => form.querySelector(`[data-${name}]`);
  const say = (element, text) => {
    if (element) element.textContent = text;
  };

  const size = (form) =>
    [...form.querySelectorAll("input[type='file']")]
      .flatMap((input) => [...input.files])
      .reduce((sum, file) => sum + file.size, 0);

  const post = (url, body, onProgress) =>
    new Promise((resolve) => {
      const request = new XMLHttpRequest();
      request.open("POST", url);
      request.setRequestHeader("Accept", "application/json");
      request.responseType = "json";
      request.upload.addEventListener("progress", (event) => {
        if (event.lengthComputable) onProgress(Math.round((100 * event.loaded) / event.total));
      });
      request.addEventListener("load", () => resolve({ ok: request.status < 300, ...request.response }));
      request.addEventListener("error", () => resolve({ ok: false }));
      request.send(body);
    });

  const show = (form, percent) => {
    const { sending, arrived } = form.dataset;
    form.dataset.busy = "true";
    part(form, "bar").value = percent;
    say(part(form, "status"), percent < 100 ? `${sending} ${percent} %` : arrived);
  };

  const finish = (form) => {
    delete form.dataset.busy;
    delete form.dataset.sent;
    say(part(form, "status"), "");
  };

  const send = async (form, submitter) => {
    const refusal = part(form, "refusal");
    say(refusal, "");
    if (size(form) > Number(form.dataset.most)) {
      say(refusal, form.dataset.tooLarge);
      return;
    }
    show(form, 0);
    const body = new FormData(form);
    // Which of several buttons was pressed is no field of the form.
    if (submitter?.name) body.append(submitter.name, submitter.value);
    const answer = await post(form.getAttribute("action"), body, (percent) => show(form, percent));
    if (answer.ok && answer.next) {
      location.assign(answer.next);
      return;
    }
    finish(form);
    if (answer.ok) {
      form.reset();
      for (const output of form.querySelectorAll("output")) output.value = "";
      part(form, "uploaded")?.click();
    } else {
      say(refusal, answer.error ?? form.dataset.lost);
      part(form, "refused")?.click();
    }
  };

  // Only the newest look at a file counts: a slower answer to an earlier one is passed over.
  let looks = 0;
  const inspect = async (form) => {
    const input = part(form, "inspect");
    const [file] = input.files;
    const status = part(form, "inspecting");
    const refusal = part(form, "inspect-refusal");
    const look = ++looks;
    say(refusal, "");
    part(form, "chosen").click();
    if (!file) return;
    const all = new FormData(form);
    const body = new FormData();
    for (const name of ["csrf", "layout"]) body.set(name, all.get(name));
    body.set(input.name, file);
    say(status, status.dataset.inspecting);
    const answer = await post(input.dataset.inspect, body, () => {});
    if (look !== looks) return;
    say(status, "");
    if (answer.ok) part(form, "inspected").click();
    else say(refusal, answer.error ?? form.dataset.lost);
  };

  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (!form.matches("[data-upload]") || event.defaultPrevented) return;
    event.preventDefault();
    send(form, event.submitter).finally(() => delete form.dataset.sent);
  });

  document.addEventListener("change", (event) => {
    const form = event.target.closest?.("form[data-upload]");
    if (!form) return;
    if (event.target.matches("[data-inspect], [data-anew]") && part(form, "inspect")) inspect(form);
  });
})();
