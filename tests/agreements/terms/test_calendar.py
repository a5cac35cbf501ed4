"""The clock: worked cases, bad calendars, working days, explanations."""

import json
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from agreements.terms.calendar import CalendarInvalid, NaiveInstant, NoWorkingTime, WorkCalendar

CASES_FILE = Path(__file__).parents[4] / "shared" / "data" / "clock_cases.json"
OFFICE = {
    "timezone": "Europe/Berlin",
    "hours": {weekday: [["09:00", "12:30"], ["13:30", "18:00"]] for weekday in ("mon", "tue", "wed", "thu", "fri")},
    "holidays": ["2026-12-25"],
    "overrides": {"2026-12-24": [["09:00", "12:00"]], "2026-12-28": [], "2026-12-25": [["10:00", "11:00"]]},
}


def office(**changes):
    return WorkCalendar.from_dict(OFFICE | changes)


def every_day(*windows, timezone="UTC"):
    weekdays = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
    return WorkCalendar.from_dict({"timezone": timezone, "hours": {day: list(windows) for day in weekdays}})


def berlin(text):
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo("Europe/Berlin"))


def at(text):
    return datetime.fromisoformat(text)


def cases(kind):
    if not CASES_FILE.exists():
        return [pytest.param({}, marks=pytest.mark.skip(reason=f"{CASES_FILE} is absent"), id=f"{kind}-cases-absent")]
    found = [case for case in json.loads(CASES_FILE.read_text()) if case["kind"] == kind]
    return [pytest.param(case, id=case["id"]) for case in found]


def pauses_of(case):
    return [(at(since), at(until)) for since, until in case.get("pauses", [])]


@pytest.mark.parametrize("case", cases("due"))
def test_a_worked_case_is_due_when_it_says(case):
    calendar = WorkCalendar.from_dict(case["calendar"])
    due = calendar.add(at(case["start"]), case["business_seconds"], pauses_of(case))
    assert due == at(case["expect_due"])
    assert calendar.between(at(case["start"]), due, pauses_of(case)) == case["business_seconds"]


@pytest.mark.parametrize("case", cases("between"))
def test_a_worked_case_lasts_as_long_as_it_says(case):
    calendar = WorkCalendar.from_dict(case["calendar"])
    worked = calendar.between(at(case["start"]), at(case["end"]), pauses_of(case))
    assert worked == case["expect_business_seconds"]


@pytest.mark.parametrize("case", cases("next_open"))
def test_a_worked_case_opens_when_it_says(case):
    opened = WorkCalendar.from_dict(case["calendar"]).next_open(at(case["start"]))
    assert opened == (case["expect_open"] and at(case["expect_open"]))


def test_results_are_aware_and_in_utc():
    calendar = office()
    assert calendar.add(berlin("2026-06-01T10:00"), 60).tzinfo is UTC
    assert calendar.next_open(berlin("2026-06-01T10:00")).tzinfo is UTC
    assert calendar.add_working_days(berlin("2026-06-01T10:00"), 1).tzinfo is UTC


@pytest.mark.parametrize(
    ("night", "working_seconds", "due"),
    [
        ("2026-03-29T01:30", 3600, "2026-03-29T03:30"),  # 02:00–03:00 does not exist
        ("2026-10-25T01:30", 3600, "2026-10-25T00:30+00:00"),  # the first 02:30
        ("2026-10-25T01:30", 7200, "2026-10-25T01:30+00:00"),  # the second 02:30
        ("2026-10-25T01:30", 10800, "2026-10-25T03:30"),
    ],
)
def test_both_daylight_saving_nights_count_real_seconds(night, working_seconds, due):
    calendar = every_day(["00:00", "24:00"], timezone="Europe/Berlin")
    expected = at(due) if "+" in due else berlin(due)
    assert calendar.add(berlin(night), working_seconds) == expected.astimezone(UTC)


def test_a_window_inside_the_repeated_hour_opens_twice():
    calendar = every_day(["02:30", "02:45"], timezone="Europe/Berlin")
    assert calendar.between(berlin("2026-10-25T00:00"), berlin("2026-10-25T12:00")) == 1800
    assert calendar.next_open(at("2026-10-25T00:50+00:00")) == at("2026-10-25T01:30+00:00")


def test_a_window_inside_the_skipped_hour_does_not_open():
    calendar = every_day(["02:30", "02:45"], timezone="Europe/Berlin")
    assert calendar.between(berlin("2026-03-29T00:00"), berlin("2026-03-29T12:00")) == 0


