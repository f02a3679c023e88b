"""The API server: how it is reached, asked, and read.

``access`` turns kubeconfig into a way in (the official package does the authentication),
``connection`` sends GETs within the deadline, ``listing`` reads lists page by page straight
into typed views, ``discovery`` knows which kinds are served, ``reads`` declares every read,
``cluster``, ``pods`` and ``around`` decide which of them a question takes.
"""
