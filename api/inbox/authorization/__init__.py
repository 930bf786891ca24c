"""Sign-in to the customer inbox. The users and their passwords are those of the team API."""
