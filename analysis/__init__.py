"""The core on recorded or made-up traffic: replay, what-if, simulate, check-route."""
