"""What can be done to an agreement: draft, discuss, propose, sign, bring into force; one function per use case."""

from agreements.services.activating import activate_due
from agreements.services.arranging import change_segment, make_default, place_agreement, place_of, retire_agreement
from agreements.services.commenting import add_comment, reopen_comment, resolve_comment
from agreements.services.drafting import (
    carry_over,
    create_agreement,
    discard_draft,
    edit_draft,
    save_chapter,
    start_draft,
)
from agreements.services.proposals import decline_proposal, propose_change, take_proposal
from agreements.services.proposing import propose_version, withdraw_version
from agreements.services.shared import EDITORS, SIDES, SIGNERS
from agreements.services.signing import note_opening, request_changes, sign_by_console, sign_version

__all__ = [
    "EDITORS",
    "SIDES",
    "SIGNERS",
    "activate_due",
    "add_comment",
    "carry_over",
    "change_segment",
    "create_agreement",
    "decline_proposal",
    "discard_draft",
    "edit_draft",
    "make_default",
    "note_opening",
    "place_agreement",
    "place_of",
    "propose_change",
    "propose_version",
    "reopen_comment",
    "request_changes",
    "resolve_comment",
    "retire_agreement",
    "save_chapter",
    "sign_by_console",
    "sign_version",
    "start_draft",
    "take_proposal",
    "withdraw_version",
]
