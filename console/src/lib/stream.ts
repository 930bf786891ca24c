/**
 * What changes in a team, as server-sent events. One tab of the browser holds the stream (it has the Web Lock), and
 * hands what it hears to the others over a BroadcastChannel. If it is closed, another tab takes over.
 */

export interface Change {
  model: string;
  verb: string;
  id: string;
  data?: unknown;
}

/**
 * What a tab is told. `ready`: the stream is up, and what was read before may be old: read it again. `lost`: it is
 * away; `refused`: the server answered, but with an error.
 */
export type Told =
  | { kind: 'ready' }
  | { kind: 'lost'; refused: boolean }
  | { kind: 'change'; change: Change };

type Listener = (told: Told) => void;
/** Milliseconds after which a stream that the server refused is asked for again, at first and at most. A browser does
 * that by itself only when the network was away. */
const AGAIN = 3000;
const AGAIN_AT_MOST = 30_000;
interface Asks {
  kind: 'asks';
}

/** Follow the team's stream. Return what ends it. */
export function follow(team: string, listener: Listener): () => void {
  const tabs = new BroadcastChannel(`switchroom.stream.${team}`);
  const ended = new AbortController();
  let source: EventSource | null = null;
  /** What the other tabs know of the stream. */
  let state: Told | null = null;

  function tell(told: Told) {
    if (told.kind !== 'change') state = told;
    tabs.postMessage(told);
    listener(told);
  }

  tabs.onmessage = ({ data }: MessageEvent<Told | Asks>) => {
    if (data.kind !== 'asks') listener(data);
    else if (source && state) tabs.postMessage(state);
  };
  tabs.postMessage({ kind: 'asks' });

  function hold(): Promise<void> {
    return new Promise((done) => {
      let wait = AGAIN;
      function connect() {
        if (ended.signal.aborted) return;
        source = open(team, tell);
        source.addEventListener('open', () => (wait = AGAIN));
        source.addEventListener('error', () => {
          if (source?.readyState !== EventSource.CLOSED) return;
          // Not all browsers at the same moment: they were refused at the same moment.
          setTimeout(connect, wait * (0.75 + Math.random() / 2));
          wait = Math.min(wait * 2, AGAIN_AT_MOST);
        });
      }
      connect();
      ended.signal.addEventListener('abort', () => {
        source?.close();
        done();
      });
    });
  }

  // Over plain HTTP a browser has no locks, except on localhost: then each tab holds a stream.
  if (!navigator.locks) void hold();
  else navigator.locks.request(`switchroom.stream.${team}`, { signal: ended.signal }, hold).catch((error: Error) => {
    if (error.name !== 'AbortError') throw error;
  });
  return () => {
    ended.abort();
    tabs.close();
  };
}

function open(team: string, tell: Listener): EventSource {
  const source = new EventSource(`/v1/team/${team}/stream`);
  let lost = false;
  function ready() {
    lost = false;
    tell({ kind: 'ready' });
  }
  // The first time the server says `ready`. After a loss the browser sends the id of the last event, and the server
  // goes on behind it, without a word if nothing was missed.
  source.addEventListener('open', () => {
    if (lost) ready();
  });
  source.addEventListener('ready', ready);
  source.addEventListener('reset', ready);
  source.addEventListener('change', (event) => tell({ kind: 'change', change: JSON.parse(event.data) }));
  source.addEventListener('error', () => {
    const refused = source.readyState === EventSource.CLOSED;
    if (!lost || refused) tell({ kind: 'lost', refused });
    lost = true;
  });
  return source;
}
