"""The clock against its laws and against a slow oracle that steps minute by minute."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from agreements.terms.calendar import WorkCalendar

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
MINUTE = timedelta(minutes=1)
QUICK = settings(max_examples=100, deadline=None)
THOROUGH = settings(max_examples=200, deadline=None)

# Zones, each with instants near which its clock changes.
CHANGES = {
    "UTC": ["2026-01-01T00:00Z"],
    "Europe/Berlin": ["2026-03-29T01:00Z", "2026-10-25T01:00Z"],
    "America/New_York": ["2026-03-08T07:00Z", "2026-11-01T06:00Z"],
    "America/St_Johns": ["2010-11-07T02:31Z"],  # 00:01 back to 23:01
    "America/Havana": ["2026-03-08T05:00Z", "2026-11-01T05:00Z"],  # at midnight
    "Australia/Lord_Howe": ["2026-04-04T15:00Z", "2026-10-03T15:30Z"],  # half an hour
    "Africa/Casablanca": ["2026-02-15T02:00Z", "2026-03-22T02:00Z"],  # Ramadan
    "Pacific/Apia": ["2011-12-30T10:00Z", "2021-04-03T14:00Z"],  # skipped 30 December 2011
    "Asia/Kathmandu": ["2026-01-01T00:00Z"],  # +05:45
}
NEAR_A_CHANGE = [(zone, datetime.fromisoformat(text)) for zone, texts in CHANGES.items() for text in texts]


@st.composite
def windows(draw):
    edges = sorted(draw(st.sets(st.integers(0, 24 * 4), max_size=6)))
    clock = [f"{quarter // 4:02d}:{quarter % 4 * 15:02d}" for quarter in edges]
    return [[opens, closes] for opens, closes in zip(clock[::2], clock[1::2], strict=False)]


# Made once: to make a strategy takes longer than to draw from it.
ZONES = st.sampled_from(NEAR_A_CHANGE)
WEEKS = st.fixed_dictionaries(dict.fromkeys(WEEKDAYS, windows()))
NEAR_DAYS = st.integers(-3, 3)
HOLIDAYS = st.lists(NEAR_DAYS, max_size=2)
OVERRIDES = st.dictionaries(NEAR_DAYS, windows(), max_size=2)


@st.composite
def clocks(draw, is_always_open_on_monday=False):
    """Draw (calendar as JSON, instant near a change of its zone)."""
    zone, change = draw(ZONES)

    def day(offset):
        return (change + timedelta(days=offset)).date().isoformat()

    raw = {
        "timezone": zone,
        "hours": draw(WEEKS),
        "holidays": [day(offset) for offset in draw(HOLIDAYS)],
        "overrides": {day(offset): hours for offset, hours in draw(OVERRIDES).items()},
    }
    if is_always_open_on_monday:
        raw["hours"]["mon"] = [["00:00", "24:00"]]
    return raw, change


CLOCKS = clocks()
CLOCKS_OPEN_ON_MONDAY = clocks(is_always_open_on_monday=True)


def steps(most):
    """Draw (steps from a change to the start of a span, steps from there to its end)."""
    return st.tuples(st.integers(-most, most), st.integers(0, most))


SPAN, SHORT_SPAN = steps(2 * 24 * 60), steps(600)
PAUSES, SHORT_PAUSES = st.lists(SPAN, max_size=3), st.lists(SHORT_SPAN, max_size=2)


def span_of(drawn, change, unit=MINUTE):
    """The start and the end of a span that was drawn as steps."""
    before, length = drawn
    return change + before * unit, change + (before + length) * unit


def spans_of(drawn, change):
    return [span_of(one, change) for one in drawn]


def counts(raw, zone, instant, pauses):
    """Say, straight from the definition, whether an instant counts."""
    local = instant.astimezone(zone)
    day, wall = local.date().isoformat(), local.strftime("%H:%M")
    hours = raw["overrides"].get(day, raw["hours"][WEEKDAYS[local.weekday()]])
    is_open = day not in raw["holidays"] and any(opens <= wall < closes for opens, closes in hours)
    return is_open and not any(since <= instant < until for since, until in pauses)


def slow_minutes(raw, start, end, pauses):
    """List the minutes from start to end that count, one step at a time."""
    zone, steps = ZoneInfo(raw["timezone"]), int((end - start) / MINUTE)
    return [minute for n in range(steps) if counts(raw, zone, minute := start + n * MINUTE, pauses)]


@THOROUGH
@given(st.data())
def test_spans_agree_with_the_slow_oracle(data):
    raw, change = data.draw(CLOCKS)
    start, end = span_of(data.draw(SPAN), change)
    pauses = spans_of(data.draw(SHORT_PAUSES), change)
    counted = slow_minutes(raw, start, end, pauses)
    assert WorkCalendar.from_dict(raw).between(start, end, pauses) == 60 * len(counted)


@THOROUGH
@given(st.data())
def test_due_times_agree_with_the_slow_oracle(data):
    raw, change = data.draw(CLOCKS)
    start, end = span_of(data.draw(SPAN), change)
    pauses = spans_of(data.draw(SHORT_PAUSES), change)
    counted = slow_minutes(raw, start, end, pauses)
    assume(counted)
    calendar, some = WorkCalendar.from_dict(raw), data.draw(st.integers(1, len(counted)))
    assert calendar.next_open(start, pauses) == counted[0]
    assert calendar.add(start, 60 * some, pauses) == counted[some - 1] + MINUTE


@QUICK
@given(st.data())
def test_what_is_added_is_measured_again(data):
    raw, change = data.draw(CLOCKS_OPEN_ON_MONDAY)
    calendar = WorkCalendar.from_dict(raw)
    start, _ = span_of(data.draw(SPAN), change, timedelta(microseconds=61_000_001))
    pauses = spans_of(data.draw(PAUSES), change)
    seconds = data.draw(st.integers(0, 100 * 86_400))
    due = calendar.add(start, seconds, pauses)
    assert calendar.between(start, due, pauses) == seconds
    # Each row is exact to the microsecond, which a sum of floats is not.
    assert round(sum(row.counted_seconds for row in calendar.explain(start, seconds, pauses)), 6) == seconds


@QUICK
@given(st.data())
def test_spans_add_up(data):
    raw, change = data.draw(CLOCKS)
    calendar = WorkCalendar.from_dict(raw)
    pauses = spans_of(data.draw(PAUSES), change)
    offsets = data.draw(st.tuples(*[st.integers(-200 * 86_400, 200 * 86_400)] * 3).map(sorted))
    first, second, third = (change + timedelta(seconds=offset) for offset in offsets)
    parts = calendar.between(first, second, pauses) + calendar.between(second, third, pauses)
    assert parts == calendar.between(first, third, pauses)


@QUICK
@given(st.data())
def test_a_later_start_or_a_longer_span_is_never_due_earlier(data):
    raw, change = data.draw(CLOCKS_OPEN_ON_MONDAY)
    calendar = WorkCalendar.from_dict(raw)
    pauses = spans_of(data.draw(PAUSES), change)
    start, later = span_of(data.draw(SPAN), change)
    seconds, more = data.draw(st.tuples(st.integers(1, 10**6), st.integers(0, 10**6)))
    assert calendar.add(start, seconds, pauses) <= calendar.add(start, seconds + more, pauses)
    assert calendar.add(start, seconds, pauses) <= calendar.add(later, seconds, pauses)
    assert calendar.next_open(start, pauses) <= calendar.next_open(later, pauses)


@QUICK
@given(st.data())
def test_working_days_never_run_backwards(data):
    raw, change = data.draw(CLOCKS_OPEN_ON_MONDAY)
    raw["timezone"] = "UTC"  # a wall time that a zone repeats may come first or second
    calendar = WorkCalendar.from_dict(raw)
    start, later = span_of(data.draw(SPAN), change)
    days = data.draw(st.integers(0, 20))
    due = calendar.add_working_days(start, days)
    assert start <= due <= calendar.add_working_days(start, days + 1)
    assert due <= calendar.add_working_days(later, days)
    assert calendar.next_open(due) == due


@settings(max_examples=15, deadline=None)
@given(st.data())
def test_a_due_time_does_not_depend_on_what_was_asked_before(data):
    raw, change = data.draw(CLOCKS_OPEN_ON_MONDAY)
    asked, fresh = WorkCalendar.from_dict(raw), WorkCalendar.from_dict(raw)
    asked.between(change - timedelta(days=9000), change + timedelta(days=9000))
    start, end = span_of(data.draw(SPAN), change.astimezone(UTC))
    assert asked.between(start, end) == fresh.between(start, end)
    assert asked.add(end, 12_345) == fresh.add(end, 12_345)
