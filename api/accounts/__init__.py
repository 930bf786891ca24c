"""Who is who: sign-in, users, teams and their members, contacts."""
