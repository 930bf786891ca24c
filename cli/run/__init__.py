"""`switchroom run`: run the whole system on one machine, under supervisord."""
