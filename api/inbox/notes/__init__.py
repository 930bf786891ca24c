"""Notes: what members write into a conversation for each other, and no contact sees."""
