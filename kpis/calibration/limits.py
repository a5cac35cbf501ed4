"""How many leads a calibration needs: below, chance would write the rules."""

from __future__ import annotations

from slaportal.web.refusals import RefusedInput

# Below about 100 leads or 20 wins a score is not worth having.
LEAST_LEADS, LEAST_WINS = 100, 20
# Below these it is worth a warning.
FEW_LEADS, FEW_WINS = 1000, 100


def refuse_too_little(n_won: int, n_lost: int) -> None:
    """Refused: one_outcome, too_few_decided."""
    n = n_won + n_lost
    if n >= LEAST_LEADS and not min(n_won, n_lost):
        raise RefusedInput("all_won" if n_won else "none_won", n=n)
    if n < LEAST_LEADS or min(n_won, n_lost) < LEAST_WINS:
        raise RefusedInput("too_few_decided", n=n, won=n_won, lost=n_lost, leads=LEAST_LEADS, wins=LEAST_WINS)
