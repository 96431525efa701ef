// Keeps the page's address in step with what the list shows, without opening the page anew.
(() => {
  "use strict";

  if (window.portalAddress) return;
  window.portalAddress = true;

  const follow = () => {
    const mark = document.querySelector("[data-address]");
    if (!mark || mark.dataset.addressOf !== location.pathname.replace(/\/$/, "")) return;
    const address = location.pathname + (mark.dataset.address ? `?${mark.dataset.address}` : "");
    if (address !== location.pathname + location.search) history.replaceState(history.state, "", address);
  };
  new MutationObserver(follow).observe(document.documentElement, {
    subtree: true,
    attributes: true,
    attributeFilter: ["data-address"],
  });

  // What folds out of the toolbar folds in again by Escape, or by a press beside it.
  document.addEventListener("keydown", (event) => {
    const open = event.key === "Escape" && document.querySelector(".fold[open]");
    if (!open) return;
    open.open = false;
    open.querySelector("summary").focus();
  });
  document.addEventListener("click", (event) => {
    for (const open of document.querySelectorAll(".fold[open]")) {
      if (!open.contains(event.target)) open.open = false;
    }
  });
})();
