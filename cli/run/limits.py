"""The limit of open files of everything that a run starts. Each connection, and each recorded call, takes some."""

import resource

from cli.errors import RunError

OPEN_FILES = 65_536
LEAST_OPEN_FILES = 4_096
"""supervisord asks for as many (`minfds` in supervisord.conf)."""


def raise_open_files() -> int:
    """Raise the limit as far as it goes, at most to `OPEN_FILES`. Returns it. Every program that we start inherits it.

    Raises `RunError` if it is below `LEAST_OPEN_FILES`. Only root may raise the hard limit.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    unlimited = resource.RLIM_INFINITY
    if soft != unlimited and soft < OPEN_FILES:
        try:
            most = hard if hard == unlimited else max(hard, OPEN_FILES)
            resource.setrlimit(resource.RLIMIT_NOFILE, (OPEN_FILES, most))
        except (ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    found = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    if found == unlimited:
        return OPEN_FILES
    if found < LEAST_OPEN_FILES:
        raise RunError(
            f"only {found} files may be open, and {LEAST_OPEN_FILES} are needed",
            f"`ulimit -n {OPEN_FILES}` before it, or LimitNOFILE={OPEN_FILES} in the unit",
        )
    return found
