"""The sound of a page in tests: its microphone is a tone, and what it hears is measured."""

from typing import Any

from playwright.sync_api import BrowserContext, Page

_SOUND = """
    (() => {
        if (!navigator.mediaDevices) return;
        const connections = window.connections = [];
        const Connection = window.RTCPeerConnection;
        window.RTCPeerConnection = class extends Connection {
            constructor(...options) { super(...options); connections.push(this); }
            // Of each ten packets that came, `gone` count as lost.
            async getStats(...of) {
                const found = await super.getStats(...of);
                const received = (one) => one.type === 'inbound-rtp' && window.gone
                    ? { ...one, packetsLost: (one.packetsReceived * gone) / 10 } : one;
                return new Map([...found].map(([id, one]) => [id, received(one)]));
            }
        };
        const play = HTMLMediaElement.prototype.play;
        const players = window.players = new Set();
        HTMLMediaElement.prototype.play = function () {
            players.add(this);
            return play.call(this);
        };
        navigator.mediaDevices.getUserMedia = async (asked) => {
            window.asked = asked;
            const audio = window.voice ??= new AudioContext(), tone = audio.createOscillator();
            const out = audio.createMediaStreamDestination();
            const volume = window.volume = audio.createGain();
            tone.frequency.value = %d;
            tone.connect(volume).connect(out);
            tone.start();
            await audio.resume();
            window.opened = (window.opened ?? []).concat(out.stream.getTracks());
            return out.stream;
        };
        // The tones that an owner's stream brings now, the loudest first.
        const tones = (owner, stream) => {
            if (!stream) return [];
            const audio = window.ears ??= new AudioContext();
            if (owner.ear === undefined) {
                owner.ear = audio.createAnalyser();
                owner.ear.fftSize = 8192;
                audio.createMediaStreamSource(stream).connect(owner.ear);
            }
            const bins = new Float32Array(owner.ear.frequencyBinCount);
            owner.ear.getFloatFrequencyData(bins);
            return [...bins.keys()]
                .filter((one) => bins[one] > -80 && bins[one] > (bins[one - 1] ?? -200)
                    && bins[one] > (bins[one + 1] ?? -200))
                .sort((one, other) => bins[other] - bins[one])
                .map((one) => one * audio.sampleRate / owner.ear.fftSize);
        };
        window.heard = () => {
            const talk = connections.findLast((one) => one.connectionState === 'connected');
            const track = talk?.getReceivers()[0]?.track;
            return track ? tones(talk, talk.stream ??= new MediaStream([track])) : [];
        };
        // The loudest tones of what plays in the device with this id.
        window.played = (device) => {
            const player = [...players].find((one) => one.sinkId === device && !one.paused && one.srcObject);
            return player ? tones(player.srcObject, player.srcObject) : [];
        };
    })()
"""
FLAGS = (
    "--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream",
    "--autoplay-policy=no-user-gesture-required",
)  # fmt: skip


def speaks(context: BrowserContext, hertz: int) -> None:
    """Let each page of this context have a microphone that gives a tone."""
    context.add_init_script(_SOUND % hertz)


def hears(page: Page, *hertz: int) -> bool:
    """Say whether these tones are the loudest that the page's talk brings."""
    loudest = page.evaluate("heard()")[: len(hertz)]
    return _are(loudest, hertz)


def is_played(page: Page, device: str, *hertz: int) -> bool:
    """Say whether these tones are the loudest that the page plays in the output device with this id."""
    return _are(page.evaluate("(device) => played(device)", device)[: len(hertz)], hertz)


def asked_for(page: Page) -> Any:
    """Return which microphone the page asked for last, as it is written in `MediaTrackConstraints`."""
    return page.evaluate("asked.audio.deviceId")


def be_silent(page: Page, silent: bool = True) -> None:
    """Let the page's microphone give silence, or its tone again."""
    page.evaluate("(gain) => { volume.gain.value = gain; }", 0 if silent else 1)


def loses_packets(page: Page, of_ten: int) -> None:
    """Let the page's browser report that so many of ten packets were lost on the way."""
    page.evaluate("(lost) => { window.gone = lost; }", of_ten)


def _are(found: list[float], hertz: tuple[int, ...]) -> bool:
    both = zip(sorted(found), sorted(hertz), strict=False)
    return len(found) == len(hertz) and all(abs(one - wanted) < 20 for one, wanted in both)


def microphones(page: Page) -> int:
    """Return how many of the page's microphones are open."""
    return int(page.evaluate("(window.opened ?? []).filter((one) => one.readyState === 'live').length"))
