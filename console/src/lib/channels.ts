/** Channels of the inbox, without a screen: which sources can be connected, and what their tokens are made of. */

export const SOURCES = ['SMS_TWILIO', 'WHATSAPP_TWILIO', 'FACEBOOK', 'EMAIL', 'WEB_CHAT'] as const;
export type Source = (typeof SOURCES)[number];

/** What a form asks for, by source: a Twilio account, a token, or a mailbox. */
export interface Access {
  account: string;
  token: string;
  user: string;
  imap: string;
  smtp: string;
  /** The servers are spoken to by STARTTLS, not TLS from the first byte. */
  startTls: boolean;
}

/** Return what `/connect-channels` takes as the token. */
export function tokenOf(source: Source, access: Access): string {
  if (source === 'FACEBOOK') return access.token;
  if (source !== 'EMAIL') return `${access.account.trim()}:${access.token.trim()}`;
  const who = `${encodeURIComponent(access.user)}:${encodeURIComponent(access.token)}`;
  const s = access.startTls ? '' : 's';
  return `imap${s}://${who}@${access.imap.trim()} smtp${s}://${who}@${access.smtp.trim()}`;
}

/** Return the origins that somebody wrote, one a line: `https://Shop.example/` as a browser writes it. */
export function originsOf(text: string): string[] {
  const lines = text.split(/\s+/).filter(Boolean);
  return [...new Set(lines.map((line) => (URL.canParse(line) && new URL(line).origin !== 'null' ? new URL(line).origin : line)))];
}
