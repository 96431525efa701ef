// Passkeys: asks the server what to sign, has the browser sign it, and sends the button's form with the answer.
(() => {
  "use strict";

  if (!window.PublicKeyCredential || !navigator.credentials) return;
  document.documentElement.dataset.passkeys = "";

  const bytes = (text) =>
    Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (letter) => letter.charCodeAt(0));
  const text = (buffer) =>
    btoa(String.fromCharCode(...new Uint8Array(buffer))).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
  const keys = (list) => (list ?? []).map((key) => ({ ...key, id: bytes(key.id) }));

  // Browsers of before 2025 do not translate by themselves.
  const readRequest = (asked) =>
    PublicKeyCredential.parseRequestOptionsFromJSON?.(asked) ?? {
      ...asked,
      challenge: bytes(asked.challenge),
      allowCredentials: keys(asked.allowCredentials),
    };
  const readCreation = (asked) =>
    PublicKeyCredential.parseCreationOptionsFromJSON?.(asked) ?? {
      ...asked,
      challenge: bytes(asked.challenge),
      user: { ...asked.user, id: bytes(asked.user.id) },
      excludeCredentials: keys(asked.excludeCredentials),
    };
  const written = (credential) => {
    if (credential.toJSON) return credential.toJSON();
    const { response } = credential;
    const parts = ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"];
    const said = Object.fromEntries(parts.filter((part) => response[part]).map((part) => [part, text(response[part])]));
    if (response.getTransports) said.transports = response.getTransports();
    return { id: credential.id, rawId: text(credential.rawId), type: credential.type, response: said };
  };

  const options = async (address, form) => {
    const answer = await fetch(address, {
      method: "POST",
      headers: { Accept: "application/json" },
      body: new URLSearchParams({ csrf: form.elements.csrf.value }),
    });
    const asked = await answer.json();
    if (!answer.ok) throw Object.assign(new Error("refused"), { name: "Refused", said: asked.error });
    return asked;
  };

  const credential = async (address, form) => {
    const asked = await options(address, form);
    return asked.rp
      ? navigator.credentials.create({ publicKey: readCreation(asked) })
      : navigator.credentials.get({ publicKey: readRequest(asked) });
  };

  const REASONS = { NotAllowedError: "cancelled", AbortError: "cancelled", InvalidStateError: "known" };

  // A passkey stands in for the code, so the code may stay empty; every other field must be right.
  const withoutCode = (form, check) => {
    const code = form.querySelector("[data-code]");
    if (!code) return check();
    code.required = false;
    const fits = check();
    code.required = !fits;
    return fits;
  };

  const use = async (button) => {
    const { form } = button;
    const status = form.querySelector("[data-passkey-said]");
    const code = form.querySelector("[data-code]");
    if (code) {
      code.value = "";
      code.dispatchEvent(new Event("input", { bubbles: true }));
    }
    if (!withoutCode(form, () => form.reportValidity())) return;
    status.textContent = status.dataset.waiting;
    button.disabled = true;
    try {
      const made = await credential(button.dataset.passkey, form);
      form.elements.passkey.value = JSON.stringify(written(made));
      form.requestSubmit();
    } catch (error) {
      if (code) code.required = true;
      status.textContent = error.said ?? status.dataset[REASONS[error.name] ?? "failed"];
      button.disabled = false;
      button.focus();
    }
  };

  document.addEventListener("click", (event) => {
    const button = event.target.closest?.("button[data-passkey]");
    if (button?.form) use(button);
  });

  // Enter in a field of a form that only goes with a passkey; before anybody else counts it as sent.
  const goesWithout = (form) => form.elements.passkey.value || form.querySelector("button[type='submit']");
  document.addEventListener(
    "submit",
    (event) => {
      const button = event.target.querySelector("button[data-passkey]");
      if (!button || goesWithout(event.target)) return;
      event.preventDefault();
      event.stopImmediatePropagation();
      if (!button.disabled) use(button);
    },
    { capture: true },
  );
})();
