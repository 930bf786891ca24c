"""WAV files and audio segments."""
