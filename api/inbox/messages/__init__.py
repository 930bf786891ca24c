"""Messages of conversations: what contacts wrote, and what members answer."""
