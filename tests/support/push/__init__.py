"""Push services on this machine: they speak the documented HTTP, and open what they get."""
