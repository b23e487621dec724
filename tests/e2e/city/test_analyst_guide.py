"""Every query of the documents answers an analyst, who may read nothing but the published views."""

import re
from pathlib import Path

import psycopg
import pytest

from satu import warehouse
from support import Published, rows

ROOT = Path(__file__).parents[3]
GUIDE = (ROOT / "docs" / "analyst-guide.md").read_text()
QUESTIONS = dict(re.findall(r"^### (\d+\. .+?)\n\n```sql\n(.*?)```", GUIDE, re.MULTILINE | re.DOTALL))


def test_the_guide_has_twenty_questions_in_order_with_one_query_each() -> None:
    titles = re.findall(r"^### (.+)$", GUIDE, re.MULTILINE)
    assert len(titles) >= 20
    assert list(QUESTIONS) == titles
    assert [int(title.partition(".")[0]) for title in titles] == list(range(1, len(titles) + 1))


@pytest.mark.parametrize("question", QUESTIONS)
def test_a_question_is_answered_by_one_select_of_an_analyst(published: Published, question: str) -> None:
    query = QUESTIONS[question]
    assert query.startswith("select ")
    assert query.count(";") == 1
    answer = rows(published.settings, warehouse.ANALYST, query)
    assert answer
    # A first release has none before it to be compared with.
    if "published.coverage_change" not in query:
        assert all(any(value is not None for value in column) for column in zip(*answer, strict=True))


def test_every_published_view_is_in_a_question(published: Published) -> None:
    views = published.rows("select table_name from information_schema.views where table_schema = 'published'")
    assert {view for (view,) in views} - set(re.findall(r"published\.(\w+)", GUIDE)) == set()


def test_an_analyst_reads_nothing_else(published: Published) -> None:
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        rows(published.settings, warehouse.ANALYST, "select count(*) from population.person")


def test_the_readmes_queries_answer(published: Published) -> None:
    readme = (ROOT / "README.md").read_text()
    queries = [query for block in re.findall(r"```sql\n(.*?)```", readme, re.DOTALL) for query in block.split(";")]
    assert len(queries) > 3
    assert all(rows(published.settings, warehouse.ANALYST, query) for query in queries if query.strip())
