// Takes the secret of an applicant's link out of the address, where it would stay in the history, and posts it.
(() => {
  "use strict";
  const form = document.getElementById("apply-link");
  if (!form) {
    location.replace(`/apply/answer${location.hash}`);
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
