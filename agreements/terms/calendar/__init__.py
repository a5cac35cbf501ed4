"""The clock: working time by regular hours, holidays and overrides, exact across every time-zone change.

`clock.py` holds WorkCalendar and its conventions, `timeline.py` the arithmetic below it, `reading.py` the way in.
"""

from agreements.terms.calendar.clock import Row, WorkCalendar
from agreements.terms.calendar.reading import CalendarInvalid
from agreements.terms.calendar.timeline import NaiveInstant, NoWorkingTime, Pauses

__all__ = ["CalendarInvalid", "NaiveInstant", "NoWorkingTime", "Pauses", "Row", "WorkCalendar"]
