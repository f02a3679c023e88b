"""The only place with I/O: from a live cluster and AWS account to a snapshot.

``live`` is the way in: kubeconfig and a question to a snapshot. ``kube/`` reads the API
server, ``aws/`` asks EC2 and its neighbours, ``question`` decides what is worth reading.
``redact`` drops at the door what nobody may see; ``capture`` writes what is left as a
bundle. ``permissions`` prints the rights that all this takes; ``watch`` keeps a snapshot
up to date. kubernetes and boto3 are imported here, inside functions, and nowhere else.
"""
