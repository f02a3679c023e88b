"""The faces of a report: one verdict, many forms (docs/bots.md has those for machines).

Where things are: ``reports`` holds what is shown and how, ``faces`` finds the face of a
format, ``wording`` the words that faces share. One module a face: ``text`` (for a person),
``as_json``, ``as_yaml``, ``markdown`` (a comment on a pull request), ``slack``, ``sarif``,
``junit``, ``github`` (annotations). ``suppression`` sets aside what was asked not to be told,
``exit_status`` says what a command ends with. ``schemas/`` has the published JSON Schema.

No face judges anything, and none parses text from a cluster as markup.
"""
