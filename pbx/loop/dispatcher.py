"""The way of a command out of the core: which part of the engine carries out what.

`Dispatcher.dispatch` is the one place that decides. A command for Asterisk then passes these, in this order:

1. `pbx.effects.effects.Effects.send`: the play queue holds it while a prompt before it is not spoken yet.
2. `pbx.nodes.fleet.Fleet.send`: chooses the node on which the call lives.
3. `pbx.nodes.node.Node.send`: drops it while the node is not ready, since the resync tells the core what is there.
4. `pbx.asterisk.calls.node_calls.NodeCalls.translate`: finds the call. `Translator` makes AMI actions of the command.
5. `pbx.ami.AmiClient.post`: writes the actions to Asterisk. `NodeCalls.outcome` reads what became of each.

None of these waits. What a command brings about, or why it fails, comes back through the inbox as an event.
"""

from typing import assert_never

from pbx.loop.timers import Timers
from pbx.persistence.alarms import Alarms
from pbx.persistence.live_views import Publisher
from pbx.persistence.records import Records
from pbx.ports import NodesAndServices
from routing.commands import (
    AddToOffer,
    Answer,
    AnswerKey,
    CallRefused,
    CancelTimer,
    CheckPin,
    Command,
    CompleteConsult,
    Consult,
    DialOut,
    FetchUrl,
    FindContact,
    FindRoom,
    HandOver,
    HangUp,
    HoldCall,
    JoinAgain,
    JoinConference,
    JoinConsult,
    LaunchCallback,
    LetGo,
    Listen,
    LogCall,
    LogMailbox,
    LogSettings,
    LogSpell,
    LogStay,
    LogVoicemail,
    LogWork,
    LogWrapUp,
    MuteParticipant,
    MuteParty,
    Notify,
    OfferCall,
    OfferWork,
    OutboundAlarm,
    PauseRecording,
    PickUp,
    Play,
    Publish,
    ReadMailbox,
    RecordMessage,
    RecordRoom,
    RecordTalk,
    RingExtension,
    RingMember,
    SendDigits,
    SetPin,
    ShowState,
    StartMusic,
    StartTimer,
    StopPlay,
    Supervise,
    TakeBack,
    TellParticipant,
    TellRoom,
    WithdrawOffer,
    WithdrawWork,
)


class Dispatcher:
    """Hands each command to the part that carries it out. A test names each command that has no case here."""

    def __init__(
        self,
        timers: Timers,
        records: Records,
        publisher: Publisher,
        nodes: NodesAndServices,
        alarms: Alarms,
    ) -> None:
        self._timers = timers
        self._records = records
        self._publisher = publisher
        self._nodes = nodes
        self._alarms = alarms

    def dispatch(self, command: Command, at: float) -> None:
        """Carry the command out, or begin to. `at`: when its event entered the engine, POSIX seconds."""
        match command:
            case StartTimer():
                self._timers.start(command.timer, command.at)
            case CancelTimer():
                self._timers.cancel(command.timer)
            case LogCall():
                self._records.log_call(command)
            case LogStay():
                self._records.log_stay(command)
            case LogWork():
                self._records.log_work(command)
            case OfferWork() | WithdrawWork():
                self._records.work_offer(command)
            case LogVoicemail():
                self._records.log_voicemail(command)
            case LogMailbox():
                self._records.log_mailbox(command)
            case LogSettings():
                self._records.log_settings(command)
            case LogWrapUp():
                self._records.log_wrap_up(command)
            case LogSpell():
                self._records.log_spell(command)
            case Notify():
                self._records.notify(command, at)
            case OutboundAlarm():
                self._alarms.raised(command, at)
            case CallRefused():
                self._alarms.refused(command, at)
            case Publish():
                self._publisher.changed(command)
            case ShowState():
                self._nodes.show_state(command)
            case FetchUrl():
                self._nodes.fetch(command)
            case FindContact():
                self._nodes.find_contact(command)
            case ReadMailbox() | CheckPin() | SetPin():
                self._nodes.mailbox(command)
            case FindRoom():
                self._nodes.find_room(command)
            case (
                Answer()
                | Play()
                | StopPlay()
                | StartMusic()
                | OfferCall()
                | AddToOffer()
                | WithdrawOffer()
                | DialOut()
                | RecordMessage()
                | RingExtension()
                | Listen()
                | HoldCall()
                | JoinAgain()
                | TakeBack()
                | HandOver()
                | PickUp()
                | PauseRecording()
                | RecordTalk()
                | AnswerKey()
                | Consult()
                | CompleteConsult()
                | JoinConsult()
                | LetGo()
                | Supervise()
                | MuteParty()
                | SendDigits()
                | JoinConference()
                | MuteParticipant()
                | TellParticipant()
                | TellRoom()
                | RecordRoom()
                | LaunchCallback()
                | RingMember()
                | HangUp()
            ):
                self._nodes.send(command)
            case _:
                assert_never(command)
