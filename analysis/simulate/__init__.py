"""`switchroom simulate`: try a queue before real callers wait in it."""
