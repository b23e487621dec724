"""Silence: daily feeds that stopped while their phase is open. Runs check it; without files no run begins."""

from datetime import date, datetime
from typing import LiteralString
from zoneinfo import ZoneInfo

from satu import warehouse
from satu.errors import RetryableError
from satu.gate.suites import load_suites
from satu.settings import Settings

_JAKARTA = ZoneInfo("Asia/Jakarta")
_SILENT: LiteralString = """
select awaited.feed, awaited.regency_code, awaited.end_date, max(files.period) as newest_period
from population.awaited_feed as awaited
left join ops.file as files
    on awaited.feed = files.feed and files.area_code in (awaited.regency_code, '00') and files.status = 'loaded'
where %(today)s between awaited.start_date and awaited.end_date
group by awaited.feed, awaited.regency_code, awaited.start_date, awaited.end_date
having %(today)s - coalesce(max(files.period), awaited.start_date) > %(days)s
order by 1, 2
"""


def expect_no_silence(settings: Settings, today: date | None = None) -> None:
    """Raise if a daily feed has stopped while its phase is open; `today` defaults to the current day.

    Feeds and phases come from the last run, the allowed days from the check `delivery.days_behind`.

    Raises:
        RetryableError: feeds have stopped; the message names them.
    """
    day = today or datetime.now(_JAKARTA).date()
    check = load_suites(settings.project_dir / "expectations").checks()["population", "delivery.days_behind"]
    with warehouse.connect(settings, warehouse.TRANSFORMER) as connection:
        if connection.execute("select to_regclass('population.awaited_feed')").fetchone() == (None,):
            return  # there was no build yet
        silent = connection.execute(_SILENT, {"today": day, "days": check.threshold.max}).fetchall()
    if silent:
        feeds = "; ".join(
            f"{feed} of {regency} came last for {newest or 'no day'}, expected every day until {end}"
            for feed, regency, end, newest in silent
        )
        raise RetryableError(f"feeds have stopped by {day}: {feeds}. Ask who sends them, or change the phase's window")
