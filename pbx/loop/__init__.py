"""The one task that owns the core: runner, input queue, timers, api commands."""
