"""One Dial of one call: who was rung, on which legs, and what came of it."""

# Theory of operation
# ===================
#
# The dialplan rings phones with one `Dial` on the caller's channel. Asterisk rings, bridges and records by itself, so a
# talk goes on when the engine dies. This module reads from Asterisk's events what became of each agent.
#
#   party   an agent's phone, or the called party: an outside line, or the colleague whose extension a member calls.
#           The core is told about parties only.
#   leg     a channel that Dial made to ring a party. A phone that is registered twice has two legs.
#   slot    a `Local` channel that Dial rings beside the phones, so that a phone can be added while the others ring.
#
# What the core is promised
# -------------------------
#
#   - Each party gets exactly one of answered (`AgentAnswered`, `PartyAnswered`) and failed (`OfferFailed`,
#     `PartyFailed`). One that answered gets exactly one end (`AgentLegEnded`, `PartyLegEnded`).
#   - All of them are told before the end of the Dial: `CallReturned` when the channel is in AsyncAGI again, or
#     `CallHungUp` when the caller is gone. `finish` gives what is still open at that moment.
#
# In which order Asterisk tells it
# --------------------------------
#
# One phone, which answers (`agent_hangs_up.json`; `>` is what we send):
#
#   > Setvar ..., Redirect to the context `offer`
#   DialBegin  caller, leg                the leg exists: `began`
#   Newstate   leg Ringing                the phone rings: `changed` gives PhoneRang
#   DialState  caller, leg RINGING        the same once more
#   Newstate   leg Up                     the phone is picked up: `changed` gives AgentAnswered
#   DialEnd    caller, leg ANSWER         Dial connects this leg. It comes only after the whisper, if there is one:
#                                         so the answer is read from Newstate
#   AsyncAGIStart caller                  the agent hung up, and the caller's channel is back
#   Hangup     leg, cause 16              `hung_up` gives AgentLegEnded, and CallReturned follows
#
# Asterisk keeps the order within a channel. Between two channels there is none:
#
#   - `Newstate` of a leg may come before its `DialBegin`. It is kept in `_early` until then.
#   - The caller's `AsyncAGIStart` often comes before the `Hangup` of the legs. Only a `Hangup` says why a phone failed:
#     cause 21 means rejected, where `DialEnd` says NOANSWER (`rejected.json`). So the call is `returning` until the
#     Dial is `quiet`, which means that every leg is gone. `NodeCalls.overdue` waits for that at most two seconds.
#   - A caller who hangs up while phones ring: `DialEnd` CANCEL, then `Hangup` of the legs, then of the caller
#     (`caller_gone_while_ringing.json`). A leg that is not gone by then fails with CALLER_GONE.
#   - A caller who hangs up in a talk: the `Hangup` of the caller comes before that of the agent's leg
#     (`caller_hangs_up.json`). `finish` gives AgentLegEnded before CallHungUp.
#
# A leg that ends without an answer gives its reason with its `Hangup` (`failure_reasons.leg_failure`). The party fails
# when the last of its legs is gone.
#
# Withdrawn offers and late answers
# ---------------------------------
#
# To withdraw a party its legs are hung up. The party is marked first, so:
#
#   - A leg that begins later is hung up when its `DialBegin` comes.
#   - An answer that comes before Asterisk has read our hang-up is no answer for the core, since the leg is about to
#     end. The party fails with WITHDRAWN, whatever cause the leg's `Hangup` has.
#   - If the redirect itself has not been sent yet (it waits for an AGI command), it is forgotten. The parties fail with
#     WITHDRAWN, and the caller has never left AsyncAGI.
#
# Two agents may pick up at the same moment. The first `Newstate` Up wins for the core, but Dial may connect the other
# leg. Dial then hangs up the core's winner: `AgentLegEnded` follows, and then the other agent's answer (`_rival_wins`).
# The legs that lose to an answer are hung up with cause 26, and their parties fail with WITHDRAWN.
#
# Slots
# -----
#
# Dial's list of legs cannot grow, so an offer that may grow begins with spare legs: `Local/later@later/n`. Each makes a
# pair of channels. The near half (`;1`) is rung by Dial. The far half (`;2`) runs the context `later`: it enters
# AsyncAGI and waits (`slot_ready`). To add a phone, the far half is redirected to a Dial of its own:
#
#   AsyncAGIStart far                     the slot is ready; this may come before the near half's DialBegin
#   > Setvar SR_DIAL far, Redirect far    the phone is added
#   DialBegin  far, leg
#   Newstate   leg Ringing
#   Newstate   leg Up                     AgentAnswered
#   DialEnd    far, leg ANSWER            does not decide: the caller's Dial may still connect another leg
#   DialEnd    caller, near ANSWER        decides: the caller's Dial connects this slot
#
# If the phone does not answer, the far half comes back to AsyncAGI and takes another phone
# (`added_rejects_and_is_tried_again.json`). Such a Dial is over only when an agent answers, when its time is up, or
# when the whole offer is withdrawn: that hangs up the near halves too.
#
# After a restart of the engine
# -----------------------------
#
# `pbx.asterisk.calls.resync` makes a Dial from the list of channels: `began` and `changed` for each leg that is there,
# `adopt_slot` for each slot. The events that follow are those of a Dial that was seen from its beginning.

