"""The work behind the screens: what judges in a thread and posts messages, and what is known.

``judging`` begins a ``Run`` (``runs``) for each thing that is asked and keeps what came of it;
``trying`` judges, also on a copy with fixes made; ``judgement`` and ``scene`` are what is handed
to the panes, ``happenings`` what has changed since. ``background`` is the thread, ``often`` its
pace.
"""
