"""pydub's `AudioSegment`, and one warning less."""

import warnings

# On import pydub looks for ffmpeg and warns on stderr, where logs are JSON lines. All that it gets from us is PCM WAV,
# which needs none.
warnings.filterwarnings("ignore", message="Couldn't find ffmpeg or avconv", category=RuntimeWarning)

from pydub import AudioSegment as AudioSegment  # noqa: E402 - the warning comes with this import
