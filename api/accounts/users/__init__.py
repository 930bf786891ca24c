"""Users: the caller's own profile, colleagues' profiles, owners who sign up."""