def test_a_clock_set_back_across_midnight_returns_to_the_holiday():
    # St. John's went back from 00:01 to 23:01: the holiday before came again for 59 minutes.
    calendar = WorkCalendar.from_dict(
        {"timezone": "America/St_Johns", "hours": {"sun": [["00:00", "24:00"]]}, "holidays": []}
    )
    midnight = at("2010-11-07T00:00-02:30")
    assert calendar.between(midnight, midnight + timedelta(hours=2)) == 60 + 3600


def test_a_day_that_the_date_line_skips_counts_nothing():
    calendar = every_day(["09:00", "17:00"], timezone="Pacific/Apia")
    start, end = at("2011-12-29T00:00-10:00"), at("2012-01-01T00:00+14:00")
    assert calendar.between(start, end) == 2 * 8 * 3600
    assert calendar.add_working_days(at("2011-12-29T10:00-10:00"), 1) == at("2011-12-31T10:00+14:00")
    assert [row.on for row in calendar.explain(start, 16 * 3600)] == [date(2011, 12, 29), date(2011, 12, 31)]


def test_microseconds_are_kept():
    start = berlin("2026-06-01T12:29:59.750001")
    due = office().add(start, 1)
    assert due == berlin("2026-06-01T13:30:00.750001")
    assert office().between(start, due) == 1


def test_a_holiday_wins_over_an_override():
    assert office().between(berlin("2026-12-25T00:00"), berlin("2026-12-26T00:00")) == 0


def test_an_override_replaces_the_hours_of_the_day():
    assert office().between(berlin("2026-12-24T00:00"), berlin("2026-12-25T00:00")) == 3 * 3600


def test_adjacent_windows_are_one_stretch_in_any_order():
    calendar = every_day(["12:00", "24:00"], ["00:00", "12:00"])
    assert calendar.add(at("2026-06-01T11:00Z"), 2 * 3600) == at("2026-06-01T13:00Z")


@pytest.mark.parametrize("reversed_pause", [False, True])
def test_a_pause_that_ends_before_it_begins_is_empty(reversed_pause):
    pause = (berlin("2026-06-01T10:00"), berlin("2026-06-01T10:30"))
    counted = office().between(
        berlin("2026-06-01T09:00"), berlin("2026-06-01T11:00"), [pause[::-1] if reversed_pause else pause]
    )
    assert counted == (7200 if reversed_pause else 5400)


def test_a_pause_outside_the_hours_costs_nothing():
    pause = [(berlin("2026-06-01T18:00"), berlin("2026-06-02T09:00"))]
    assert office().add(berlin("2026-06-01T17:00"), 7200, pause) == berlin("2026-06-02T10:00")


def test_a_span_that_ends_where_a_pause_begins_is_due_there():
    pause = [(berlin("2026-06-01T10:00"), berlin("2026-06-01T12:00"))]
    assert office().add(berlin("2026-06-01T09:00"), 3600, pause) == berlin("2026-06-01T10:00")


def test_the_next_open_instant_lies_after_the_pause():
    pause = [(berlin("2026-06-01T08:00"), berlin("2026-06-01T13:00"))]
    assert office().next_open(berlin("2026-06-01T08:30"), pause) == berlin("2026-06-01T13:30")


@pytest.mark.parametrize("call", ["add", "between", "next_open", "explain", "add_working_days"])
def test_a_naive_datetime_is_refused(call):
    naive = datetime(2026, 6, 1, 10)  # noqa: DTZ001 - the fault under test
    arguments = {"add": (60,), "between": (naive,), "explain": (60,), "add_working_days": (1,)}.get(call, ())
    with pytest.raises(NaiveInstant, match="with a time zone"):
        getattr(office(), call)(naive, *arguments)


@pytest.mark.parametrize("working_seconds", [-1, float("nan"), float("inf")])
def test_a_negative_or_endless_duration_is_refused(working_seconds):
    with pytest.raises(ValueError, match="zero or more"):
        office().add(berlin("2026-06-01T10:00"), working_seconds)


def test_a_calendar_without_hours_never_opens():
    calendar = WorkCalendar.from_dict({"timezone": "UTC", "hours": {}})
    start = at("2026-06-01T10:00Z")
    assert calendar.next_open(start) is None
    assert calendar.add(start, 0) == start
    assert calendar.between(start, at("2036-06-01T10:00Z")) == 0
    with pytest.raises(NoWorkingTime):
        calendar.add(start, 1)
    with pytest.raises(NoWorkingTime):
        calendar.add_working_days(start, 0)


