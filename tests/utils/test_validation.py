"""Messages for wrong options: the option, its value, what is allowed, and the nearest known name."""

import math
from typing import Annotated, Literal

import pytest
from pydantic import Field

from imbench.errors import ConfigError
from imbench.utils.validation import Cell, Name, OpenOptions, Options, Text, checked


class Part(Options):
    size: Annotated[int, Field(ge=1)] = 1
    from_: Cell = Field("a", alias="from")


class Whole(Options):
    name: Name
    title: Text = "t"
    ratio: float = 0.5
    kind: Literal["one", "two"] = "one"
    columns: list[Cell] = Field([])
    part: Part | None = None
    parts: dict[str, Part | None] = Field({})


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({}, "whole.name is missing."),
        ({"name": "../x"}, "whole.name=../x: it may hold letters, digits"),
        ({"title": " "}, "whole.title= : "),
        ({"ratio": "0.5"}, "whole.ratio=0.5: it must be a valid number."),
        ({"ratio": True}, "whole.ratio=True: it must be a valid number."),
        ({"ratio": math.nan}, "whole.ratio=nan: it must be a finite number."),
        ({"kind": "three"}, "whole.kind=three: it must be 'one' or 'two'."),
        ({"columns": "a"}, "whole.columns=a: it must be a valid list, as in 'whole.columns=[a,b]'."),
        ({"part": {"size": 0}}, "whole.part.size=0: it must be greater than or equal to 1."),
        ({"parts": {"x": 3}}, "whole.parts.x=3: it must be a section of options."),
        ({"part": 3}, "whole.part=3: it must be a section of options."),
        ({"tilte": "x"}, "whole has no option 'tilte'. Did you mean title? It may hold: name, title, ratio,"),
        (
            {"part": {"form": "x"}},
            "whole.part has no option 'form'. Did you mean from? It may hold: size, from.",
        ),
        (
            {"parts": {"x": {"sice": 1}}},
            "whole.parts.x has no option 'sice'. Did you mean size? It may hold: size,",
        ),
        ({"part": {"q": 1}}, "whole.part has no option 'q'. It may hold: size, from."),
    ],
)
def test_messages(options, message):
    options = options if options == {} else {"name": "x"} | options
    with pytest.raises(ConfigError) as caught:
        checked(Whole, options, "whole")
    assert str(caught.value).startswith(message)


def test_values_are_kept_as_they_are():
    found = checked(Whole, {"name": "größe 1", "ratio": 1, "columns": [1, "b", 2.5], "part": {"from": 3}})
    assert found.ratio == 1 and found.columns == ["1", "b", "2.5"] and found.part.from_ == "3"


def test_open_sections_take_further_options():
    class Open(OpenOptions):
        size: int = 1

    assert checked(Open, {"other": [1]}, "open").model_extra == {"other": [1]}
    with pytest.raises(ConfigError, match=r"open\.size=x: it must be a valid integer"):
        checked(Open, {"size": "x"}, "open")
