"""The same answers as other on-call engines give in their documentation and tests.

Each test names where the example is from; what is there is told in our words, and times in the zone that it names (UTC
where it names none).
"""

from __future__ import annotations

from datetime import date, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest

from django_org_members.availability.engine import Override, People, Plan, Rotation

MON, TUE, WED, THU, FRI, SAT, SUN = range(7)
EVERY_DAY, WEEKDAYS = range(7), range(5)
CHICAGO, NEW_YORK = ZoneInfo("America/Chicago"), "America/New_York"
UNITS = {"hourly": "hours", "daily": "days", "weekly": "weeks"}


def whole(*days):
    """Hours of the week from midnight to midnight."""
    return [[day, "00:00", "00:00"] for day in days]


def in_chicago(text):
    return datetime.strptime(text, "%b %d %Y %I:%M %p").replace(tzinfo=CHICAGO)


class TestGoAlert:
    """GoAlert, by Target: https://github.com/target/goalert/blob/master/schedule/rotation/rotation_test.go."""

    @pytest.mark.parametrize(
        ("kind", "length", "begins", "ends", "hours"),
        [
            ("weekly", 1, "Jun 10 2017 8:00 am", "Jun 17 2017 8:00 am", 168),
            ("weekly", 2, "Jun 10 2017 8:00 am", "Jun 24 2017 8:00 am", 336),
            ("weekly", 1, "Mar 10 2017 8:00 am", "Mar 17 2017 8:00 am", 167),
            ("weekly", 1, "Nov 4 2017 8:00 am", "Nov 11 2017 8:00 am", 169),
            ("daily", 1, "Jun 10 2017 8:00 am", "Jun 11 2017 8:00 am", 24),
            ("daily", 2, "Jun 10 2017 8:00 am", "Jun 12 2017 8:00 am", 48),
            ("daily", 1, "Mar 11 2017 8:00 am", "Mar 12 2017 8:00 am", 23),
            ("daily", 1, "Nov 4 2017 8:00 am", "Nov 5 2017 8:00 am", 25),
            ("hourly", 1, "Jun 10 2017 8:00 am", "Jun 10 2017 9:00 am", 1),
            ("hourly", 2, "Jun 10 2017 8:00 am", "Jun 10 2017 10:00 am", 2),
            ("hourly", 3, "Mar 12 2017 12:00 am", "Mar 12 2017 3:00 am", 2),
            ("hourly", 3, "Nov 5 2017 12:00 am", "Nov 5 2017 3:00 am", 4),
        ],
    )
    def test_when_a_shift_ends_that_begins_with_the_rotation(self, make_layer, kind, length, begins, ends, hours):
        """TestRotation_EndTime and TestRotation_StartTime: shifts keep to local clocks in Chicago, on the days when
        these change too."""
        start = in_chicago(begins)
        layer = make_layer("AB", "America/Chicago", start.date(), f"{start:%H:%M}", unit=UNITS[kind], length=length)
        number = layer.number(start)
        assert layer.begins(number) == start
        assert layer.begins(number + 1) == in_chicago(ends)
        assert layer.begins(number + 1) - layer.begins(number) == timedelta(hours=hours)

    @pytest.mark.parametrize(
        ("start", "length", "at", "lasts"),
        [
            ("1:00 am", 1, "Mar 12 2017 1:00 am", 1),  # until 3:00: there was no 2:00
            ("1:00 am", 1, "Nov 5 2017 1:00 am", 2),  # until 2:00, which came two hours later
            ("12:00 am", 12, "Jan 3 2017 6:00 am", 6),  # in the middle of a shift of twelve hours
        ],
    )
    def test_when_a_shift_of_hours_ends(self, make_layer, start, length, at, lasts):
        """TestRotation_EndTime_DST and TestRotation_EndTime_ConfigChange: a rotation of 1 January 2017."""
        begins = in_chicago(f"Jan 1 2017 {start}")
        layer = make_layer("AB", "America/Chicago", begins.date(), f"{begins:%H:%M}", unit="hours", length=length)
        now = in_chicago(at).astimezone(timezone.utc)
        assert layer.begins(layer.number(now) + 1) - now == timedelta(hours=lasts)

    def test_shifts_are_counted_back_from_a_start_in_the_future(self, make_layer):
        """TestRotation_FutureStart: a daily rotation that starts on 10 December 2018 has shifts before, too.

        (Here nobody is on call in them; but they have numbers.)
        """
        layer = make_layer("AB", "UTC", date(2018, 12, 10), "00:00")

        def shift(day, before=timedelta(0)):
            number = layer.number(datetime(2018, 12, day, tzinfo=timezone.utc) - before)
            return layer.begins(number).day, layer.begins(number + 1).day

        just = timedelta(microseconds=1)
        assert [shift(5), shift(5, just), shift(10), shift(10, just)] == [(5, 6), (4, 5), (10, 11), (9, 10)]


