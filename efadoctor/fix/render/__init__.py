"""Fixes as text: shell lines, manifests, and the plan as a script.

``shell`` quotes, ``kubectl``, ``aws_cli`` and ``helm`` write one line for an edit each,
``done`` says by which tests a patch that was made already is known,
``manifest`` the object as it would be, ``script`` the whole plan.
"""
