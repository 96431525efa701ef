"""The frame of a table whose rows lead to pages: it opens them for all their links.

A link of React Router costs as much as half a row to draw, and every row has one.
"""

import reflex as rx
from reflex.event import passthrough_event_spec

_SCRIPT = """
function RowLinks({ children, onAhead, ...frame }) {
  const navigate = useNavigate();
  const [pointed, setPointed] = useState("");
  const rowLink = (event) => event.target.closest?.("a.row-link");
  const elsewhere = (event) =>
    event.metaKey || event.ctrlKey || event.shiftKey || event.altKey || event.button;
  const kind = (to) => to.slice(0, to.lastIndexOf("/"));
  const point = (event) => {
    const to = rowLink(event)?.getAttribute("href");
    if (to && kind(to) !== kind(pointed)) setPointed(to);
  };
  const press = (event) => {
    const link = rowLink(event);
    if (link && !elsewhere(event)) onAhead?.(decodeURIComponent(link.pathname.split("/").pop()));
  };
  const open = (event) => {
    const link = rowLink(event);
    if (!link || elsewhere(event)) return;
    event.preventDefault();
    navigate(link.getAttribute("href"));
  };
  const listens = { onPointerOver: point, onFocus: point, onMouseDown: press, onClick: open };
  const ahead = pointed ? jsx(PrefetchPageLinks, { page: pointed }) : null;
  return jsx("div", { ...frame, ...listens }, children, ahead);
}
"""


class RowLinks(rx.Component):
    """Opens the page of the `a.row-link` that is clicked in it.

    That page's scripts are fetched as soon as one is pointed at. With a key that asks for another tab or
    window, a link is left to the browser.
    """

    tag = "RowLinks"

    on_ahead: rx.EventHandler[passthrough_event_spec(str)]
    """The button went down on a link: takes what its address ends with."""

    def add_imports(self) -> dict[str, list[str]]:
        """What the script uses."""
        return {"react": ["useState"], "react-router": ["PrefetchPageLinks", "useNavigate"]}

    def add_custom_code(self) -> list[str]:
        """The component itself."""
        return [_SCRIPT]


row_links = RowLinks.create
