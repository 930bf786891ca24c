"""Every provider that a setting can name is made somewhere."""

from pathlib import Path
from typing import get_args

import pytest

import providers
from switchroom.settings import Settings

pytestmark = pytest.mark.unit

CHOSEN = [
    ("transcription", "transcriber"),
    ("speech", "synthesizer"),
    ("speech", "speech_recognizer"),
    ("translation", "translator"),
]


@pytest.mark.parametrize(("kind", "setting"), CHOSEN)
def test_every_name_of_the_setting_is_chosen(kind: str, setting: str) -> None:
    source = (Path(providers.__file__).parent / kind / "choose.py").read_text()
    for name in set(get_args(Settings.model_fields[setting].annotation)) - {"none"}:
        assert f'settings.{setting} == "{name}"' in source, f"providers/{kind}/choose.py lacks {name}"
