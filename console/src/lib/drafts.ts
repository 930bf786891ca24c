/** Texts that were begun and not sent. They outlive a reload, and end when the user signs out. */

const PREFIX = 'switchroom.draft.';

export function draftOf(place: string): string {
  return localStorage.getItem(PREFIX + place) ?? '';
}

export function keepDraft(place: string, text: string) {
  if (text) localStorage.setItem(PREFIX + place, text);
  else localStorage.removeItem(PREFIX + place);
}

export function forgetDrafts() {
  for (const key of Object.keys(localStorage)) if (key.startsWith(PREFIX)) localStorage.removeItem(key);
}
