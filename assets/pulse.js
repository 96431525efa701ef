// Presses the hidden button of a page now and then, so that others learn that it is open.
(() => {
  "use strict";

  if (window.portalPulse) return;
  const press = () => {
    for (const button of document.querySelectorAll("[data-pulse]")) button.click();
  };
  window.portalPulse = setInterval(press, 8000);
})();
