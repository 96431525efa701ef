"""Who is behind the proxies: without this all people would share one network address, and its limits."""

from ipaddress import ip_address

from starlette.datastructures import Headers
from starlette.types import Scope


def told_apart(scope: Scope, proxies: int) -> Scope:
    """The scope with the client that the outermost of our proxies has seen.

    Each proxy adds whom it saw at the end of `X-Forwarded-For`; what stands before that came from the client
    and may be anything.
    """
    passed = ",".join(Headers(scope=scope).getlist("x-forwarded-for")).split(",")
    if not proxies or len(passed) < proxies:
        return scope
    try:
        address = str(ip_address(passed[-proxies].strip()))
    except ValueError:
        return scope
    return {**scope, "client": (address, 0)}