from collections import deque

from pbx.asterisk.calls.parties import CALLED, Leg, Party, PartyState, Slot
from pbx.asterisk.protocol.dialplan import SLOT, near_half
from pbx.asterisk.protocol.failure_reasons import (
    CONGESTION,
    FINAL,
    SUBSCRIBER_ABSENT,
    first_telling,
    leg_failure,
)
from routing.events import (
    AgentAnswered,
    AgentLegEnded,
    Event,
    LegFailure,
    OfferFailed,
    PartyAnswered,
    PartyFailed,
    PartyLegEnded,
    PartyRang,
    PhoneRang,
)
from routing.ids import AgentId, CallId
from switchroom.sip_accounts import phone_of

_NOTHING_RANG = frozenset({SUBSCRIBER_ABSENT, CONGESTION})
"""With these causes the dialplan hangs a phone up that could ring nothing: no telephone is there, or no trunk works."""


class Dial:
    """`parties`: phone -> agent, or `{CALLED: None}`. `growing`: it has slots, and waits for phones when none rings.

    `called`: the phones of the called party, if it is a colleague. `lines`: over how many trunks an outside line may be
    rung, one after the other. `patient`: only the end of the Dial says that it failed. `ends_call`: a member's phone
    calls, and the dialplan hangs it up when this Dial is over.
    """

    def __init__(
        self,
        call: CallId,
        parties: dict[str, AgentId | None],
        *,
        growing: bool = False,
        called: tuple[str, ...] = (),
        lines: int = 1,
        patient: bool = False,
        ends_call: bool = False,
    ) -> None:
        self.call = call
        self._called = called
        self._lines = lines
        self._patient = patient
        self._ends_call = ends_call
        self.growing = growing
        self.closing = False
        self.legs: dict[str, Leg] = {}
        """By the leg's Uniqueid."""
        self._parties = {key: Party(key, agent) for key, agent in parties.items()}
        self._early: dict[str, str] = {}
        self._won = False
        self._slots: dict[str, Slot] = {}
        """By the near half's name."""
        self._slot_ids: dict[str, Slot] = {}
        self._added: deque[Party] = deque()
        """For these there is no slot yet."""
        self._freed: list[str] = []

    @property
    def phones(self) -> tuple[str, ...]:
        """Return the phones that have neither failed nor ended."""
        there = [party for party in self._parties.values() if party.state is not PartyState.OVER]
        return tuple(phone for party in there for phone in self._phones_of(party))

    def _phones_of(self, party: Party) -> tuple[str, ...]:
        return self._called if party.key == CALLED else (party.key,)

    @property
    def ringing(self) -> tuple[str, ...]:
        """Return the parties that have no outcome yet."""
        return tuple(party.key for party in self._pending)

    @property
    def talking(self) -> bool:
        return any(party.answered for party in self._parties.values())

    @property
    def over(self) -> bool:
        """Return whether no phone can be added: someone answered, or the offer is being withdrawn."""
        return self._won or self.closing

    @property
    def talker(self) -> AgentId | None:
        """Return the agent who answered and is still there."""
        return next((party.agent for party in self._parties.values() if party.answered), None)

    @property
    def quiet(self) -> bool:
        """Return whether every leg that began is gone."""
        return all(leg.gone for leg in self.legs.values())

    @property
    def refused(self) -> bool:
        """Return whether Dial is done with a called party who did not answer: the dialplan hangs the caller up."""
        ended = all(leg.status not in ("", "CANCEL") for leg in self.legs.values())
        return bool(self._ends_call and self.legs) and ended and not self._won

    @property
    def all_withdrawn(self) -> bool:
        return all(party.withdrawn for party in self._pending) and (self.closing or not self.growing)

    @property
    def talking_legs(self) -> tuple[str, ...]:
        """Return the channels that answered and are still there."""
        answered = (party.answered_by for party in self._parties.values() if party.answered)
        return tuple(leg.channel for leg in answered if leg is not None and not leg.gone)

    @property
    def bridged_leg(self) -> tuple[str, str] | None:
        """Return Uniqueid and name of the channel that is in the talk with the caller's: for a phone that was added,
        those of its slot."""
        near = {slot.near: id for id, slot in self._slot_ids.items()}
        for id, leg in self.legs.items():
            if leg.party.answered_by is leg and not leg.gone:
                return (near.get(leg.slot.near, ""), leg.slot.near) if leg.slot else (id, leg.channel)
        return None

    @property
    def bridged(self) -> str | None:
        """Return its name."""
        found = self.bridged_leg
        return None if found is None else found[1]

    @property
    def answered_phone(self) -> str:
        """Return the phone that talks; empty: it is none of ours."""
        party = next((party for party in self._parties.values() if party.answered), None)
        phones = () if party is None else self._phones_of(party)
        return phones[0] if phones else ""

    @property
    def whispered_to(self) -> tuple[str, ...]:
        """Return the channels that answered and hear a whisper: Dial has not connected them yet."""
        legs = [party.answered_by for party in self._parties.values() if party.answered]
        waiting = [leg for leg in legs if leg is not None and not leg.connected and not leg.gone]
        return tuple(leg.slot.near if leg.slot else leg.channel for leg in waiting)

    @property
    def _pending(self) -> list[Party]:
        return [party for party in self._parties.values() if party.pending]

    def freed(self) -> list[str]:
        """Return the phones that failed or ended since the last call of this method."""
        freed, self._freed = self._freed, []
        return freed

    def agent(self, key: str) -> AgentId | None:
        return self._parties[key].agent

    def rings(self, phone: str) -> bool:
        return phone in self._parties and self._parties[phone].state is not PartyState.OVER

    def goes_to(self, call: CallId) -> None:
        """Become the Dial of another call, whose own channel takes the talking leg over."""
        self.call, self._ends_call, self._patient = call, False, False

    def joined(self, unique_id: str, channel: str, phone: str, agent: AgentId | None) -> None:
        """Take over a channel that is in the talk already: it was not dialled."""
        party = self._parties[phone if agent else CALLED] = Party(phone if agent else CALLED, agent)
        leg = self.legs[unique_id] = Leg(channel, party, up=True, status="ANSWER")
        party.legs.append(leg)
        self._answer(leg)

    # -- slots ---------------------------------------------------------------------------------------

    def add(self, phone: str, agent: AgentId) -> None:
        """Add a phone, also one that failed before. `assigned` gives it a slot when one is ready."""
        party = self._parties[phone] = Party(phone, agent)
        self._added.append(party)

    def assigned(self) -> list[tuple[str, str]]:
        """Give each added phone a slot that is ready. Return (far half, phone) for each."""
        made = []
        for slot in self._slots.values():
            if self._added and slot.ready and not slot.gone and not self.over:
                slot.party = self._added.popleft()
                slot.ready = False
                made.append((slot.far, slot.party.key))
        return made

    def slot_ready(self, far: str) -> list[Event]:
        """The far half waits, or waits again: the phone that it dialled did not answer."""
        slot = self._slot(near_half(far))
        slot.ready = True
        party, slot.party = slot.party, None
        if party is not None and party.pending and party.quiet:
            return [self._fail(party, first_telling([leg.reason for leg in party.legs]))]
        return []

    def slot_refused(self, far: str) -> list[Event]:
        """The far half could not be told to dial."""
        slot = self._slot(near_half(far))
        party, slot.party = slot.party, None
        if party is None or not party.pending or party.legs:
            return []
        return [self._fail(party, LegFailure.WITHDRAWN if self.over or slot.gone else LegFailure.FAILED)]

    def adopt_slot(self, near: str, unique_id: str, dialled: str, *, ready: bool) -> None:
        """Take over a slot after a resync. `dialled`: the phone that is rung there, or empty."""
        slot = self._slot_ids[unique_id] = self._slot(near)
        slot.ready = ready
        slot.party = self._parties.get(dialled)

    def _slot(self, near: str) -> Slot:
        return self._slots.setdefault(near, Slot(near))

    # -- what happens to legs -----------------------------------------------------------------------

    def began(
        self, unique_id: str, channel: str, dialled: str, by: str = ""
    ) -> tuple[list[Event], list[str]]:
        """A leg is dialled, by the caller's channel or by a slot's far half (`by`).

        Returns events, and channels to hang up because their party was withdrawn before.
        """
        if dialled.startswith(SLOT):
            self._slot_ids[unique_id] = self._slot(channel)
            return self._fail_unrung(), [channel] if self.closing else []
        account = dialled.partition("/")[0].partition("@")[0]
        key = CALLED if CALLED in self._parties else phone_of(account)
        party = self._parties.get(key)
        if party is None or unique_id in self.legs:
            return [], []
        slot = self._slots.get(near_half(by))
        leg = self.legs[unique_id] = Leg(channel, party, slot)
        party.legs.append(leg)
        if party.withdrawn:
            return [], [channel]
        early = self._early.pop(unique_id, None)
        return (self.changed(unique_id, early), []) if early else ([], [])

    def _fail_unrung(self) -> list[Event]:
        """Fail the phones that have no leg when a slot is dialled: Dial rings phones first, so they are unreachable."""
        unrung = [p for p in self._pending if not p.legs and p not in self._added and not self._at_slot(p)]
        return [self._fail(p, self._last_reason(p, caller_gone=False)) for p in unrung]

    def _at_slot(self, party: Party) -> bool:
        return any(slot.party is party for slot in self._slots.values())

    def changed(self, unique_id: str, state: str) -> list[Event]:
        """The leg's channel became `Ringing` or `Up`. This may come a moment before `began`."""
        leg = self.legs.get(unique_id)
        if leg is None:
            if unique_id not in self._slot_ids:
                self._early[unique_id] = state
            return []
        if state == "Ringing":
            return self._ring(leg)
        leg.up = leg.up or state == "Up"
        if leg.up and not self.talking and leg.party.pending and not leg.party.withdrawn:
            return self._answer(leg)
        return []

    def ended(self, unique_id: str, status: str) -> list[Event]:
        """Dial is done with the leg. `ANSWER`: Dial connects this leg, also if several were picked up at once."""
        slot = self._slot_ids.get(unique_id)
        if slot is not None:
            slot.status = status
            legs = [leg for leg in slot.party.legs if leg.up and not leg.gone] if slot.party else []
            return self._answer(legs[0]) if status == "ANSWER" and legs and legs[0].party.pending else []
        leg = self.legs.get(unique_id)
        if leg is None:
            return []
        leg.status = status
        if status == "ANSWER" and leg.slot is None and leg.party.pending:
            return self._answer(leg)
        return []

    def hung_up(self, unique_id: str, cause: int) -> list[Event]:
        """The leg's channel is gone."""
        if unique_id in self._slot_ids:
            self._slot_ids[unique_id].gone = True
            return []
        leg = self.legs.get(unique_id)
        if leg is None or leg.gone:
            return []
        leg.gone = True
        party = leg.party
        if party.answered_by is leg:
            return [*self._end(party, cause or 16), *self._rival_wins(leg)]
        leg.reason = self._reason(leg, cause)
        if party.pending and party.quiet and not self._tries_again(party, cause):
            return [self._fail(party, first_telling([other.reason for other in party.legs]))]
        return []

    def _tries_again(self, party: Party, cause: int) -> bool:
        """Return whether the dialplan may ring the outside line over another trunk. If not, `finish` follows."""
        more = len(party.legs) < self._lines and cause not in FINAL
        return party.key == CALLED and (more or self._patient)

    def withdraw(self, agents: tuple[AgentId, ...]) -> tuple[list[Event], list[str]]:
        """Withdraw these agents; no agents: everything that rings, and the slots.

        Returns events, and channels to hang up now. `began` returns those legs of these agents that begin later.
        """
        self.closing = self.closing or not agents
        events: list[Event] = []
        channels = []
        for party in self._pending:
            if agents and party.agent not in agents:
                continue
            party.withdrawn = True
            channels += [leg.channel for leg in party.legs if not leg.gone]
            if party in self._added:
                self._added.remove(party)
                events.append(self._fail(party, LegFailure.WITHDRAWN))
        if self.closing:
            channels += [p.near for p in self._slot_ids.values() if not p.gone and not _answered_at(p)]
        return events, channels

    def finish(self, caller_gone: bool, cause: int = 0) -> list[Event]:
        """The Dial is over. Return an outcome for each party that has none yet.

        `cause`: with which the caller's channel was hung up. A colleague's refusal hangs it up with its own cause.
        """
        events: list[Event] = []
        for party in self._parties.values():
            if party.answered:
                events += self._end(party)
            elif party.pending:
                events.append(
                    self._fail(party, self._last_reason(party, caller_gone=caller_gone, cause=cause))
                )
        return events

    def refuse(self, reason: LegFailure) -> list[Event]:
        """The Dial could not be begun. Return a failure for each party."""
        return [self._fail(p, LegFailure.WITHDRAWN if p.withdrawn else reason) for p in self._pending]

    # -- what becomes of parties ----------------------------------------------------------------------

    def _last_reason(self, party: Party, *, caller_gone: bool, cause: int = 0) -> LegFailure:
        if party.withdrawn or self._won or party in self._added:
            return LegFailure.WITHDRAWN
        nothing_rang = self._ends_call and not self.legs and cause in _NOTHING_RANG
        if caller_gone and not (self.refused or nothing_rang):
            return LegFailure.CALLER_GONE
        return first_telling([leg.reason or self._reason(leg, cause) for leg in party.legs])

    def _ring(self, leg: Leg) -> list[Event]:
        leg.rang = True
        party = leg.party
        if party.rang or not party.pending or not self._phones_of(party):
            return []
        party.rang = True
        return [PartyRang(self.call) if party.agent is None else PhoneRang(self.call, party.agent)]

    def _answer(self, leg: Leg) -> list[Event]:
        party = leg.party
        party.state = PartyState.ANSWERED
        party.answered_by = leg
        self._won = True
        if party.agent is None:
            return [PartyAnswered(self.call)]
        return [AgentAnswered(self.call, party.agent)]

    def _rival_wins(self, gone: Leg) -> list[Event]:
        """If two were picked up at the same moment and `gone` was hung up, let the other be the one that answered.

        Dial says so itself only when the whisper is over.
        """
        rivals = [leg for leg in self.legs.values() if leg.up and not leg.gone and leg.party.pending]
        if gone.connected or not rivals or rivals[0].party.withdrawn:
            return []
        return self._answer(rivals[0])

    def _end(self, party: Party, cause: int = 16) -> list[Event]:
        self._close(party)
        party.answered_by = None
        if party.agent is None:
            return [PartyLegEnded(self.call, cause)]
        return [AgentLegEnded(self.call, party.agent, cause)]

    def _fail(self, party: Party, reason: LegFailure) -> Event:
        self._close(party)
        if party.agent is None:
            return PartyFailed(self.call, reason)
        return OfferFailed(self.call, party.agent, reason)

    def _close(self, party: Party) -> None:
        party.state = PartyState.OVER
        self._freed += self._phones_of(party)

    def _reason(self, leg: Leg, cause: int) -> LegFailure:
        if leg.party.withdrawn or self._won:
            return LegFailure.WITHDRAWN
        reason = leg_failure(leg.outcome, cause, rang=leg.rang)
        # A phone of ours said so: `FAILED` would mean that Asterisk could not ring it.
        ours = bool(self._phones_of(leg.party)) and reason is LegFailure.FAILED
        return LegFailure.UNREACHABLE if ours else reason


def _answered_at(slot: Slot) -> bool:
    return slot.party is not None and slot.party.answered
