/** Who is at the other end of a call, as lists of calls name them. */

import type { Schemas } from './api';
import { phone } from './format.ts';

type Ends = Pick<Schemas['CallLog'], 'caller_name' | 'direction' | 'from' | 'to'>;

export interface Party {
  /** Their name as their telephone tells it. Everybody can call themselves what they like: show the number beside it. */
  name: string;
  number: string;
}

/** Return who called. */
export function callerOf(call: Ends): Party {
  return { name: call.caller_name, number: phone(call.from) };
}

/** Return whom the team talked with: of an outgoing call, who was called. */
export function otherOf(call: Ends): Party {
  return call.direction === 'outgoing' ? { name: '', number: phone(call.to) } : callerOf(call);
}
