"""Sign-in: tokens, passwords, client applications."""
