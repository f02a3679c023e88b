"""The only place with I/O: from a live cluster and AWS account to a snapshot.

``live`` is the way in: kubeconfig and a question to a snapshot. ``kube/`` reads the API
server, ``aws/`` asks EC2 and its neighbours, ``question`` decides what is worth reading;
``watch`` keeps a snapshot up to date. ``manifests/`` reads files of YAML and JSON with their
places. ``redact`` drops at the door what nobody may see; ``capture`` writes what is left as
a bundle, ``baseline`` as the small profile that manifests are judged on. ``permissions``
prints the rights that all this takes. kubernetes and boto3 are imported here, inside
functions, and nowhere else.
"""
