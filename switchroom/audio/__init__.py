"""WAV files, sounds in memory, and the two legs of a recording."""
