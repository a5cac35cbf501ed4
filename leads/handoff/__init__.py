"""A pass of a lead to Sales: opened, accepted, qualified, won or lost, given to another rep."""

from leads.handoff.decisions import accept_handoff, lose_handoff, qualify_handoff, win_handoff
from leads.handoff.locking import locked_handoff
from leads.handoff.opening import Asked, hand_off, hand_off_many, hand_off_together
from leads.handoff.reassigning import reassign_handoff

__all__ = [
    "Asked",
    "accept_handoff",
    "hand_off",
    "hand_off_many",
    "hand_off_together",
    "locked_handoff",
    "lose_handoff",
    "qualify_handoff",
    "reassign_handoff",
    "win_handoff",
]