class TestGrafanaOnCall:
    """Grafana OnCall: https://github.com/grafana/oncall/blob/dev/engine/apps/schedules/tests/test_on_call_schedule.py.

    A schedule there may have several people on call by shifts of the same priority; here these are two rotations. A
    shift of a higher priority hides those below it, as a layer does. Where overrides overlap, the one of higher priority
    wins there and the newer one here: in the example it is the same one.
    """

    DAY = datetime(2026, 11, 30, tzinfo=timezone.utc)

    def final(self, make_layer, shifts, overrides=()):
        """Return who is on call in each half hour, as "A", "AB" or "-", those that follow each other as one."""

        def layer(member, begins, lasts):
            ends = f"{(begins + lasts) % 24:02}:00"
            return make_layer(member, "UTC", self.DAY.date(), "00:00", hours=[[MON, f"{begins:02}:00", ends]])

        def at(hours):
            return self.DAY + timedelta(hours=hours)

        spans = tuple(Override(at(begins), at(begins + lasts), member) for member, begins, lasts in overrides)
        high = [layer(*shift) for priority, *shift in shifts if priority == 2]
        low = [layer(*shift) for priority, *shift in shifts if priority == 1]
        beside = [layer(*shift) for priority, *shift in shifts if priority == "1, beside it"]
        rotations = (Rotation((*low, *high), spans), Rotation((*beside, *high), spans))
        plan = Plan(self.DAY, at(24), rotations=rotations)
        found = []
        for half in range(48):
            people = "".join(sorted(plan.on_call(at(half / 2)))) or "-"
            if not found or found[-1][1] != people:
                found.append((half / 2, people))
        return found

    def test_final_schedule_events(self, make_layer):
        """test_final_schedule_events: nine shifts of two priorities and two overrides, from midnight to midnight."""
        shifts = [
            (1, "A", 10, 5),
            ("1, beside it", "B", 11, 2),
            (1, "A", 16, 3),
            (1, "A", 21, 1),
            (1, "B", 22, 2),
            (2, "C", 12, 2),
            (2, "D", 14, 1),
            (2, "D", 17, 1),
            (2, "D", 20, 3),
        ]
        assert self.final(make_layer, shifts, [("E", 22, 1), ("A", 22, 0.5)]) == [
            (0, "-"),
            (10, "A"),
            (11, "AB"),
            (12, "C"),
            (14, "D"),
            (15, "-"),
            (16, "A"),
            (17, "D"),
            (18, "A"),
            (19, "-"),
            (20, "D"),
            (22, "A"),
            (22.5, "E"),
            (23, "B"),
        ]

    @pytest.mark.parametrize(
        ("shifts", "overrides", "expected"),
        [
            # test_final_schedule_splitting_events
            (
                [(1, "A", 10, 10), ("1, beside it", "B", 12, 4), (2, "C", 15, 3)],
                [],
                [(0, "-"), (10, "A"), (12, "AB"), (15, "C"), (18, "A"), (20, "-")],
            ),
            # test_final_schedule_splitting_same_time_events
            (
                [(1, "A", 10, 10), ("1, beside it", "B", 10, 10), (2, "C", 10, 3)],
                [],
                [(0, "-"), (10, "C"), (13, "AB"), (20, "-")],
            ),
            # test_final_schedule_override_no_priority_shift
            ([(1, "A", 10, 5)], [("B", 10, 5)], [(0, "-"), (10, "B"), (15, "-")]),
            # test_final_schedule_override_split
            ([(1, "A", 10, 5)], [("B", 10, 4)], [(0, "-"), (10, "B"), (14, "A"), (15, "-")]),
            # test_filter_events_include_gaps
            ([(1, "A", 10, 8)], [], [(0, "-"), (10, "A"), (18, "-")]),
        ],
    )
    def test_others(self, make_layer, shifts, overrides, expected):
        assert self.final(make_layer, shifts, overrides) == expected