@pytest.mark.parametrize(("day", "opens"), [("2036-05-01", True), ("2036-07-01", False)])
def test_the_search_ends_after_ten_years(day, opens):
    calendar = WorkCalendar.from_dict({"timezone": "UTC", "hours": {}, "overrides": {day: [["09:00", "10:00"]]}})
    assert (calendar.next_open(at("2026-06-01T10:00Z")) is not None) is opens


def test_ten_years_are_counted_from_the_last_working_time():
    once = [["09:00", "10:00"]]
    calendar = WorkCalendar.from_dict(
        {"timezone": "UTC", "hours": {}, "overrides": {"2026-06-02": once, "2034-06-02": once, "2042-06-02": once}}
    )
    assert calendar.add(at("2026-06-01T10:00Z"), 3 * 3600) == at("2042-06-02T10:00Z")


@pytest.mark.parametrize("year", [1, 9999])
def test_the_ends_of_time_count_nothing(year):
    calendar = every_day(["00:00", "24:00"], timezone="Pacific/Kiritimati")
    start = datetime(year, 6, 1, tzinfo=UTC)
    assert calendar.between(start, start + timedelta(days=2)) == 0


def test_equal_calendars_are_equal_and_hash_alike():
    assert office() == office()
    assert hash(office()) == hash(office())
    assert office() != office(timezone="Europe/Paris")


def test_asking_does_not_change_a_calendar():
    asked = office()
    asked.add(berlin("2026-06-01T10:00"), 3_600_000)
    assert asked == office()
    assert repr(asked) == repr(office())


@pytest.mark.parametrize(
    ("changes", "path", "code"),
    [
        ({"timezone": "Europe/Nowhere"}, "timezone", "unknown_zone"),
        ({"timezone": "../../etc/passwd"}, "timezone", "unknown_zone"),
        ({"timezone": ""}, "timezone", "unknown_zone"),
        ({"timezone": 1}, "timezone", "wrong_type"),
        ({"zone": "UTC"}, "zone", "unknown_key"),
        ({"hours": []}, "hours", "wrong_type"),
        ({"hours": {"monday": []}}, "hours.monday", "unknown_key"),
        ({"hours": {"mon": "09:00-17:00"}}, "hours.mon", "wrong_type"),
        ({"hours": {"mon": None}}, "hours.mon", "wrong_type"),
        ({"hours": {"mon": ["09:00", "17:00"]}}, "hours.mon.0", "wrong_type"),
        ({"hours": {"mon": [["09:00"]]}}, "hours.mon.0", "not_a_pair"),
        ({"hours": {"mon": [["9:00", "17:00"]]}}, "hours.mon.0.0", "bad_time"),
        ({"hours": {"mon": [["09:00", "17:60"]]}}, "hours.mon.0.1", "bad_time"),
        ({"hours": {"mon": [["09:00", "24:01"]]}}, "hours.mon.0.1", "bad_time"),
        ({"hours": {"mon": [["09:00", "17:00\n"]]}}, "hours.mon.0.1", "bad_time"),
        ({"hours": {"mon": [["09:00", "١٧:00"]]}}, "hours.mon.0.1", "bad_time"),
        ({"hours": {"mon": [["09:00", 17]]}}, "hours.mon.0.1", "wrong_type"),
        ({"hours": {"mon": [["22:00", "06:00"]]}}, "hours.mon.0", "crosses_midnight"),
        ({"hours": {"mon": [["24:00", "06:00"]]}}, "hours.mon.0", "crosses_midnight"),
        ({"hours": {"mon": [["09:00", "09:00"]]}}, "hours.mon.0", "empty_window"),
        ({"hours": {"mon": [["09:00", "12:00"], ["11:59:59", "17:00"]]}}, "hours.mon.1", "overlap"),
        ({"hours": {"mon": [["11:00", "17:00"], ["09:00", "12:00"]]}}, "hours.mon.0", "overlap"),
        ({"holidays": "2026-12-25"}, "holidays", "wrong_type"),
        ({"holidays": ["2026-02-30"]}, "holidays.0", "bad_date"),
        ({"holidays": ["2026-12-25", "20261226"]}, "holidays.1", "bad_date"),
        ({"holidays": [20261226]}, "holidays.0", "wrong_type"),
        ({"overrides": []}, "overrides", "wrong_type"),
        ({"overrides": {"24.12.2026": []}}, "overrides.24.12.2026", "bad_date"),
        ({"overrides": {"2026-12-24": [["10:00", "09:00"]]}}, "overrides.2026-12-24.0", "crosses_midnight"),
    ],
)
def test_a_bad_calendar_is_refused_with_the_place_and_the_fault(changes, path, code):
    with pytest.raises(CalendarInvalid) as refused:
        office(**changes)
    assert (refused.value.path, refused.value.code) == (path, code)
    assert str(refused.value) == f"{path}: {refused.value.message}"


