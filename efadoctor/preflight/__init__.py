"""Preflight: manifests judged before they reach a cluster, by the engine that judges clusters.

Where things are: ``written`` turns manifests into typed objects that know their place,
``assumptions`` adds what was not given (``defaults`` has the device plugins' charts),
``composing`` makes one snapshot of all and of the cluster that they are to meet, ``subjects``
says whom to judge and ``alike`` whom only once, ``judging`` puts it together. ``placing`` leads
every finding to its file, line and column, ``rewriting`` changes fields in the text of a file
(``differences``, ``page``, ``yaml_style``), ``drafts`` keeps the files as fixes change them, and
``diffs`` shows the fixes of a report so (``unified``). ``annotations`` and ``ignore_file`` read
what is to be set aside.
"""
