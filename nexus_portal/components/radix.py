"""Of Radix Themes and of Reflex's own scripts, what the portal uses: nothing held in reserve."""

import dataclasses
from pathlib import Path
from typing import Any, get_args

import reflex as rx
from reflex_base.constants import Embed

from nexus_portal.components.statuses import Colour

ACCENT, GRAY = "indigo", "slate"
PURGE = "@fullhuman/postcss-purgecss@8.0.0"
_POSTCSS = Path(__file__).with_name("postcss.config.js")
_ENTRY = Path(__file__).with_name("entry.client.js")


def _icons_together(config: str) -> str:
    """All icons in one file: fetching thirty of a few bytes each takes longer than one of all."""
    groups = "          groups: [\n"
    if groups not in config:
        message = "Reflex writes its vite.config.js otherwise now: see how chunks are grouped"
        raise ValueError(message)
    return config.replace(groups, f"{groups}            {{ test: /lucide-react/, name: 'icons' }},\n", 1)


def _compiled_while_fetched(config: str) -> str:
    """The browser compiles scripts while they come, beside the page, and not each function when it is called.

    Browsers that do not know WICG's explicit compile hints pass over the comment.
    """
    output = "      output: {\n"
    if config.count(output) != 1:
        message = "Reflex writes its vite.config.js otherwise now: see how chunks are written"
        raise ValueError(message)
    return config.replace(output, f'{output}        postBanner: "//# allFunctionsCalledOnLoad",\n', 1)


def _leave_at_once(state: str) -> str:
    """Whoever leaves a page is not asked before.

    The framework would close its socket when it *may* be left, also where a download keeps the page: what was
    chosen and typed would be gone with the connection. And each next page would begin only once this one had
    answered. It listens for `pagehide` besides, which comes when the page is left.
    """
    listens = 'window.addEventListener("beforeunload", disconnectTrigger);\n'
    left = state.replace(listens, "\n", 1)  # what was built before has lost it already
    goes = 'addEventListener("pagehide", pagehideHandler)'
    if 'addEventListener("beforeunload"' in left or goes not in left:
        message = "Reflex closes its socket otherwise now: see that a download leaves it open"
        raise ValueError(message)
    return left


@dataclasses.dataclass
class SlimRadix(rx.plugins.RadixThemesPlugin):
    """The plugin, without its whole style sheet and without components that no page asks for."""

    theme: rx.Component | None = dataclasses.field(
        default_factory=lambda: rx.theme(
            accent_color=ACCENT, gray_color=GRAY, radius="medium", scaling="95%", panel_background="solid"
        )
    )

    def get_stylesheet_paths(self, **context: Any) -> tuple[str, ...]:  # noqa: ARG002 - as the plugin is called
        """Tokens of our own colours, components, utilities."""
        colours = dict.fromkeys((*get_args(Colour), ACCENT, GRAY))
        tokens = (f"tokens/colors/{colour}.css" for colour in colours)
        parts = ("tokens/base.css", *tokens, "components.css", "utilities.css")
        return tuple(f"@radix-ui/themes/{part}" for part in parts)

    def get_frontend_development_dependencies(self, **context: Any) -> tuple[str, ...]:  # noqa: ARG002 - as above
        """What leaves the rules out that no page needs."""
        return (PURGE,)

    def pre_compile(self, **context: Any) -> None:
        """Let the style sheet be built by our own steps."""
        context["add_modify_task"]("postcss.config.js", lambda _reflexs_own: _POSTCSS.read_text())
        context["add_modify_task"]("vite.config.js", _icons_together)
        context["add_modify_task"]("vite.config.js", _compiled_while_fetched)
        context["add_modify_task"]("utils/state.js", _leave_at_once)
        context["add_save_task"](lambda: (Embed.ENTRY_PATH, _ENTRY.read_text()))

    def provides_entry_client(self) -> bool:
        """Ours tells React less often that the page is another."""
        return True

    def get_frontend_dependencies(self, **context: Any) -> tuple[str, ...]:  # noqa: ARG002 - as above
        """None beyond what the components themselves import: named here, it would be bundled as a whole."""
        return ()
