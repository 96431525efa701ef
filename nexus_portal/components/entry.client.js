// Where the page begins, in place of Reflex's own entry: the same, and React Router tells less often.
//
// Of one change of page it tells three times: that one has begun, that the place is another, and, for its own error
// boundary, that the place is another. The first would draw every page anew to show a waiting that no page of the
// portal shows. The second is drawn in slices that the frames of the old page come between, although a person waits
// for nothing else. The third has React look through the whole of the old page for links.
import { createElement, startTransition } from "react";
import { hydrateRoot } from "react-dom/client";
import { HydratedRouter } from "react-router/dom";

const IDLE = { timeout: 2000 };
const whenIdle = globalThis.requestIdleCallback ?? ((told) => setTimeout(told, 200));

function toldOnce(router) {
  const listeners = new Set();
  let shown = router.state.location;
  let later = 0;
  router.subscribe((state, how) => {
    const moved = state.location !== shown;
    if (!moved && state.navigation.state === "loading" && !how.newErrors) return;
    shown = state.location;
    // What draws the page listens first, from before the others were there.
    const [draws, ...others] = listeners;
    draws?.(state, moved && !how.viewTransitionOpts ? { ...how, flushSync: true } : how);
    later += 1;
    const turn = later;
    whenIdle(() => turn === later && startTransition(() => others.forEach((tell) => tell(state, how))), IDLE);
  });
  router.subscribe = (listener) => {
    listeners.add(listener);
    return () => listeners.delete(listener);
  };
  return router;
}

let router;
Object.defineProperty(window, "__reactRouterDataRouter", {
  configurable: true,
  get: () => router,
  set(made) {
    router = toldOnce(made);
  },
});

startTransition(() => {
  hydrateRoot(document, createElement(HydratedRouter));
});
