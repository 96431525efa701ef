"""Pages are drawn in the browser only.

Reflex also draws every page once while it builds, without a reader: in no language, no zone and no colours.
React would compare that with the first real drawing, find them different and complain. So what is built is
empty.
"""

import reflex as rx

_SCRIPT = """
function AfterMount({ children }) {
  const mounted = useSyncExternalStore(() => () => {}, () => true, () => false);
  const bare = "Nexus Portal needs JavaScript. Nexus Portal behöver JavaScript.";
  return mounted ? children : jsx("noscript", {}, bare);
}
"""


class AfterMount(rx.Component):
    """Shows its children once the page runs in a browser."""

    tag = "AfterMount"

    def add_imports(self) -> dict[str, list[str]]:
        """React's hook that may answer differently while building."""
        return {"react": ["useSyncExternalStore"]}

    def add_custom_code(self) -> list[str]:
        """The component itself."""
        return [_SCRIPT]


after_mount = AfterMount.create
