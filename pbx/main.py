"""The process `switchroom engine`: it joins Asterisk and the routing core."""

import asyncio
import logging
import signal
import sys

import uvloop

from pbx.configuration.loader import Database
from pbx.failover.lease import LeaseLost
from pbx.process.engine_process import EngineProcess
from switchroom import garbage
from switchroom.database import get_engine
from switchroom.logs import configure_logs
from switchroom.settings import Settings, get_settings

log = logging.getLogger(__name__)

LEASE_LOST = 3
"""The exit status when another engine has taken the shard. The supervisor starts this one again, as standby."""


async def run(settings: Settings) -> int:
    """Run the engine until SIGTERM or SIGINT. Return the exit status."""
    log.info("the engine starts")
    process = EngineProcess(settings, Database(get_engine()))
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, process.stop)
    try:
        await process.run()
    except LeaseLost as error:
        log.error("stopped commanding", extra={"why": str(error)})
        return LEASE_LOST
    except Exception:
        log.exception("the engine failed")
        return 1
    log.info("the engine stopped")
    return 0


def main() -> None:
    settings = get_settings()
    configure_logs("engine", settings.log_level)
    garbage.freeze()
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        status = runner.run(run(settings))
    sys.exit(status)
