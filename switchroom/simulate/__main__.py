"""`python -m switchroom.simulate`: one plan from standard input; see `switchroom.simulate.apart`."""

from importlib import import_module

from switchroom import compiled

if __name__ == "__main__":
    compiled.activate()
    import_module("switchroom.simulate.apart").main()
