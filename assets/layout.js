// Moves elements of a layout on the drawing of its card: by dragging, or by the arrow keys. The page draws.
(() => {
  "use strict";

  if (window.portalLayout) return;
  window.portalLayout = true;

  const WIDTH = 85.6;
  const STEP = 0.5;
  const LARGE = 5;
  const QUIET = 120;
  const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
  const write = Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, "value").set;
  let waiting = 0;
  let drag = null;

  const box = (handle, part) => document.getElementById(`element-${handle.dataset.element}-${part}`);
  const row = (handle) => document.querySelector(`details[data-row="${CSS.escape(handle.dataset.element)}"]`);
  const number = (text) => Number.parseFloat(String(text).replace(",", "."));
  const place = (handle) => ({ x: number(box(handle, "x")?.value), y: number(box(handle, "y")?.value) });

  // Rows that are open show their handles; React draws rows and handles anew as it likes.
  const mark = () => {
    for (const handle of document.querySelectorAll(".card-handle")) {
      handle.toggleAttribute("data-chosen", row(handle)?.open === true);
    }
  };

  const say = (handle, x, y) => {
    clearTimeout(waiting);
    waiting = setTimeout(() => {
      const moved = document.querySelector("input[data-moved]");
      if (!moved) return;
      write.call(moved, `${handle.dataset.element} ${x} ${y}`);
      moved.dispatchEvent(new Event("input", { bubbles: true }));
    }, QUIET);
  };

  const put = (handle, x, y) => {
    const [left, top] = [x, y].map((each) => Math.round(each * 10) / 10);
    if (!Number.isFinite(left) || !Number.isFinite(top)) return;
    write.call(box(handle, "x"), left);
    write.call(box(handle, "y"), top);
    const side = handle.parentElement.getBoundingClientRect();
    handle.style.left = `${(100 * left) / WIDTH}%`;
    handle.style.top = `${(100 * top * side.width) / WIDTH / side.height}%`;
    say(handle, left, top);
  };

  const under = (side, event) => {
    const card = side.getBoundingClientRect();
    const [x, y] = [(event.clientX - card.left) / card.width, (event.clientY - card.top) / card.height];
    const part = (handle, name) => Number.parseFloat(handle.style[name]) / 100;
    return [...side.querySelectorAll(".card-handle")].findLast((handle) => {
      const [left, top] = [part(handle, "left"), part(handle, "top")];
      return x >= left && y >= top && x <= left + part(handle, "width") && y <= top + part(handle, "height");
    });
  };

  document.addEventListener("keydown", (event) => {
    const handle = event.target.closest?.(".card-handle");
    const way = handle && ARROWS[event.key];
    if (!way) return;
    event.preventDefault();
    const step = event.shiftKey ? LARGE : STEP;
    const at = place(handle);
    put(handle, at.x + way[0] * step, at.y + way[1] * step);
  });

  document.addEventListener("pointerdown", (event) => {
    const side = event.target.closest?.(".card-side");
    const handle = event.target.closest?.(".card-handle") ?? (side && under(side, event));
    if (!handle || event.button !== 0) return;
    event.preventDefault();
    const opened = row(handle);
    if (opened) opened.open = true;
    mark();
    handle.focus({ preventScroll: true });
    drag = { handle, at: place(handle), x: event.clientX, y: event.clientY };
  });

  document.addEventListener("pointermove", (event) => {
    if (!drag) return;
    const scale = WIDTH / drag.handle.parentElement.getBoundingClientRect().width;
    const [right, down] = [event.clientX - drag.x, event.clientY - drag.y];
    if (Math.abs(right) + Math.abs(down) < 3) return;
    put(drag.handle, drag.at.x + right * scale, drag.at.y + down * scale);
  });

  for (const name of ["pointerup", "pointercancel"]) document.addEventListener(name, () => (drag = null));
  document.addEventListener("toggle", mark, true);
  new MutationObserver(mark).observe(document.body, { childList: true, subtree: true });
  mark();
})();
