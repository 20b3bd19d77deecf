"""Values that Hydra's grammar refuses reach the configuration as they were typed."""

import pytest
from hydra.core.override_parser.overrides_parser import OverridesParser
from hypothesis import given
from hypothesis import strategies as st

from imbench.utils.overrides import quote_values


def value_of(word):
    (quoted,) = quote_values([word])
    return OverridesParser.create().parse_override(quoted).value()


@pytest.mark.parametrize(
    "value",
    (
        ";",
        "Churn (yes)",
        "Größe",
        "50 %",
        "a=b",
        "it's",
        "C:\\data\\my file (1).csv",
        "née",
        "x{y}",
        "#",
        "&",
    ),
)
def test_a_text_survives(value):
    assert str(value_of(f"dataset.target={value}")) == value


def test_a_list_of_column_names():
    assert [str(v) for v in value_of("dataset.ignore=[Größe (cm), id, a b]")] == ["Größe (cm)", "id", "a b"]


@pytest.mark.parametrize(
    "word", ("seed=0,1", "dataset=a,b", "dataset.target=label", "dataset.ignore=[a,b]", "x=(", "-m")
)
def test_what_can_be_read_or_is_no_own_text_stays(word):
    assert quote_values([word]) == [word]


@given(st.text(alphabet=st.characters(blacklist_categories=("Cs", "Cc")), min_size=1, max_size=12))
def test_any_text_without_control_characters_is_readable(value):
    (word,) = quote_values([f"dataset.target={value}"])
    OverridesParser.create().parse_override(word)
