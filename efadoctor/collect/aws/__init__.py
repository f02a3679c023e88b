"""EC2, EKS, Auto Scaling and IAM: read through boto3, loaded only here and only when asked.

``account`` is a way in and makes one call at a time; ``reads`` declares every call;
``wanted`` knows from the Kubernetes half what is in question; ``reading`` asks for it, wave
by wave, through ``calls``.
"""
