"""What a caller does in a mailbox by phone. No route names these blocks: the feature codes `*97` and `*98` lead there.

| block | what |
|---|---|
| `mailbox-number` | asks which mailbox |
| `mailbox-pin` | asks for its PIN |
| `mailbox` | plays the messages and takes the keys |
| `mailbox-new-pin` | changes the PIN |

A digit that is part of a PIN is never written to the replay journal. So digits decide nothing in the blocks that take
PINs but by their count, and what is right is told by an event (`PinChecked`).
"""

from routing.blocks.base import BlockType
from routing.blocks.mailbox.login import MailboxNumber, MailboxPin
from routing.blocks.mailbox.messages import MailboxMessages
from routing.blocks.mailbox.new_pin import MailboxNewPin

MAILBOX_BLOCKS: tuple[BlockType, ...] = (
    MailboxNumber(),
    MailboxPin(),
    MailboxMessages(),
    MailboxNewPin(),
)
