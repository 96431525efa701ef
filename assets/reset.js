// Takes the link's secret out of the address, where it would stay in the history, and posts it.
(() => {
  "use strict";
  const form = document.getElementById("reset");
  if (!form) {
    location.replace(`/auth/reset/link${location.hash}`);
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
