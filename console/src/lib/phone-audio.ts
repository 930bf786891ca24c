/** Sound of the phone: the microphone, the headset, and the ringer, each with a device of its own. */

export type Role = 'microphone' | 'headset' | 'ringer';
export const ROLES: readonly Role[] = ['microphone', 'headset', 'ringer'];
const KEY = 'switchroom.phone.';

/** Return the id of the chosen device; empty: the system's own. */
export function chosen(role: Role): string {
  return localStorage.getItem(KEY + role) ?? '';
}

export function choose(role: Role, id: string) {
  localStorage.setItem(KEY + role, id);
  if (role !== 'microphone') void outputs[role].setSinkId?.(id).catch(() => {});
}

/** What a call asks of the microphone. A device that is gone is replaced by the system's own. */
export function constraints(): MediaStreamConstraints {
  const id = chosen('microphone');
  return { audio: id ? { deviceId: { ideal: id } } : true, video: false };
}

export async function devices(): Promise<Record<Role, MediaDeviceInfo[]>> {
  const all = await navigator.mediaDevices.enumerateDevices();
  const outputs = all.filter((one) => one.kind === 'audiooutput');
  return { microphone: all.filter((one) => one.kind === 'audioinput'), headset: outputs, ringer: outputs };
}

const outputs = { headset: new Audio(), ringer: new Audio() };
let context: AudioContext | null = null;

function running(): AudioContext {
  context ??= new AudioContext();
  void context.resume();
  return context;
}

/** Be ready to ring. A browser lets a page sound only after a click or a key: call it from one. */
export async function unlock() {
  await running().resume();
  for (const role of ['headset', 'ringer'] as const) {
    const id = chosen(role);
    if (id) await outputs[role].setSinkId?.(id).catch(() => {});
  }
}

export function isUnlocked(): boolean {
  return context?.state === 'running';
}

/** Let the user hear the far end. */
export function hear(track: MediaStreamTrack) {
  outputs.headset.srcObject = new MediaStream([track]);
  void outputs.headset.play().catch(() => {});
}

export function hearNothing() {
  outputs.headset.srcObject = null;
}

/** Return a melody to say instead of what the microphone hears, somebody who hears the far end beside the headset, and
 * what ends both. */
export function stranger() {
  const audio = running();
  const out = audio.createMediaStreamDestination();
  const volume = audio.createGain();
  const tone = audio.createOscillator();
  const player = new Audio();
  tone.frequency.value = 587;
  volume.gain.value = 0.1;
  tone.connect(volume).connect(out);
  tone.start();
  const beat = setInterval(() => volume.gain.setTargetAtTime(volume.gain.value > 0.06 ? 0.03 : 0.1, audio.currentTime, 0.05), 400);
  return {
    says: out.stream,
    hear(track: MediaStreamTrack) {
      player.srcObject = new MediaStream([track]);
      void player.play().catch(() => {});
    },
    hearNothing() {
      player.srcObject = null;
    },
    end() {
      clearInterval(beat);
      tone.stop();
      volume.disconnect();
      player.srcObject = null;
    },
  };
}

/** Sound like a telephone that rings. Return what ends it. */
export function ring(): () => void {
  return sound('ringer', [440, 480], { on: 1.5, off: 2.5, times: Infinity });
}

/** Sound what a caller hears while the other side rings. Return what ends it. */
export function ringBack(): () => void {
  return sound('headset', [425], { on: 1, off: 4, times: Infinity });
}

/** Let the user hear a device. */
export function testTone(role: 'headset' | 'ringer') {
  sound(role, [523, 659], { on: 0.4, off: 0.1, times: 2 });
}

function sound(role: 'headset' | 'ringer', hertz: number[], beat: { on: number; off: number; times: number }): () => void {
  const audio = running();
  const out = audio.createMediaStreamDestination();
  const volume = audio.createGain();
  volume.gain.value = 0;
  volume.connect(out);
  const tones = hertz.map((one) => {
    const tone = audio.createOscillator();
    tone.frequency.value = one;
    tone.connect(volume);
    tone.start();
    return tone;
  });
  const player = outputs[role];
  player.srcObject = out.stream;
  void player.play().catch(() => {});
  let left = beat.times;
  let next: ReturnType<typeof setTimeout>;
  const once = () => {
    if (left-- <= 0) return end();
    const now = audio.currentTime;
    volume.gain.setTargetAtTime(0.15, now, 0.02);
    volume.gain.setTargetAtTime(0, now + beat.on, 0.02);
    next = setTimeout(once, (beat.on + beat.off) * 1000);
  };
  const end = () => {
    clearTimeout(next);
    for (const tone of tones) tone.stop();
    volume.disconnect();
    if (player.srcObject === out.stream) player.srcObject = null;
  };
  once();
  return end;
}

/** Open the microphone, and tell its level (0 to 1) ten times a second. Return what closes it. Throws DOMException. */
export async function meter(tell: (level: number) => void): Promise<() => void> {
  const stream = await navigator.mediaDevices.getUserMedia(constraints());
  const audio = running();
  const source = audio.createMediaStreamSource(stream);
  const ear = audio.createAnalyser();
  source.connect(ear);
  const heard = new Float32Array(ear.fftSize);
  const timer = setInterval(() => {
    ear.getFloatTimeDomainData(heard);
    const power = heard.reduce((sum, one) => sum + one * one, 0) / heard.length;
    tell(Math.min(1, Math.sqrt(power) * 4));
  }, 100);
  return () => {
    clearInterval(timer);
    source.disconnect();
    for (const track of stream.getTracks()) track.stop();
  };
}
