"""`python -m analysis.simulate`: simulate one plan from standard input; see `analysis.simulate.child_process`."""

from analysis.simulate.child_process import main

if __name__ == "__main__":
    main()