class TestPagerDuty:
    """PagerDuty's Knowledge Base, API reference and community."""

    def test_daily_engineering_rotation(self, make_layer):
        """The sample of “Get a schedule” in the API reference, https://developer.pagerduty.com/api-reference/, and of
        “Schedule”, https://www.pulumi.com/registry/packages/pagerduty/api-docs/schedule/.

        A layer from 6 November 2015, 20:00 in New York, with turns of a day, restricted to nine hours from 8:00: in the
        final schedule Regina Phalange is on call on 10 November from 8:00 to 17:00, 37.5 % of the day.
        """
        hours = [[day, "08:00", "17:00"] for day in EVERY_DAY]
        rotation = Rotation((make_layer(["Regina"], NEW_YORK, date(2015, 11, 6), "20:00", hours=hours),))
        since = datetime(2015, 11, 10, tzinfo=ZoneInfo(NEW_YORK)).astimezone(timezone.utc)
        turns = rotation.turns(since, since + timedelta(days=1), People())
        (entry,) = [turn for turn in turns if turn.member]
        assert [
            f"{each.astimezone(ZoneInfo(NEW_YORK)):%Y-%m-%dT%H:%M:%S%z}" for each in (entry.begins, entry.ends)
        ] == [
            "2015-11-10T08:00:00-0500",
            "2015-11-10T17:00:00-0500",
        ]
        assert (entry.ends - entry.begins) / timedelta(days=1) == 0.375

    def test_a_layer_hides_those_above_it_in_the_list_while_it_has_somebody(self, make_layer, turns_of, monday):
        """“Schedule Basics”, https://support.pagerduty.com/docs/schedules.

        Where users of Layer 1 and Layer 2 overlap, the one on Layer 2 is on call, and when that ends the one on Layer 1
        is again. It is possible that nobody is on call.
        """
        one = make_layer(["first"], "UTC", monday, "00:00", hours=[[MON, "08:00", "20:00"]])
        two = make_layer(["second"], "UTC", monday, "00:00", hours=[[MON, "12:00", "14:00"]])
        assert turns_of(Rotation((one, two)), "UTC", monday, monday + timedelta(days=1)) == [
            (None, "Mon 00:00", "Mon 08:00"),
            ("first", "Mon 08:00", "Mon 12:00"),
            ("second", "Mon 12:00", "Mon 14:00"),
            ("first", "Mon 14:00", "Mon 20:00"),
            (None, "Mon 20:00", "Tue 00:00"),
        ]

    def test_basic_nine_to_five(self, make_layer, turns_of, monday):
        """“Schedule Examples”, example 1, https://support.pagerduty.com/main/docs/schedule-examples.

        Daily rotation, hand-off at 9:00, on weekdays from 9:00 to 17:00: one person a day, nobody in the evening and at
        the weekend.
        """
        hours = [[day, "09:00", "17:00"] for day in WEEKDAYS]
        layer = make_layer("ABC", NEW_YORK, monday, "09:00", hours=hours)
        found = turns_of(layer, NEW_YORK, monday, monday + timedelta(days=7))
        assert [turn for turn in found if turn[0]] == [
            ("A", "Mon 09:00", "Mon 17:00"),
            ("B", "Tue 09:00", "Tue 17:00"),
            ("C", "Wed 09:00", "Wed 17:00"),
            ("A", "Thu 09:00", "Thu 17:00"),
            ("B", "Fri 09:00", "Fri 17:00"),
        ]

    def test_two_users_with_separate_weekends(self, make_layer, turns_of):
        """“Schedule Examples”, two users on a two-day rotation, https://support.pagerduty.com/docs/schedule-examples.

        Four layers, each a weekly rotation. User 1 has the nights (17:00 to 8:00) of Tuesday and Wednesday; user 2 those
        of Thursday and Friday; user 1 from Friday, 17:00, to Sunday, 8:00; user 2 from then to Monday, 8:00, and Monday
        night. (Friday night is named twice: the later layer hides the earlier one.) In the next week it is the other
        way round.
        """
        tuesday = date(2026, 12, 1)

        def layer(order, *hours):
            return make_layer(order, "UTC", tuesday, "08:00", unit="weeks", weekday=TUE, hours=list(hours))

        rotation = Rotation(
            (
                layer("12", [TUE, "17:00", "08:00"], [WED, "17:00", "08:00"]),
                layer("21", [THU, "17:00", "08:00"], [FRI, "17:00", "08:00"]),
                layer("12", [FRI, "17:00", "08:00"], [SAT, "08:00", "08:00"]),
                layer("21", [SUN, "08:00", "08:00"], [MON, "17:00", "08:00"]),
            )
        )
        week = [
            ("1", "Tue 17:00", "Wed 08:00"),
            ("1", "Wed 17:00", "Thu 08:00"),
            ("2", "Thu 17:00", "Fri 08:00"),
            ("1", "Fri 17:00", "Sun 08:00"),
            ("2", "Sun 08:00", "Mon 08:00"),
            ("2", "Mon 17:00", "Tue 08:00"),
        ]
        others = [({"1": "2", "2": "1"}[member], *span) for member, *span in week]
        found = turns_of(rotation, "UTC", tuesday, tuesday + timedelta(days=15))
        assert [turn for turn in found if turn[0]][:12] == week + others

    def test_irregular_days_of_six_users(self, make_layer):
        """“Schedule Examples”, complex irregular schedules, https://support.pagerduty.com/docs/schedule-examples.

        Six users, twelve hours a day: in one week somebody has Sunday, Tuesday, Thursday and Saturday, in another one
        Monday, Wednesday and Friday; two rotations of six weeks, one staggered by three weeks.
        """
        sunday = date(2026, 11, 29)

        def layer(order, *days):
            hours = [[day, "08:00", "20:00"] for day in days]
            return make_layer(order, "UTC", sunday, "08:00", unit="weeks", weekday=SUN, hours=hours)

        rotation = Rotation((layer("ABCDEF", SUN, TUE, THU, SAT), layer("DEFABC", MON, WED, FRI)))
        noon = datetime(2026, 11, 29, 12, tzinfo=timezone.utc)
        days = [rotation.on_call(noon + timedelta(days=number), People()) for number in range(42)]
        weeks = ["".join(days[7 * week : 7 * week + 7]) for week in range(6)]
        assert weeks == ["ADADADA", "BEBEBEB", "CFCFCFC", "DADADAD", "EBEBEBE", "FCFCFCF"]
        assert rotation.on_call(noon + timedelta(hours=9), People()) is None

    def test_weekdays_and_weekends_of_one_team(self, make_layer, turns_of, monday):
        """“Weekend/Weekday schedule for a single team”,
        https://community.pagerduty.com/forum/t/weekend-weekday-schedule-for-a-single-team/3721.

        From Monday, 11:00, and from Friday, 11:00, Alice, Bob and Charlie in two weekly layers: with the same order in
        both, each has a weekday shift and the weekend after it. The order that was wished for is Alice, then Bob for
        the weekend, Charlie, Alice, Bob, Charlie.
        """

        def names(weekdays, weekends):
            always = make_layer(weekdays, "UTC", monday, "11:00", unit="weeks", weekday=MON)
            friday = [[FRI, "11:00", "00:00"], *whole(SAT, SUN), [MON, "00:00", "11:00"]]
            weekend = make_layer(weekends, "UTC", monday, "11:00", unit="weeks", weekday=MON, hours=friday)
            rotation = Rotation((always, weekend))
            shifts = [
                datetime(2026, 11, 30, 12, tzinfo=timezone.utc) + timedelta(days=day) for day in (0, 5, 7, 12, 14, 19)
            ]
            return "".join(rotation.on_call(at, People()) for at in shifts)

        assert names("ABC", "ABC") == "AABBCC"
        assert names("ACB", "BAC") == "ABCABC"


