"""The sound of a page in tests: its microphone is a tone, and what it hears is measured."""

from playwright.sync_api import BrowserContext, Page

_SOUND = """
    (() => {
        if (!navigator.mediaDevices) return;
        const connections = window.connections = [];
        const Connection = window.RTCPeerConnection;
        window.RTCPeerConnection = class extends Connection {
            constructor(...options) { super(...options); connections.push(this); }
        };
        navigator.mediaDevices.getUserMedia = async () => {
            const audio = window.voice ??= new AudioContext(), tone = audio.createOscillator();
            const out = audio.createMediaStreamDestination();
            tone.frequency.value = %d;
            tone.connect(out);
            tone.start();
            await audio.resume();
            window.opened = (window.opened ?? []).concat(out.stream.getTracks());
            return out.stream;
        };
        window.loudest = () => {
            const talk = connections.findLast((one) => one.connectionState === 'connected');
            const track = talk?.getReceivers()[0]?.track;
            if (!track) return 0;
            const audio = window.ears ??= new AudioContext();
            if (talk.ear === undefined) {
                talk.ear = audio.createAnalyser();
                talk.ear.fftSize = 8192;
                audio.createMediaStreamSource(new MediaStream([track])).connect(talk.ear);
            }
            const bins = new Float32Array(talk.ear.frequencyBinCount);
            talk.ear.getFloatFrequencyData(bins);
            const most = bins.indexOf(Math.max(...bins));
            return bins[most] < -80 ? 0 : most * audio.sampleRate / talk.ear.fftSize;
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


def hears(page: Page, hertz: int) -> bool:
    """Say whether this tone is the loudest that the page's talk brings."""
    return abs(float(page.evaluate("loudest()")) - hertz) < 20


def microphones(page: Page) -> int:
    """Return how many of the page's microphones are open."""
    return int(page.evaluate("(window.opened ?? []).filter((one) => one.readyState === 'live').length"))
