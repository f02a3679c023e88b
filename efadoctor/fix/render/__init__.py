"""Fixes as text: shell lines, manifests, and the plan as a script.

``shell`` quotes, ``kubectl``, ``aws_cli`` and ``helm`` write one line for an edit each,
``manifest`` the object as it would be, ``script`` the whole plan.
"""