class TestOpsgenie:
    """Opsgenie's documentation, by Atlassian."""

    def test_weekdays_and_weekends(self, make_layer, turns_of, monday):
        """“Create an on-call schedule with weekday/weekend rotation”,
        https://support.atlassian.com/opsgenie/docs/create-an-on-call-schedule-with-weekdayweekend-rotation/.

        Rebecca, George and Sarah rotate daily during the week, from 8:00 to 8:00; George and Sarah at the weekend, daily
        from Friday, 17:00, until Monday, 8:00.
        """
        week = make_layer(["Rebecca", "George", "Sarah"], "UTC", monday, "08:00")
        evening = [[FRI, "17:00", "00:00"], *whole(SAT, SUN), [MON, "00:00", "08:00"]]
        weekend = make_layer(["George", "Sarah"], "UTC", monday + timedelta(days=4), "17:00", hours=evening)
        assert turns_of(Rotation((week, weekend)), "UTC", monday, monday + timedelta(days=7))[1:] == [
            ("Rebecca", "Mon 08:00", "Tue 08:00"),
            ("George", "Tue 08:00", "Wed 08:00"),
            ("Sarah", "Wed 08:00", "Thu 08:00"),
            ("Rebecca", "Thu 08:00", "Fri 08:00"),
            ("George", "Fri 08:00", "Sat 17:00"),  # from 17:00 on as the first of the weekend
            ("Sarah", "Sat 17:00", "Sun 17:00"),
            ("George", "Sun 17:00", "Mon 00:00"),
        ]

    def test_business_hours_and_off_hours(self, make_layer, turns_of, monday):
        """“Create an on-call schedule with business and off-hours”,
        https://support.atlassian.com/opsgenie/docs/create-an-on-call-schedule-with-business-and-off-hours/.

        On weekdays from 9:00 to 18:00 the Platform Team; in the evenings and on weekends Rebecca, George and Sarah,
        rotating daily.
        """
        off = make_layer(["Rebecca", "George", "Sarah"], "UTC", monday, "18:00")
        business = make_layer(["the team"], "UTC", monday, "09:00", hours=[[day, "09:00", "18:00"] for day in WEEKDAYS])
        assert turns_of(Rotation((off, business)), "UTC", monday, monday + timedelta(days=7))[1:] == [
            ("the team", "Mon 09:00", "Mon 18:00"),
            ("Rebecca", "Mon 18:00", "Tue 09:00"),
            ("the team", "Tue 09:00", "Tue 18:00"),
            ("George", "Tue 18:00", "Wed 09:00"),
            ("the team", "Wed 09:00", "Wed 18:00"),
            ("Sarah", "Wed 18:00", "Thu 09:00"),
            ("the team", "Thu 09:00", "Thu 18:00"),
            ("Rebecca", "Thu 18:00", "Fri 09:00"),
            ("the team", "Fri 09:00", "Fri 18:00"),
            ("George", "Fri 18:00", "Sat 18:00"),
            ("Sarah", "Sat 18:00", "Sun 18:00"),
            ("Rebecca", "Sun 18:00", "Mon 00:00"),
        ]


def test_incident_relay_s_override_splits_a_shift(make_layer, turns_of):
    """“Rotation Overrides” of IncidentRelay,
    https://github.com/roxy-wi/IncidentRelay/blob/main/docs/usage/rotation-overrides.md.

    Ivan, Petr and Anna have business hours, Monday to Friday from 9:00 to 18:00. Sergey takes 25 May 2026 from 12:00 to
    16:00: the shift before and after it is Ivan's.
    """
    monday = date(2026, 5, 25)
    hours = [[day, "09:00", "18:00"] for day in WEEKDAYS]
    layer = make_layer(["Ivan", "Petr", "Anna"], "UTC", monday, "09:00", hours=hours)
    noon = datetime(2026, 5, 25, 12, tzinfo=timezone.utc)
    rotation = Rotation((layer,), (Override(noon, noon + timedelta(hours=4), "Sergey", pk=1),))
    assert [turn for turn in turns_of(rotation, "UTC", monday, date(2026, 5, 26)) if turn[0]] == [
        ("Ivan", "Mon 09:00", "Mon 12:00"),
        ("Sergey", "Mon 12:00", "Mon 16:00"),
        ("Ivan", "Mon 16:00", "Mon 18:00"),
    ]
