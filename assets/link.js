// Takes the secret of a link from a mail out of the address, where it would stay in the history, and posts it.
// On the page at which the link arrives there is no form yet: it goes on to the one that `data-on` names.
(() => {
  "use strict";
  const form = document.querySelector("form[data-secret]");
  if (!form) {
    location.replace(`${document.currentScript.dataset.on}${location.hash}`);
    return;
  }
  const secret = location.hash.slice(1);
  history.replaceState(null, "", location.pathname);
  if (secret) {
    form.elements.token.value = secret;
    form.requestSubmit();
  } else {
    form.hidden = true;
    document.getElementById("incomplete").hidden = false;
  }
})();
