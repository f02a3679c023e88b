"""A list of things to open."""

from __future__ import annotations

from typing import ClassVar

from textual.binding import Binding, BindingType

from efadoctor.tui.widgets.line_list import LineList


class ChoiceList(LineList):
    """``enter`` opens the line under the cursor."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "choose", "open", key_display="enter")
    ]
