"""What Reflex is told. Everything that differs between installations comes from the portal's own settings."""

import os

import reflex as rx
from reflex_base.constants import StateManagerMode

from nexus_portal import settings
from nexus_portal.components.radix import SlimRadix

# Read by Reflex as it builds: npm out of the virtual environment instead of a downloaded bun, and no look at
# a package registry at every start. Whoever set them knows better.
os.environ.setdefault("REFLEX_USE_NPM", "1")
os.environ.setdefault("REFLEX_CHECK_LATEST_VERSION", "false")

_portal = settings.current()

config = rx.Config(
    app_name="nexus_portal",
    # One origin: the pages, the events and web/ are served together, behind a proxy that speaks https.
    api_url=_portal.base_url,
    deploy_url=_portal.base_url,
    backend_host="127.0.0.1",
    cors_allowed_origins=[_portal.base_url],
    transport="websocket",
    # States hold what their pages show: never on disk, and in Redis for a quarter of an hour at most.
    state_manager_mode=StateManagerMode.REDIS if _portal.redis_url else StateManagerMode.MEMORY,
    redis_url=_portal.redis_url or None,
    redis_token_expiration=15 * 60,
    # Brotli saves an eighth more; browsers ask for it by https, and on this machine.
    frontend_compression_formats=["brotli", "gzip"],
    telemetry_enabled=False,
    show_built_with_reflex=False,
    plugins=[SlimRadix()],
    # Nearly every page is for signed-in people: there is nothing to list for crawlers.
    disable_plugins=[rx.plugins.SitemapPlugin],
)
