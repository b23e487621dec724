"""What people write beside a decision: it is kept, and that of an approval or a waiver is in the exported manifest."""

import pytest

from satu import signature
from satu.errors import WrongUsage


@pytest.mark.parametrize(
    "reason",
    [
        "coverage < 95 % in 3371010002, see the mail of 2020-06-30 to 2020-09-30",
        "run 20261126T191458-b1a0 is as the field office said\non the telephone",
        "Dinas (kecamatan Ngadirejo), “lengkap”, ≥ 98,5 %",
    ],
)
def test_a_reason_is_kept_as_it_is(reason: str) -> None:
    signature.expect("Sri Wahyuni, M.Si.", reason)


@pytest.mark.parametrize(
    ("by", "reason", "says"),
    [
        ("", "a", "one of them is empty"),
        ("a", " \n", "one of them is empty"),
        ("a", "3371014507880099 is twice on the list", "long number"),
        ("a", "the card 337101-450788-0099", "long number"),
        ("a", "the card 3371.0145.0788.0099", "long number"),
        ("198507052010011003", "a", "long number"),
        ("a", "<img src=x onerror=alert(1)>", "markup"),
        ("a</td><!--", "a", "markup"),
        ("a\nb", "a", "invisible character"),
        ("a", "\x1b[2Ja", "invisible character"),
        ("a", "a\u202eb", "invisible character"),
        ("a" * 101, "a", "101 characters"),
        ("a", "a" * 1001, "1,001 characters"),
    ],
)
def test_words_that_may_not_be_shown_are_refused_and_not_quoted(by: str, reason: str, says: str) -> None:
    with pytest.raises(WrongUsage, match=says) as raised:
        signature.expect(by, reason)
    assert not any(word and word in str(raised.value) for word in (by, reason) if len(word) > 2)
