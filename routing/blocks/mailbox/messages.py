"""`mailbox`: the messages of a mailbox, its greetings, and the way to its PIN.

What the caller hears is in `state` of the call's memory:

    counts      how many messages there are, then the menu; the keys of the menu count
    header      which message it is, from whom and when; then its audio
    audio       the message itself; then the keys that are told to the caller
    keys        what can be done with the message
    options     the menu of greetings and PIN
    record      'after the tone ...'; then the caller is recorded
    review      what can be done with the recording
    listen      the recording; then the review again
    temporary   a temporary greeting is there: record another one, or remove it

Each digit is a key of the state in which it is pressed, also while something is heard. New messages come before those
that were heard, the oldest first. A message counts as heard when its audio ends, or is cut off by a key.
"""

from typing import Any, ClassVar

from routing.blocks import checks
from routing.blocks.base import Exit, Turn
from routing.blocks.mailbox.base import (
    DONE,
    TRIES,
    WAIT,
    InMailbox,
    ask,
    block,
    member_of,
    say,
    wait_for_digit,
)
from routing.blocks.mailbox.spoken import counts, header, keys_of
from routing.blocks.voicemail import BUSY, NAME, TEMPORARY, UNAVAILABLE
from routing.commands import LogMailbox, ReadMailbox, RecordMessage
from routing.events import StoredMessage
from routing.ids import TimerPurpose
from routing.state.phases import CallPhase

MENU = "switchroom/mailbox-menu"
OPTIONS, OPTIONS_OF_USER = "switchroom/mailbox-options", "vm-options"
"""The second one, of Asterisk's core sounds, has the key for the name too."""
GREETINGS = {
    "1": (UNAVAILABLE, "vm-rec-unv"),
    "2": (BUSY, "vm-rec-busy"),
    "3": (NAME, "vm-rec-name"),
    "4": (TEMPORARY, "vm-rec-temp"),
}
"""Key of the options -> the greeting that is recorded, and what is said before. Only a user's mailbox has a name."""
REVIEW, TOO_SHORT, SAVED = "vm-review", "vm-tooshort", "vm-msgsaved"
TEMPORARY_IS_THERE, REMOVED = "vm-tempgreeting2", "vm-tempremoved"
NO_MORE, DELETED, NO_NUMBER, UNPLAYABLE = "vm-nomore", "vm-deleted", "vm-nonumber", "vm-sorry"
WRONG_KEY = "pm-invalid-option"
LONGEST_GREETING, SHORTEST_GREETING, SILENCE = 180, 1.0, 5
CALL_SECONDS = 30


