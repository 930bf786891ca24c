"""Python's garbage collector in processes that run for months.

All that a process has after its start (code, tables, the operations of the api) stays for its whole life. Without
`freeze` each full collection looks through it: 350 ms in the api, in which it answers nobody.
"""

import gc


def pause() -> None:
    """Collect nothing until `freeze`: a start only makes what stays. It takes a quarter less time in the api."""
    gc.disable()


def freeze() -> None:
    """Collect what the start left over, and never look at the rest again. Call it once, when everything is loaded.

    Processes that fork afterwards share these objects' memory with their children.
    """
    gc.collect()
    gc.freeze()
    gc.enable()
