"""Long cycle with enterprise accounts: deals take half a year and more, and a committee decides at few companies."""

from __future__ import annotations

from agreements.terms.default import flow, scoring, short_cycle, words
from agreements.terms.default.parts import Chapter, Say, definition, path, step

TARGET_ACCOUNT = {"field": "account.is_target", "op": "is_true"}


def document(text: Say) -> dict[str, Chapter | list[Chapter]]:
    """All chapters."""
    return short_cycle.document(text) | {
        # Few and large deals: twelve a year carry the goal, so that one lead more or less is felt.
        "goals": words.goals(
            text,
            revenue=4_800_000,
            revenue_text=text(
                "One number for both teams: revenue won at companies that Marketing opened. "
                "It takes about 12 new customers of 400,000 each."
            ),
            plan=plan(text),
            leads=240,
        ),
        "definitions": definitions(text),
        "profile": profile(text),
        "qualification": qualification(text),
        "handoff": flow.handoff(
            text,
            text(
                "A lead is handed over the moment it qualifies; Sales reads up on the company before the first attempt."
            ),
            # Who knows the account keeps it: reassignment is offered late.
            reassign_at_share=2,
        ),
        "returns": flow.returns(
            text,
            paths={
                "unreachable": "reawaken",
                "wrong-data": "repair",
                # The company stays of interest: somebody else there decides.
                "wrong-person": "committee",
                "no-need": "awareness",
                # Budgets come round once a year.
                "no-budget": "later",
                "no-fit": None,
                "bad-timing": "later",
                "competitor": "later",
                "duplicate": None,
            },
            attempts={"min_attempts": 9, "min_calls": 4, "min_minutes_apart": 30, "or_cadence_done": True},
            cool_down=60,
            most=3,
        ),
        "nurture": nurture(text),
        "cadence": cadence(text),
        "commitments": flow.commitments(
            text,
            # A raised hand is as urgent as anywhere; any other lead is worth an hour of preparation first.
            hand_raise={"target_working_minutes": 15, "working_minutes": 60},
            first_response={"working_days": 1},
            acceptance_days=2,
            decision_days=25,
            choose_path_days=2,
            mqls_per_month=20,
        ),
        "kpis": flow.kpis(
            lead_to_mql=0.15,
            mql_to_sql=0.25,
            sql_to_customer=0.2,
            acceptance_rate=0.85,
            response_minutes_p50=240,
            attempts_per_lead=9,
            promises_kept_sales=0.9,
            promises_kept_marketing=0.9,
            cost_per_lead=300,
        ),
        "review": review(text),
        # A team covers the lunch break.
        "calendar": flow.calendar(("09:00", "18:00")),
    }


def plan(text: Say) -> Chapter:
    return words.plan(
        text,
        deal=400_000,
        rates=(0.15, 0.25, 0.2),
        reps=3,
        # With the preparation that a large company is worth.
        minutes_per_touch=45,
        hours_per_day=4,
        methods=[
            ("events", text("Round tables and events"), 0.4, 450),
            ("target-accounts", text("Direct contact with target accounts"), 0.3, 250),
            ("search", text("Search and web site"), 0.2, 150),
            ("partners", text("Partners and referrals"), 0.1, 150),
        ],
    )


def definitions(text: Say) -> list[Chapter]:
    return [
        words.contact(text),
        words.lead(text),
        definition(
            "target-account",
            text("Target account"),
            text("A company on the list that both teams agree on each quarter; its people count more."),
            [
                text("A company that we want as a customer this year"),
                text("A group of which one subsidiary is a customer already"),
                text("A company whose contract with a competitor ends this year"),
            ],
            [
                text("A company that merely visits the web site"),
                text("A customer in the care of the service team"),
                text("A wish of one rep that is not on the list"),
            ],
        ),
        definition(
            "buying-committee",
            text("Buying committee"),
            text("The people at one company who decide together: who pays, who wants it, who checks it, who buys it."),
            [
                text("The chief financial officer who releases the budget"),
                text("The architect who checks security"),
                text("The head of purchasing who negotiates the contract"),
            ],
            [
                text("A consultant from outside without a mandate"),
                text("A colleague who only reads along"),
                text("An intern who collects brochures"),
            ],
        ),
        words.mql(
            text,
            text(
                "A lead in band A1 or A2, one that asks to be contacted and whose fit is A or B, "
                "or anyone at a target account who asks or is in band B1 or B2."
            ),
            [
                text("A vice president at a target account who read three product pages and came to a webinar"),
                text("An architect at a target account who asked for a demo"),
                text("A purchasing manager at a target account who sent two forms this quarter"),
            ],
        ),
        words.sal(text),
        words.sql(text),
    ]


def profile(text: Say) -> Chapter:
    common = {
        "industry": text("Software and services"),
        "size": text("1,000 employees and more"),
        "region": text("Europe"),
    }
    buyer = {
        "name": text("Economic buyer"),
        "role": text("Member of the board or head of a division"),
        "seniority": text("Board"),
        "text": text("Releases the money; wants a business case and references of the same size."),
    }
    sponsor = {
        "name": text("Sponsor"),
        "role": text("Leads the department that needs it"),
        "seniority": text("Director"),
        "text": text("Wants it and speaks for us inside; needs material that convinces the others."),
    }
    evaluator = {
        "name": text("Technical evaluator"),
        "role": text("Architecture and security"),
        "seniority": text("Manager"),
        "text": text("Cannot say yes alone, but can say no; wants facts on security, data and integration."),
    }
    purchasing = {
        "name": text("Purchasing"),
        "role": text("Head of purchasing"),
        "seniority": text("Manager"),
        "text": text("Compares offers and negotiates; wants comparable prices and clean contracts."),
    }
    return {
        "text": text("Companies of 1,000 people and more on our list, where several departments have the problem."),
        "criteria": [
            {"id": "criterion-size", "text": text("1,000 employees and more")},
            {"id": "criterion-need", "text": text("The problem appears in more than one department")},
            {"id": "criterion-decision", "text": text("A budget round and a way of deciding that we can name")},
        ],
        "personas": [
            words.persona("decider", buyer | common, buying_role="decision_maker"),
            words.persona("sponsor", sponsor | common, buying_role="influencer"),
            words.persona("evaluator", evaluator | common, buying_role="influencer"),
            words.persona("purchasing", purchasing | common, buying_role="influencer"),
        ],
        "target_accounts": text(
            "Both teams agree on the list of target accounts each quarter; every account has an owner on either side."
        ),
    }


