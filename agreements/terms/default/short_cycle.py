"""Short sales cycle: deals close within about three months, and one or two people decide. The base of the others.

Its values are those of the trade; what the other templates do otherwise, they say themselves.
"""

from __future__ import annotations

from agreements.terms.default import flow, scoring, words
from agreements.terms.default.parts import Chapter, Say, path, step


def document(text: Say) -> dict[str, Chapter | list[Chapter]]:
    """All chapters."""
    return {
        "goals": words.goals(
            text,
            revenue=1_000_000,
            revenue_text=text(
                "One number for both teams: revenue won from leads that Marketing handed over. "
                "It takes about 36 new customers of 28,000 each."
            ),
            plan=plan(text),
            leads=720,
        ),
        "definitions": [words.contact(text), words.lead(text), mql(text), words.sal(text), words.sql(text)],
        "profile": profile(text),
        "qualification": qualification(text),
        "handoff": flow.handoff(
            text,
            text("A lead is handed over the moment it qualifies; the packet shows what Sales needs to start well."),
            reassign_at_share=1.5,
        ),
        "returns": flow.returns(
            text,
            paths={
                "unreachable": "reawaken",
                "wrong-data": "repair",
                "no-need": "awareness",
                "no-budget": "awareness",
                "no-fit": None,
                "bad-timing": "later",
                "competitor": "later",
                "duplicate": None,
            },
            attempts={"min_attempts": 6, "min_calls": 4, "min_minutes_apart": 30, "or_cadence_done": True},
            cool_down=30,
            most=2,
        ),
        "nurture": nurture(text),
        "cadence": cadence(text),
        "commitments": flow.commitments(
            text,
            hand_raise={"target_working_minutes": 5, "working_minutes": 60},
            first_response={"working_minutes": 240},
            acceptance_days=1,
            decision_days=15,
            choose_path_days=1,
            mqls_per_month=60,
        ),
        "kpis": flow.kpis(
            lead_to_mql=0.2,
            mql_to_sql=0.25,
            sql_to_customer=0.2,
            acceptance_rate=0.8,
            response_minutes_p50=60,
            attempts_per_lead=6,
            promises_kept_sales=0.9,
            promises_kept_marketing=0.9,
            cost_per_lead=80,
        ),
        "review": words.review(
            text("Both teams meet every month for an hour; the figures are frozen before the meeting."),
            "monthly",
            5,
            words.agenda(text),
            words.guidelines(text),
        ),
        "calendar": flow.calendar(("09:00", "12:30"), ("13:30", "18:00")),
    }


def plan(text: Say) -> Chapter:
    return words.plan(
        text,
        deal=28_000,
        rates=(0.2, 0.25, 0.2),
        reps=2,
        minutes_per_touch=20,
        hours_per_day=4,
        methods=[
            ("search", text("Search and web site"), 0.5, 60),
            ("events", text("Webinars and events"), 0.2, 120),
            ("advertising", text("Advertising"), 0.2, 110),
            ("partners", text("Partners and referrals"), 0.1, 40),
        ],
    )


def mql(text: Say) -> Chapter:
    return words.mql(
        text,
        text("A lead in band A1, A2 or B1, or one that asks to be contacted and whose fit is A or B."),
        [
            text("A head of department who read the pricing page twice this week and came to a webinar"),
            text("A director who asked for a demo"),
            text("A manager in our market who came to a webinar, sent two forms and read the pricing page twice"),
        ],
    )


def profile(text: Say) -> Chapter:
    common = {"industry": text("Software and services"), "size": text("50–5,000 employees"), "region": text("Europe")}
    head = {
        "name": text("Head of department"),
        "role": text("Leads the team that will work with it"),
        "seniority": text("Director"),
        "text": text("Answers for the result and decides about the money; wants to see it work within a quarter."),
    }
    specialist = {
        "name": text("Specialist"),
        "role": text("Works with it every day"),
        "seniority": text("Manager"),
        "text": text("Looks for solutions, compares them and recommends one; wants less work by hand."),
    }
    return {
        "text": text("Companies of 50 to 5,000 people that have the problem which we solve and can decide quickly."),
        "criteria": [
            {"id": "criterion-size", "text": text("50 to 5,000 employees")},
            {"id": "criterion-need", "text": text("The problem costs them time or money every week")},
            {"id": "criterion-decision", "text": text("One or two people can decide within three months")},
        ],
        "personas": [
            words.persona("decider", head | common, buying_role="decision_maker"),
            words.persona("influencer", specialist | common, buying_role="influencer"),
        ],
        "target_accounts": text("Both teams keep one list of target accounts and look through it every quarter."),
    }


def qualification(text: Say) -> Chapter:
    fit = {
        "max": 100,
        "groups": scoring.fit_groups(text, role=35, company=45),
        "rules": [
            scoring.decision_maker(text, 35),
            scoring.influencer(text, 20, text("manager, lead, specialist, consultant")),
            scoring.industry(text, 20),
            scoring.size(text("50 to 5,000 employees"), 25, least=50, most=5000),
            scoring.company_known(text, 10),
            scoring.market(text, 15),
            scoring.work_email(text, 10),
            scoring.student(text),
        ],
    }
    chapter = scoring.qualification(
        text,
        fit=fit,
        interest=scoring.all_signals(text, visits=14, content=60, asking=90),
        bands={"fit": {"A": 70, "B": 40}, "interest": {"1": 60, "2": 30}},
        mql={"any": [{"band": ["A1", "A2", "B1"]}, {"hand_raise": True, "fit_band": ["A", "B"]}]},
    )
    return chapter | {"sql": {"checklist": list(scoring.checklist(text).values())}}


def nurture(text: Say) -> Chapter:
    return {
        "text": text("Useful content first, an offer last; Sales sees every step and may start a path by hand."),
        "paths": [
            path(
                "awareness",
                text("Awareness"),
                "awareness",
                (2, "email", text("Guide: how companies like theirs solve the problem")),
                (21, "email", text("Figures: what the problem costs them")),
                (30, "email", text("Story of a company like theirs")),
                then="nurture-consideration",
            ),
            path(
                "consideration",
                text("Consideration"),
                "consideration",
                (14, "email", text("Comparison: the ways to solve it")),
                (21, "email", text("Webinar invitation")),
                (21, "email", text("Checklist: what to ask any supplier")),
                then="nurture-decision",
            ),
            path(
                "decision",
                text("Decision"),
                "decision",
                (7, "email", text("Calculator: what it is worth to them")),
                (14, "email", text("Invitation to a demo")),
            ),
            # Ninety days in all.
            flow.reawaken(text, 7, 30, 53),
            flow.later(text, 30, 30, then="nurture-decision"),
            flow.repair(text),
        ],
    }


def cadence(text: Say) -> Chapter:
    return flow.cadence(
        text("Eight touches in fifteen working days: four calls, three e-mails, one video message."),
        15,
        step("call-1", "phone", 0, 0, 240),
        step("email-1", "email", 0, 0, 240),
        step("call-2", "phone", 0, 120, 240),
        step("email-2", "email", 1, 0, 480),
        step("call-3", "phone", 3, 0, 480),
        step("video-1", "video", 5, 0, 480),
        step("call-4", "phone", 8, 0, 480),
        step("email-3", "email", 12, 0, 480),
    )
