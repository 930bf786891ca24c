/** The console's texts. A text may hold `{name}`, and two forms, `one|other`, chosen by `{n}`. */

import { en } from '../messages/en';

export type Key = keyof typeof en;
export type Texts = Record<Key, string>;
export const LOCALES = { en: 'English', de: 'Deutsch' } as const;
export type Locale = keyof typeof LOCALES;
/** Languages for tests, in no list: every text longer and with accents; the same from right to left. A text that stands
 * in the code, or a place that is too narrow, shows at once. */
const PSEUDO = ['en-XA', 'ar-XB'] as const;
type Pseudo = (typeof PSEUDO)[number];

const KEY = 'switchroom.locale';
const state = $state({ locale: 'en' as Locale, texts: en as Texts });
const others: Record<Exclude<Locale, 'en'>, () => Promise<Texts>> = {
  de: async () => (await import('../messages/de')).de,
};

export function locale(): Locale {
  return state.locale;
}

function isLocale(text: string | null): text is Locale {
  return text !== null && text in LOCALES;
}

/** Choose the language: the one that was chosen before, else the first of the browser's that we have. */
export async function startMessages() {
  const kept = localStorage.getItem(KEY);
  if (kept === 'en-XA' || kept === 'ar-XB') return pretend(kept);
  const wanted = [kept, ...navigator.languages.map((tag) => tag.split('-')[0] ?? '')];
  await use(wanted.find(isLocale) ?? 'en');
}

export async function chooseLocale(chosen: Locale) {
  localStorage.setItem(KEY, chosen);
  await use(chosen);
}

async function use(chosen: Locale) {
  state.texts = chosen === 'en' ? en : await others[chosen]();
  state.locale = chosen;
  document.documentElement.lang = chosen;
}

async function pretend(chosen: Pseudo) {
  const { pseudo } = await import('../messages/pseudo');
  state.texts = pseudo(en);
  document.documentElement.lang = chosen;
  document.documentElement.dir = chosen === 'ar-XB' ? 'rtl' : 'ltr';
}

export type Values = Record<string, string | number>;

/** Return the text in the user's language. */
export function t(key: Key, values: Values = {}): string {
  let text = state.texts[key];
  if (text.includes('|')) {
    const [one, other] = text.split('|') as [string, string];
    text = new Intl.PluralRules(state.locale).select(Number(values.n)) === 'one' ? one : other;
  }
  return text.replace(/\{(\w+)\}/g, (_, name: string) => {
    const value = values[name];
    return typeof value === 'number' ? value.toLocaleString(state.locale) : (value ?? '');
  });
}

/** Return the text of a word of the API (`state.OnCall`), or the word itself if it has none. */
export function word(kind: string, value: string | null | undefined): string {
  if (!value) return '';
  const key = `${kind}.${value}`;
  return key in state.texts ? t(key as Key) : value;
}