class MailboxMessages(InMailbox):
    """See the module. Keys of a message: 1 or 5 repeat, 4 previous, 6 next, 7 delete, 9 save, 2 call back, 0 options, *
    menu, # end."""

    type = "mailbox"
    settings: ClassVar = {"mailbox": checks.mailbox(required=True)}

    def enter(self, turn: Turn) -> Exit:
        turn.memory.update(state="counts", at=0, messages=[], silent=0)
        ask(turn, ReadMailbox)
        return None

    def mailbox_read(self, turn: Turn, messages: tuple[StoredMessage, ...], ok: bool) -> Exit:
        if not ok:
            return self.overdue(turn)
        turn.memory["messages"] = [
            {"id": it.id, "caller": it.caller, "at": it.created_at, "heard": it.heard} for it in messages
        ]
        say(turn, *counts(turn.memory["messages"]), MENU)
        return None

    # -- what ends by itself -----------------------------------------------------------------------------------

    def played(self, turn: Turn, ok: bool) -> Exit:
        state = turn.memory["state"]
        if state == "header":
            self._hear(turn)
        elif state == "audio":
            self._heard(turn, ok)
        elif state == "record":
            self._record(turn)
        elif state == "listen":
            self._say(turn, "review", REVIEW)
        else:
            wait_for_digit(turn, WAIT)
        return None

    def timed_out(self, turn: Turn) -> Exit:
        """Tell the keys again, three times; then the call ends."""
        turn.memory["silent"] += 1
        if turn.memory["silent"] >= TRIES:
            return DONE
        told = {
            "keys": keys_of(turn),
            "options": (_options(turn),),
            "review": (REVIEW,),
            "temporary": (TEMPORARY_IS_THERE,),
        }
        say(turn, *told.get(turn.memory["state"], (MENU,)))
        return None

    # -- keys --------------------------------------------------------------------------------------------------

    def digit(self, turn: Turn, digit: str) -> Exit:
        state = turn.memory["state"]
        turn.world.stop_play(turn.call)
        turn.world.cancel_timer(turn.call.id, TimerPurpose.DIGIT)
        turn.call.awaiting = None
        turn.memory["silent"] = 0
        if state == "audio":
            self._note_heard(turn)
        if digit == "#" and state not in ("record", "review", "listen"):
            return DONE
        if state in ("review", "listen"):
            return self._review(turn, digit)
        if state in ("options", "record"):
            return self._option(turn, digit)
        if state == "temporary":
            return self._temporary(turn, digit)
        if state == "counts":
            return self._menu(turn, digit)
        return self._message_key(turn, digit)

    def _menu(self, turn: Turn, digit: str) -> Exit:
        if digit == "1":
            turn.memory["at"] = 0
            self._present(turn)
        elif digit == "0":
            self._say(turn, "options", _options(turn))
        else:
            self._say(turn, "counts", *(() if digit == "*" else (WRONG_KEY,)), MENU)
        return None

    def _message_key(self, turn: Turn, digit: str) -> Exit:
        memory = turn.memory
        if digit in ("1", "5"):
            self._present(turn)
        elif digit == "4":
            memory["at"] = max(0, memory["at"] - 1)
            self._present(turn)
        elif digit == "6":
            memory["at"] += 1
            self._present(turn)
        elif digit == "7":
            self._log(turn, "delete", voicemail=memory["messages"].pop(memory["at"])["id"])
            self._present(turn, DELETED)
        elif digit == "9":
            self._log(turn, "save", voicemail=self._current(turn)["id"])
            self._say(turn, "keys", SAVED)
        elif digit == "2":
            return self._call_back(turn)
        elif digit in ("0", "*"):
            self._say(turn, *(("options", _options(turn)) if digit == "0" else ("counts", MENU)))
        else:
            self._say(turn, "keys", WRONG_KEY, *keys_of(turn))
        return None

    # -- messages ----------------------------------------------------------------------------------------------

    def _current(self, turn: Turn) -> dict[str, Any]:
        message: dict[str, Any] = turn.memory["messages"][turn.memory["at"]]
        return message

    def _present(self, turn: Turn, *first: str) -> None:
        """Say which message it is. Behind the last one, the menu follows."""
        at, messages = turn.memory["at"], turn.memory["messages"]
        if at >= len(messages):
            turn.memory["at"] = max(0, len(messages) - 1)
            self._say(turn, "counts", *first, NO_MORE, MENU)
            return
        self._say(turn, "header", *first, *header(turn, at, messages))

    def _hear(self, turn: Turn) -> None:
        self._say(turn, "audio", f"messages/{self._current(turn)['id']}")

    def _heard(self, turn: Turn, ok: bool) -> None:
        if ok:
            self._note_heard(turn)
        self._say(turn, "keys", *(() if ok else (UNPLAYABLE,)), *keys_of(turn))

    def _note_heard(self, turn: Turn) -> None:
        message = self._current(turn)
        if not message["heard"]:
            message["heard"] = True
            self._log(turn, "read", voicemail=message["id"])

    def _call_back(self, turn: Turn) -> Exit:
        """Ring who left the message: a colleague, or an outside line if the team may dial it."""
        caller, member = self._current(turn)["caller"], member_of(turn)
        colleague = None if member is None else turn.world.users.at_extension(member.team, caller)
        if colleague is not None and colleague is not member:
            return block("extension", extension=caller)
        if member is not None and caller.startswith("+"):
            return block("number", number=caller, timeout=CALL_SECONDS)
        self._say(turn, "keys", NO_NUMBER)
        return None

    # -- greetings ---------------------------------------------------------------------------------------------

    def _option(self, turn: Turn, digit: str) -> Exit:
        if digit == "5":
            return block("mailbox-new-pin", mailbox=turn.setting("mailbox"))
        if digit == "*":
            self._say(turn, "counts", MENU)
        elif digit == "4" and self._has_temporary(turn):
            self._say(turn, "temporary", TEMPORARY_IS_THERE)
        elif digit in GREETINGS and (digit != "3" or _is_users(turn)):
            self._announce_recording(turn, digit)
        else:
            self._say(turn, "options", WRONG_KEY, _options(turn))
        return None

    def _has_temporary(self, turn: Turn) -> bool:
        mailbox = turn.setting("mailbox")
        found = turn.world.mailboxes.of(turn.call.team, mailbox["kind"], mailbox["id"])
        return found is not None and bool(found.greetings.get(TEMPORARY))

    def _temporary(self, turn: Turn, digit: str) -> Exit:
        if digit == "1":
            self._announce_recording(turn, "4")
        elif digit == "2":
            self._log(turn, "remove-greeting", greeting=TEMPORARY)
            self._say(turn, "options", REMOVED, _options(turn))
        else:
            self._say(turn, "options", _options(turn))
        return None

    def _announce_recording(self, turn: Turn, key: str, *first: str) -> None:
        turn.memory["key"] = key
        self._say(turn, "record", *first, GREETINGS[key][1])

    def _record(self, turn: Turn) -> None:
        call = turn.call
        call.messages += 1
        turn.memory["file"] = f"greetings/{call.id}-{call.messages}"
        call.token += 1
        call.awaiting = call.token
        turn.world.emit(RecordMessage(call.id, call.token, turn.memory["file"], LONGEST_GREETING, SILENCE))
        turn.world.move(call, CallPhase.RECORDING, limit=float(LONGEST_GREETING))

    def recorded(self, turn: Turn, seconds: float) -> Exit:
        if seconds < SHORTEST_GREETING:
            turn.memory["silent"] += 1
            if turn.memory["silent"] >= TRIES:
                return DONE
            self._announce_recording(turn, turn.memory["key"], TOO_SHORT)
        else:
            turn.memory["silent"] = 0
            self._say(turn, "review", REVIEW)
        return None

    def _review(self, turn: Turn, digit: str) -> Exit:
        """1 takes the recording, 2 plays it, 3 records again, everything else forgets it."""
        if digit == "1":
            kind, file = GREETINGS[turn.memory["key"]][0], turn.memory["file"] + ".wav"
            self._log(turn, "greeting", greeting=kind, file=file)
            again = (turn.memory["file"],) if kind == NAME else ()
            self._say(turn, "options", *again, SAVED, _options(turn))
        elif digit == "2":
            self._say(turn, "listen", turn.memory["file"])
        elif digit == "3":
            self._announce_recording(turn, turn.memory["key"])
        else:
            self._say(turn, "options", _options(turn))
        return None

    # -- what is said, and written down ------------------------------------------------------------------------

    def _say(self, turn: Turn, state: str, *sounds: str) -> None:
        turn.memory["state"] = state
        say(turn, *sounds)

    def _log(self, turn: Turn, action: str, **details: str) -> None:
        call, mailbox, member = turn.call, turn.setting("mailbox"), member_of(turn)
        record = {
            "call": call.id,
            "team": call.team,
            "mailbox_kind": mailbox["kind"],
            "mailbox": mailbox["id"],
            "user": None if member is None else member.user,
            "action": action,
            "at": turn.world.now,
            **details,
        }
        turn.world.emit(LogMailbox(record))


def _is_users(turn: Turn) -> bool:
    return bool(turn.setting("mailbox")["kind"] == "user")


def _options(turn: Turn) -> str:
    return OPTIONS_OF_USER if _is_users(turn) else OPTIONS
