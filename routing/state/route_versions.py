"""Which version of a route a call follows: the one with which it began, as long as the call lives."""

from routing.config import RouteConfig
from routing.ids import RouteId
from routing.state import Call
from routing.state.world import World


def follow(world: World, call: Call, route: RouteConfig | None) -> None:
    """Let the call follow `route` from here on; None: no route at all."""
    _let_go(world, call)
    call.route = None if route is None else route.id
    call.route_version = None if route is None else route.version
    if route is not None:
        key = (route.id, route.version)
        world.route_calls[key] = world.route_calls.get(key, 0) + 1


def route_of(world: World, call: Call) -> RouteConfig | None:
    if call.route is None or call.route_version is None:
        return None
    newest = world.routes.get(call.route)
    if newest is not None and newest.version == call.route_version:
        return newest
    return world.old_routes.get((call.route, call.route_version))


def retire(world: World, id: RouteId, newer: int | None = None) -> None:
    """Replace the present version by `newer`, or remove it. It stays for the calls that follow it."""
    route = world.routes.pop(id, None)
    if route is not None and route.version != newer and (id, route.version) in world.route_calls:
        world.old_routes[id, route.version] = route


def ended(world: World, call: Call) -> None:
    """Let the version go: the call is over. Its record still says which route it followed."""
    _let_go(world, call)


def recount(world: World) -> None:
    """Count the calls of each version, after a restore."""
    world.route_calls.clear()
    for call in world.calls.values():
        if call.route is not None and call.route_version is not None:
            key = (call.route, call.route_version)
            world.route_calls[key] = world.route_calls.get(key, 0) + 1


def _let_go(world: World, call: Call) -> None:
    if call.route is None or call.route_version is None:
        return
    key = (call.route, call.route_version)
    left = world.route_calls.get(key, 0) - 1
    if left > 0:
        world.route_calls[key] = left
    else:
        world.route_calls.pop(key, None)
        world.old_routes.pop(key, None)
