"""What the engine keeps outside its memory: store, writer, spool, live views, journal."""
