"""A conversation with everything that happened beside it: messages, notes, calls, voicemails."""
