"""Users: one's own profile, colleagues' public profiles, owners who sign up."""
