"""Import a CSV file of accounts from the command line, score the leads that it touches, and say how it went."""

from __future__ import annotations

from leads.management.commands.import_leads import Command as ImportLeads
from leads.models.imports import ImportKind


class Command(ImportLeads):
    help = "Import accounts from a CSV file with any columns; importing it twice changes nothing."
    kind = ImportKind.ACCOUNTS
