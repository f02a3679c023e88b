"""Bundles: a snapshot from and to a folder or a tar (docs/bundle.md).

Where things are: ``files`` finds the files of a folder or of a tar (``archive``), ``layout``
says which source a file is, ``lists`` and ``responses`` turn bytes into typed views,
``about`` reads bundle.json, ``loading`` puts a snapshot together, ``writing`` is the way back.
``yaml_text`` is a bundle's YAML as the JSON that it stands for, ``yaml_writing`` the YAML that
people are shown.
"""

from efadoctor.bundle.loading import load
from efadoctor.bundle.writing import dump, write

__all__ = ["dump", "load", "write"]
