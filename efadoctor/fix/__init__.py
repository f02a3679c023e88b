"""Fixes: planned, tried on a copy of the snapshot, and rendered.

``plan`` puts it together: ``selection`` takes one fix of each finding, ``run`` tries them one
after another on the ``bench`` and leaves out what is not needed, ``uncovered`` goes on where they
bring another cause to light, ``told`` says how each fared.
On the bench ``apply`` carries out one edit, ``aws_effects`` those of AWS calls;
``consequences`` are what the cluster then does by itself, one rule a file; ``launch`` adds the
node that a NodePool or node group would make; ``rebase`` fits a patch to what earlier steps
left; ``keepers`` adds the change for an object's source. ``render`` writes shell lines,
manifests and the plan as a script. Nothing here changes a cluster.
"""
