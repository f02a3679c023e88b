"""How much of a bundle is read at most: it may come from anybody.

Real bundles stay far below every limit; each says why it is where it is.
"""

MIB = 1024 * 1024

MAX_FILE_BYTES = 1536 * MIB
"""One JSON file: 150,000 pods of 5 kB, indented as kubectl prints them, are 1.5 GB."""

MAX_YAML_BYTES = 32 * MIB
"""One YAML file: a megabyte costs 0.2 s and 15 MB of memory, the worst that can be written 1 s."""

MAX_STRAY_BYTES = 64 * MIB
"""A file that no source is named after, looked into for workloads only."""

MAX_TOTAL_BYTES = 4096 * MIB
"""Everything that is unpacked from one archive: nodes, pods, events and network interfaces."""

MAX_FILES = 20_000
"""Files in a bundle: forty sources exist, and must-gather archives hold a few thousand files."""

MAX_ENTRIES = 100_000
"""Entries of an archive, folders and headers included; each costs ten microseconds."""

MAX_RATIO = 500
"""Unpacked to packed bytes. Lists of equal pods reach 165, deflate can be made to reach 1,030."""

RATIO_COUNTS_FROM = 256 * MIB
"""Smaller archives may have any ratio: unpacking them costs less than a second."""

MAX_HEADER_BYTES = MIB
"""An extended tar header: long names and their like are a few hundred bytes."""

MAX_NESTING = 200
"""Levels of nesting that are kept where a shape is not ours; a pod template needs twenty."""

MAX_GAPS = 50
"""Objects of one file that are named when they cannot be used; the rest is counted."""

MAX_ALIASED = 500_000
"""What the aliases of one YAML file may unfold into, in values; real files reach hundreds."""

MAX_BROKEN_DOCUMENTS = 20
"""Broken documents of one YAML file that are told; with more, the file is something else."""

MAX_TOTAL_YAML_BYTES = 128 * MIB
"""All manifests of one run: what is held of them takes some fifteen times their size."""
