"""`switchroom simulate`: how a queue would do, before anybody waits in it."""