def qualification(text: Say) -> Chapter:
    # The company outweighs the person: whoever writes from a target account opens a door.
    fit = {
        "max": 100,
        "groups": scoring.fit_groups(text, role=30, company=60),
        "rules": [
            scoring.fit_rule("target-account", text("Works at a target account"), 40, TARGET_ACCOUNT, "fit-company"),
            scoring.size(text("1,000 employees and more"), 20, least=1000, most=1_000_000),
            scoring.industry(text, 15),
            scoring.decision_maker(text, 30),
            scoring.influencer(text, 20, text("manager, lead, architect, security, purchasing, procurement")),
            scoring.market(text, 10),
            scoring.student(text),
        ],
    }
    at_target = {"all": [TARGET_ACCOUNT, {"any": [{"hand_raise": True}, {"band": ["B1", "B2"]}]}]}
    chapter = scoring.qualification(
        text,
        fit=fit,
        # A decision that takes half a year is not cold after two weeks: visits count twice as long as in a short cycle.
        interest=scoring.all_signals(text, visits=30, content=90, asking=180),
        bands={"fit": {"A": 70, "B": 45}, "interest": {"1": 60, "2": 30}},
        mql={"any": [{"band": ["A1", "A2"]}, {"hand_raise": True, "fit_band": ["A", "B"]}, at_target]},
    )
    return chapter | {"sql": {"checklist": checklist(text)}}


def checklist(text: Say) -> list[Chapter]:
    """Deeper than four questions: half a year of work starts here."""
    common = scoring.checklist(text)
    return [
        common["need"],
        {"id": "sql-value", "text": text("We know what the problem costs them, in a figure that they gave")},
        common["decision"],
        {
            "id": "sql-committee",
            "text": text("We know the buying committee by name and have spoken with two of its members"),
        },
        {"id": "sql-sponsor", "text": text("Somebody there speaks for us when we are not in the room")},
        {"id": "sql-process", "text": text("We know how they decide: steps, criteria, legal and security checks")},
        common["time"],
        common["budget"],
    ]


def nurture(text: Say) -> Chapter:
    return {
        "text": text(
            "Less often and for longer: something for each member of the buying committee; Sales sees every step."
        ),
        "paths": [
            path(
                "awareness",
                text("Awareness"),
                "awareness",
                (7, "email", text("Study: how large companies solve the problem")),
                (30, "video", text("A customer of their size tells how it went")),
                (45, "event", text("Invitation to a round table of their industry")),
                then="nurture-consideration",
            ),
            path(
                "consideration",
                text("Consideration"),
                "consideration",
                (21, "email", text("Comparison: the ways to solve it")),
                (30, "email", text("Business case to calculate with their own figures")),
                (30, "event", text("Webinar invitation")),
                then="nurture-decision",
            ),
            path(
                "decision",
                text("Decision"),
                "decision",
                (14, "email", text("Plan of the introduction, with the work on their side")),
                (21, "event", text("Workshop with their experts")),
            ),
            path(
                "committee",
                text("Buying committee"),
                "consideration",
                (14, "email", text("For those who check it: security, data and integration in short")),
                (30, "email", text("For those who pay: the business case of a company like theirs")),
                (30, "social", text("For those who want it: exchange with a customer in the same role")),
                then="nurture-decision",
            ),
            # Ninety days in all, as in a short cycle, with more rest at the start.
            flow.reawaken(text, 14, 30, 46),
            flow.later(text, 60, 60, then="nurture-decision"),
            flow.repair(text),
        ],
    }


def cadence(text: Say) -> Chapter:
    return flow.cadence(
        text(
            "Twelve touches in twenty-five working days: four calls, four e-mails, two video messages, "
            "two on a social network."
        ),
        25,
        step("email-1", "email", 0, 0, 480, text("One page on their company: what we know, what we ask.")),
        step("call-1", "phone", 0, 120, 480),
        step("social-1", "social", 2, 0, 480),
        step("call-2", "phone", 3, 0, 480),
        step("email-2", "email", 5, 0, 480),
        step("video-1", "video", 7, 0, 480, text("A minute that shows one thing they could use.")),
        step("call-3", "phone", 10, 0, 480),
        step("email-3", "email", 12, 0, 480, text("To a second member of the buying committee.")),
        step("social-2", "social", 14, 0, 480),
        step("call-4", "phone", 17, 0, 480),
        step("video-2", "video", 19, 0, 480),
        step("email-4", "email", 23, 0, 480, text("The last one: say so, and leave the door open.")),
    )


def review(text: Say) -> Chapter:
    accounts = ("accounts", text("Target accounts: who moved, who fell silent, who joins the list"), 15)
    points = words.agenda(text)
    together = words.guidelines(text)
    together["communication"] += [text("Whoever writes to a target account tells its owner first.")]
    return words.review(
        text("Both teams meet every month for seventy-five minutes; the figures are frozen before the meeting."),
        "monthly",
        5,
        [*points[:2], accounts, *points[2:]],
        together,
    )