@pytest.mark.parametrize("key", ["timezone", "hours"])
def test_a_calendar_needs_its_zone_and_hours(key):
    with pytest.raises(CalendarInvalid) as refused:
        WorkCalendar.from_dict({name: entry for name, entry in OFFICE.items() if name != key})
    assert (refused.value.path, refused.value.code) == (key, "missing")


def test_a_calendar_that_is_no_object_is_refused():
    with pytest.raises(CalendarInvalid, match="expected an object, got list"):
        WorkCalendar.from_dict([])


@pytest.mark.parametrize(
    ("start", "days", "due"),
    [
        ("2026-06-01T10:00", 0, "2026-06-01T10:00"),
        ("2026-06-01T10:00", 1, "2026-06-02T10:00"),
        ("2026-06-05T16:00", 1, "2026-06-08T16:00"),  # over a weekend
        ("2026-06-05T19:00", 0, "2026-06-08T09:00"),  # after hours: like the next opening
        ("2026-06-05T19:00", 1, "2026-06-09T09:00"),
        ("2026-06-06T11:00", 1, "2026-06-09T09:00"),  # on a Saturday: the same
        ("2026-06-01T12:45", 1, "2026-06-02T13:30"),  # in the lunch break
        ("2026-12-23T16:00", 1, "2026-12-29T09:00"),  # the 24th closes at noon; 25th holiday, 28th closed
        ("2026-12-23T10:00", 2, "2026-12-29T10:00"),
        ("2026-10-23T10:00", 1, "2026-10-26T10:00"),  # same wall time over the end of summer time
        ("2026-06-01T10:00", 260, "2027-06-02T10:00"),
    ],
)
def test_working_days_keep_the_wall_time(start, days, due):
    assert office().add_working_days(berlin(start), days) == berlin(due)


def test_a_day_that_is_paused_throughout_is_no_working_day():
    pause = [(berlin("2026-06-02T00:00"), berlin("2026-06-03T11:00"))]
    assert office().add_working_days(berlin("2026-06-01T10:00"), 1, pause) == berlin("2026-06-03T11:00")
    assert office().add_working_days(berlin("2026-06-01T10:00"), 2, pause) == berlin("2026-06-04T10:00")


def test_negative_working_days_are_refused():
    with pytest.raises(ValueError, match="negative"):
        office().add_working_days(berlin("2026-06-01T10:00"), -1)


def test_more_working_days_than_ten_years_hold_are_refused():
    with pytest.raises(NoWorkingTime):
        office().add_working_days(berlin("2026-06-01T10:00"), 4000)


def test_an_explanation_names_each_day_and_its_reason():
    pause = [(berlin("2026-12-24T09:30"), berlin("2026-12-24T10:00"))]
    rows = office().explain(berlin("2026-12-23T17:00"), 4 * 3600, pause)
    assert [(row.on.day, row.why, row.counted_seconds) for row in rows] == [
        (23, "open", 3600),
        (24, "override", 1800),
        (24, "pause", 0),
        (24, "override", 7200),
        (25, "holiday", 0),
        (26, "closed", 0),
        (27, "closed", 0),
        (28, "override", 0),
        (29, "open", 1800),
    ]


def test_an_explanation_gives_the_counted_part_of_each_opening():
    first, *_, last = office().explain(berlin("2026-06-01T17:00"), 7200)
    assert (first.opens_at, first.closes_at) == (berlin("2026-06-01T17:00"), berlin("2026-06-01T18:00"))
    assert (last.opens_at, last.closes_at) == (berlin("2026-06-02T09:00"), berlin("2026-06-02T10:00"))


def test_an_explanation_of_nothing_is_empty():
    assert office().explain(berlin("2026-06-06T17:00"), 0) == ()


def test_a_round_the_clock_calendar_has_one_row_for_each_day():
    rows = every_day(["00:00", "24:00"], timezone="Europe/Berlin").explain(berlin("2026-01-01T00:00"), 365 * 86_400)
    assert len(rows) == len({row.on for row in rows}) == 365
    assert {row.on.isoformat(): row.counted_seconds for row in rows}["2026-03-29"] == 23 * 3600
    assert sum(row.counted_seconds for row in rows) == 365 * 86_400
