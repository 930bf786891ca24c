/** What was begun and not sent or published. It outlives a reload, and ends when the user signs out.
 *
 * Texts are kept for the whole browser, drafts of call routes for their tab. Each belongs to one user: who signs in after
 * another, whose session ended by itself, gets nothing of theirs. */

const PREFIX = 'switchroom.draft.';
const OWNER = 'switchroom.drafts-of';

export function draftOf(place: string, storage = localStorage): string {
  return storage.getItem(PREFIX + place) ?? '';
}

export function keepDraft(place: string, text: string, storage = localStorage) {
  if (text) storage.setItem(PREFIX + place, text);
  else storage.removeItem(PREFIX + place);
}

/** Keep drafts of this user from now on, and forget those of everybody else. */
export function keepDraftsOf(user: string) {
  for (const storage of [localStorage, sessionStorage]) {
    if (storage.getItem(OWNER) !== user) forget(storage);
    storage.setItem(OWNER, user);
  }
}

export function forgetDrafts() {
  for (const storage of [localStorage, sessionStorage]) forget(storage);
}

function forget(storage: Storage) {
  for (const key of Object.keys(storage)) if (key.startsWith(PREFIX)) storage.removeItem(key);
  storage.removeItem(OWNER);
}
