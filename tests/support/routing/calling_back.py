"""How stories of callbacks begin."""

from typing import Any

from routing.config import QueueConfig
from routing.views import QueueView
from tests.support.routing.story import CALLER, Caller, Person, Story, block

OTHER = "+14165550188"
DIGIT = {"1": "back"}


def setting(story: Story, *people: Person, **settings: Any) -> QueueConfig:
    """Make a queue whose callers press 1 to be called back. The callers hang up after the confirmation."""
    story.may_dial()
    queue = story.queue(*people, **settings)
    story.route(
        "q",
        q=block("queue", DIGIT, queue=queue.id),
        back=block("callback", {"next": "bye", "failed": "sorry"}, sound="vm-saved"),
        bye=block("hangup"),
        sorry=block("hangup", cause=21),
    )
    return queue


def asks(story: Story, caller: str = CALLER) -> Caller:
    """Let a caller press 1, hear the confirmation and hang up."""
    call = story.call()
    call.enters(caller=caller)
    call.presses("1")
    if call.hears("vm-saved"):
        call.listens()
    assert call.phase == "over"
    return call


def busy(story: Story, **settings: Any) -> tuple[QueueConfig, Person, Caller]:
    """Let the queue's only agent talk while a customer asks for a callback."""
    ann = story.agent("ann")
    queue = setting(story, ann, **settings)
    story.calls_in()
    ann.answers()
    return queue, ann, asks(story)


def rung(story: Story, **settings: Any) -> tuple[Caller, Person, QueueConfig]:
    """Let a callback's attempt ring."""
    queue, ann, _ = busy(story, **settings)
    story.advance(30)
    ann.hangs_up()
    (attempt,) = story.rung()
    return attempt, ann, queue


def view(story: Story, queue: QueueConfig) -> QueueView:
    found = story.engine.queue(queue.id, story.now)
    assert found is not None
    return found


def waiting(story: Story, queue: QueueConfig) -> list[tuple[str, bool]]:
    return [(found.caller, found.callback) for found in view(story, queue).waiting]


def nothing_left(story: Story) -> None:
    world = story.engine._world
    assert not world.callbacks
    assert not world.timers
    for queue in world.queues.values():
        assert (len(queue.calls), len(queue.callbacks), queue.promised, queue.pace.talks) == (0, 0, 0, 0)
    assert all(not agent.calls for agent in world.agents.values())
