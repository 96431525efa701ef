// A card holder's form: takes the link's secret out of the address, sends the form and keeps it while it is not right.
(() => {
  "use strict";

  const begin = document.getElementById("my-card-link");
  const form = document.getElementById("my-card");

  if (!begin && !form) {
    // The page that a mail's link leads to, which is the same for everybody.
    if (location.pathname.startsWith("/assets/")) location.replace(`/my-card${location.hash}`);
    return;
  }

  if (begin) {
    const secret = location.hash.slice(1);
    history.replaceState(null, "", location.pathname);
    if (secret) {
      begin.elements.token.value = secret;
      begin.requestSubmit();
    } else {
      begin.hidden = true;
      document.getElementById("incomplete").hidden = false;
    }
    return;
  }

  history.replaceState(null, "", "/my-card");
  const LARGE = 4 * 1024 * 1024;
  const LONGEST = 2400;
  const refusal = document.getElementById("refusal");
  const button = form.querySelector(".send");
  const words = button.textContent;
  const shown = document.getElementById("photo-shown");
  const choosers = [...form.querySelectorAll("input[type=file]")];
  let photo = null;

  // What a phone takes may be larger than what is accepted, and than any card can use.
  const smaller = async (file) => {
    if (file.size <= LARGE) return file;
    try {
      const picture = await createImageBitmap(file);
      const scale = Math.min(1, LONGEST / Math.max(picture.width, picture.height));
      const canvas = document.createElement("canvas");
      canvas.width = Math.round(picture.width * scale);
      canvas.height = Math.round(picture.height * scale);
      canvas.getContext("2d").drawImage(picture, 0, 0, canvas.width, canvas.height);
      return (await new Promise((done) => canvas.toBlob(done, "image/jpeg", 0.9))) ?? file;
    } catch {
      return file;
    }
  };

  for (const chooser of choosers) {
    chooser.addEventListener("change", async () => {
      const [file] = chooser.files;
      if (!file) return;
      for (const other of choosers) if (other !== chooser) other.value = "";
      say("photo", "");
      photo = await smaller(file);
      if (shown.src) URL.revokeObjectURL(shown.src);
      shown.src = URL.createObjectURL(photo);
      shown.hidden = false;
    });
  }

  const controlOf = (key) => (key === "photo" ? choosers[0] : document.getElementById(`value-${key}`));

  const say = (key, text) => {
    const control = controlOf(key);
    const line = document.getElementById(key === "photo" ? "photo-error" : `value-${key}-error`);
    if (!control || !line) return false;
    line.textContent = text;
    control.setAttribute("aria-invalid", String(Boolean(text)));
    return true;
  };

  const keys = () => [
    ...[...form.elements].filter((each) => each.name.startsWith("value-")).map((each) => each.name.slice(6)),
    ...(choosers.length ? ["photo"] : []),
  ];

  const refuse = (answer) => {
    const errors = Object.entries(answer.errors ?? {});
    const said = errors.filter(([key, text]) => say(key in known ? known[key] : key, text));
    refusal.textContent = errors.length ? form.dataset.wrong : (answer.error ?? form.dataset.lost);
    if (said.length) controlOf(said[0][0] in known ? known[said[0][0]] : said[0][0]).focus();
  };

  // The layout may call its photo by another name than the form does.
  const known = choosers.length ? { [choosers[0].dataset.key]: "photo" } : {};

  const send = async () => {
    const body = new FormData(form);
    body.delete("photo");
    if (photo) body.set("photo", photo, "photo.jpg");
    const headers = { Accept: "application/json", "X-Card-Link": form.dataset.secret };
    try {
      const answer = await fetch(form.getAttribute("action"), { method: "POST", body, headers });
      return await answer.json();
    } catch {
      return {};
    }
  };

  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (button.disabled) return;
    for (const key of keys()) say(key, "");
    refusal.textContent = "";
    button.disabled = true;
    button.textContent = form.dataset.sending;
    const answer = await send();
    if (answer.sent) {
      const thanks = document.getElementById("thanks");
      document.getElementById("asked").remove();
      document.getElementById("language").remove();
      thanks.hidden = false;
      thanks.firstElementChild.focus();
      return;
    }
    button.disabled = false;
    button.textContent = words;
    refuse(answer);
  });

  // Another language loads the page anew: what was typed comes along.
  document.getElementById("language").addEventListener("submit", (event) => {
    for (const each of form.elements) {
      if (!each.name.startsWith("value-")) continue;
      const copy = document.createElement("input");
      Object.assign(copy, { type: "hidden", name: each.name, value: each.value });
      event.target.append(copy);
    }
  });
})();
