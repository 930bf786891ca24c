/** States of agents, log entries and channels: their colours. The words are those of the messages. */

export type Tone = '' | 'good' | 'busy' | 'warn' | 'bad' | 'after';

const AGENT: Record<string, Tone> = {
  Available: 'good',
  Ringing: 'warn',
  OnCall: 'busy',
  WrapUp: 'after',
};

/** In which order a wallboard shows agents: those who talk first, those who are gone last. */
export const AGENT_STATES = [
  'OnCall',
  'Ringing',
  'WrapUp',
  'Available',
  'Break',
  'Away',
  'Unavailable',
  'Offline',
] as const;

export function agentTone(state: string | null | undefined): Tone {
  return AGENT[state ?? ''] ?? '';
}

const DISPOSITION: Record<string, Tone> = {
  answered: 'good',
  abandoned: 'bad',
  voicemail: 'after',
  callback: 'busy',
  overflow: 'warn',
  failed: 'bad',
  denied: 'bad',
  'no-answer': 'warn',
  busy: 'warn',
};

export function dispositionTone(disposition: string): Tone {
  return DISPOSITION[disposition] ?? '';
}

const CHANNEL: Record<string, Tone> = {
  pending: 'warn',
  connected: 'good',
  disconnecting: 'warn',
  failed: 'bad',
};

export function channelTone(state: string): Tone {
  return CHANNEL[state] ?? '';
}
