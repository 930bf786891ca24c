"""`python -m switchroom.simulate`: one plan from standard input; see `switchroom.simulate.apart`."""

from switchroom.simulate.apart import main

if __name__ == "__main__":
    main()
