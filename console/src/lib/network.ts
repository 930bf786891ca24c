/** Whether this computer's calls find their way: by which of its addresses the servers of `POST /v1/phone` let others reach it. */

import type { Schemas } from './api';

type Server = Schemas['Phone']['ice_servers'][number];
/**
 * `local`: no server is set, so only the local network is reached. `relay`: a TURN server passes sound on. `reflexive`: a
 * STUN server told the address that others see. `direct`: it is the computer's own. `norelay`: others see an address, but
 * no TURN server answers. `blocked`: no server answers.
 */
export type Reach = 'local' | 'relay' | 'reflexive' | 'direct' | 'norelay' | 'blocked';

/** Milliseconds after which a server that did not answer counts as away. */
const LIMIT = 5000;

export interface Gathered {
  /** Of candidates: `host`, `srflx`, `relay`. */
  types: ReadonlySet<string>;
  /** Every server was asked in time, and each has answered. */
  complete: boolean;
}

export const isGood = (reach: Reach) => reach === 'relay' || reach === 'reflexive' || reach === 'direct';

/** Return what the candidates say. An address that the computer has itself is told by no STUN server. */
export function reachOf(servers: Pick<Server, 'urls'>[], { types, complete }: Gathered): Reach {
  const wantsRelay = servers.some((one) => one.urls.some((url) => /^turns?:/i.test(url)));
  if (!servers.length) return 'local';
  if (types.has('relay')) return 'relay';
  if (types.has('srflx')) return wantsRelay ? 'norelay' : 'reflexive';
  return complete && !wantsRelay ? 'direct' : 'blocked';
}

/** Ask the servers. It takes five seconds at most, and opens no microphone. */
export async function checkNetwork(servers: Server[]): Promise<Reach> {
  if (!servers.length) return 'local';
  const iceServers = servers.map((one) => ({
    urls: one.urls,
    ...(one.username && one.credential ? { username: one.username, credential: one.credential } : {}),
  }));
  const connection = new RTCPeerConnection({ iceServers });
  const types = new Set<string>();
  let failed = false;
  try {
    return await new Promise<Reach>((resolve, reject) => {
      const tell = (complete: boolean) => resolve(reachOf(servers, { types, complete }));
      setTimeout(() => tell(false), LIMIT);
      connection.onicecandidateerror = () => (failed = true);
      connection.onicecandidate = ({ candidate }) => {
        if (candidate?.type) types.add(candidate.type);
        if (isGood(reachOf(servers, { types, complete: false }))) tell(false);
        else if (!candidate) tell(!failed);
      };
      connection.createDataChannel('check');
      connection.setLocalDescription().catch(reject);
    });
  } finally {
    connection.close();
  }
}
