"""The colours: a dark theme, a light one, and one that has none.

``$fail``, ``$warn``, ``$pass`` and ``$unknown`` mean states and nothing else; ``$muted`` is for
what is said in passing, ``$faint`` for rules and for what has not happened yet.
"""

from __future__ import annotations

from textual.theme import Theme

DARK = Theme(
    name="efadoctor-dark",
    primary="#6cb6ff",
    secondary="#8ddb8c",
    accent="#f0b95e",
    warning="#e3b341",
    error="#ff7b72",
    success="#6bc46d",
    foreground="#d5dbe5",
    background="#0d1117",
    surface="#131920",
    panel="#1b232d",
    dark=True,
    variables={
        "fail": "#ff7b72",
        "warn": "#e3b341",
        "pass": "#57ab5a",
        "unknown": "#c297ff",
        "muted": "#8b97a7",
        "faint": "#4a5563",
        "rule": "#27303b",
        "key": "#6cb6ff",
        "strong": "#f4f7fb",
        "cursor": "#22334a",
        "cursor-blurred": "#1b2632",
        "badge": "#f0b95e",
        "badge-text": "#14100a",
        "mark-bad": "#5d1f1f",
        "mark-good": "#1d4428",
    },
)

LIGHT = Theme(
    name="efadoctor-light",
    primary="#0757b8",
    secondary="#1a7f37",
    accent="#9a5b00",
    warning="#8a6100",
    error="#c5162b",
    success="#1a7f37",
    foreground="#24292f",
    background="#ffffff",
    surface="#f6f8fa",
    panel="#eceff3",
    dark=False,
    variables={
        "fail": "#c5162b",
        "warn": "#8a6100",
        "pass": "#1a7f37",
        "unknown": "#7339c9",
        "muted": "#59636e",
        "faint": "#a3acb6",
        "rule": "#d6dbe1",
        "key": "#0757b8",
        "strong": "#0b0f14",
        "cursor": "#d8e7fb",
        "cursor-blurred": "#e9eef5",
        "badge": "#9a5b00",
        "badge-text": "#ffffff",
        "mark-bad": "#ffd7d5",
        "mark-good": "#c6efcf",
    },
)

PLAIN = Theme(
    name="efadoctor-plain",
    ansi=True,
    primary="ansi_default",
    secondary="ansi_default",
    accent="ansi_default",
    warning="ansi_default",
    error="ansi_default",
    success="ansi_default",
    foreground="ansi_default",
    background="ansi_default",
    surface="ansi_default",
    panel="ansi_default",
    boost="ansi_default",
    dark=True,
    variables={
        **dict.fromkeys(DARK.variables, "ansi_default"),
        "ansi-background": "ansi_default",
        "ansi-foreground": "ansi_default",
        "border-blurred": "ansi_default",
        "block-cursor-foreground": "ansi_default",
        "block-cursor-background": "ansi_default",
        "block-cursor-text-style": "reverse",
        "input-cursor-background": "ansi_default",
        "input-cursor-foreground": "ansi_default",
        "input-cursor-text-style": "reverse",
        "input-selection-background": "ansi_default",
        "input-selection-foreground": "ansi_default",
        "screen-selection-background": "ansi_default",
        "screen-selection-foreground": "ansi_default",
    },
)
"""For NO_COLOR (https://no-color.org): shapes, bold, underline and reverse say it all."""

THEMES = (DARK, LIGHT, PLAIN)
