"""Messages, their threads, marks and translations."""
