"""What of free text is about EFA: the few words that are kept of commands and user data.

Whole lines would carry whatever else stands in them; so only what matches is kept.
"""

from __future__ import annotations

import re

WORDS = re.compile(
    r"--mofed-enabled(?:=\w+)?|\befa[_-]installer[\w.-]*|\b(?:aws-)?ofi[_-]nccl\b|\bnccl[_-]ofi\b"
    r"|\blibnccl-net[\w.-]*|/opt/amazon(?:/efa|/openmpi|/[\w-]*ofi[\w-]*)?|\bfi_info\b"
    r"|/dev/infiniband|\b(?:FI_PROVIDER|FI_EFA_[A-Z_]+|NCCL_[A-Z_]+)=[\w.,:^-]*",
    re.IGNORECASE,
)
"""Of commands, arguments and other variables only the words about EFA's libraries."""

_HINTS = ("efa", "ofi", "nccl", "/opt/amazon", "infiniband", "mofed", "fi_")
"""One of them is in whatever WORDS finds: a test ten times as fast."""


def telling_words(text: str) -> str:
    """Of a command, an argument or a variable's value what is about EFA; mostly nothing."""
    low = text.lower()
    if not any(hint in low for hint in _HINTS):
        return ""
    return " ".join(match[0] for match in WORDS.finditer(text))


_TELLING_USER_DATA = re.compile(
    r"""
      \bulimit\s+-[A-Za-z]*l\s+(?:unlimited|-?\d+)
    | \bulimit\s+-[A-Za-z]+\s+(?:unlimited|-?\d+)
    | (?:\*|root)\s+(?:soft|hard|-)\s+(?:memlock|stack)\s+(?:unlimited|-?\d+)
    | /etc/security/limits(?:\.conf|\.d/[\w.-]+)
    | \bLimitMEMLOCK\s*=\s*(?:infinity|\d+)
    | \bbaseRuntimeSpec\b | \bRLIMIT_MEMLOCK\b | \bmax-locked-memory\b
    | \bENABLE_EFA_SUPPORT\b(?:\s*[=:]\s*["']?(?:true|false|1|0))?
    | \bvm\.nr_hugepages\s*=\s*\d+
    """,
    re.VERBOSE,
)


def telling_user_data(text: str) -> str:
    """Of a node's user data only the settings that are about memory locks and EFA, one a line."""
    return "\n".join(match[0] for match in _TELLING_USER_DATA.finditer(text))
