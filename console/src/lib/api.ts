/** The client of our own API, typed by its OpenAPI document. The cookie of this browser signs it in. */

import createClient, { type Middleware } from 'openapi-fetch';
import type { components, paths } from '../api/schema';
import { inboxProblems } from './problems';

export type Schemas = components['schemas'];

/** What an operation answered instead. `fields`: a message for each wrong field. */
export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly kind: string,
    readonly fields: Record<string, unknown>,
    readonly request: string,
  ) {
    super(`${status} ${kind}`);
  }

  /** The text of the answer, in the server's words. */
  get text(): string {
    return Object.entries(this.fields)
      .map(([name, value]) => (name === 'message' ? String(value) : `${name}: ${String(value)}`))
      .join('; ');
  }
}

/** No answer came: the server or the network is away. */
export class Offline extends Error {}

type Listener = () => void;
let signedOut: Listener = () => {};
let refused: Listener = () => {};

/** Call `listener` when an operation says that nobody is signed in any more. */
export function onSignedOut(listener: Listener) {
  signedOut = listener;
}

/** Call `listener` when an operation says that the user may not do this. */
export function onRefused(listener: Listener) {
  refused = listener;
}

const noteEnd: Middleware = {
  onResponse({ response }) {
    if (response.status === 401) signedOut();
    if (response.status === 403) refused();
  },
};

export const api = createClient<paths>({ baseUrl: '/', credentials: 'same-origin' });
api.use(noteEnd);

interface Answered<T> {
  data?: T;
  error?: unknown;
  response: Response;
}

/** Return the answer's data. Throws ApiError or Offline. */
export async function asked<T>(answer: Promise<Answered<T>>): Promise<T> {
  return (await askedFor(answer)).data;
}

/** Return the answer's data, and its headers. Throws ApiError or Offline. */
export async function askedFor<T>(answer: Promise<Answered<T>>): Promise<{ data: T; headers: Headers }> {
  let found: Answered<T>;
  try {
    found = await answer;
  } catch (error) {
    if (error instanceof TypeError) throw new Offline();
    throw error;
  }
  if (!found.response.ok) throw errorOf(found.response, found.error);
  return { data: found.data as T, headers: found.response.headers };
}

/** Return what an operation takes whose body is a form with a file. */
export function asForm(form: FormData) {
  return { body: form as never, bodySerializer: (body: unknown) => body as FormData };
}

function errorOf(response: Response, body: unknown): ApiError {
  // The inbox has a form of its own: `{code, message}`.
  const said = (body ?? {}) as { errorType?: string; response?: Record<string, unknown>; message?: string };
  const fields = said.response ?? (said.message ? inboxProblems(said.message) : {});
  const request = response.headers.get('X-Request-Id') ?? '';
  return new ApiError(response.status, said.errorType ?? 'server', fields, request);
}
