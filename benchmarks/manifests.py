# ruff: noqa: INP001, T201
"""Reading manifests with line marks, against PyYAML's own parse of the same text.

    python benchmarks/manifests.py

Garbage collection is off on both sides, as it is while efadoctor reads.
"""

import io
import time
from collections.abc import Callable

import yaml

from efadoctor.collect.manifests import read_manifests
from efadoctor.model.garbage import collection_paused

DOCUMENTS = 9_000
POD = """\
apiVersion: v1
kind: Pod
metadata:
  name: train-{number}
  namespace: ml
  labels: {{app: train, team: research}}
spec:
  nodeSelector:
    karpenter.sh/nodepool: efa
  tolerations:
  - {{key: vpc.amazonaws.com/efa, operator: Exists, effect: NoSchedule}}
  - {{key: nvidia.com/gpu, operator: Exists, effect: NoSchedule}}
  containers:
  - name: main
    image: registry.example/trainer:1
    command: ["bash", "-c", "torchrun train.py"]
    resources:
      limits: {{vpc.amazonaws.com/efa: 4, nvidia.com/gpu: 8}}
"""


def seconds(work: Callable[[], object]) -> float:
    started = time.process_time()
    work()
    return time.process_time() - started


def main() -> None:
    text = "---\n".join(POD.format(number=n) for n in range(DOCUMENTS))
    raw = text.encode()
    print(f"{len(raw) / 1e6:.1f} MB, {DOCUMENTS} documents")
    for _ in range(3):
        with collection_paused():
            plain = seconds(lambda: list(yaml.compose_all(text, Loader=yaml.CSafeLoader)))
        ours = seconds(lambda: read_manifests(["-"], io.BytesIO(raw)))
        print(f"with line marks {ours:.2f} s, plain parse {plain:.2f} s, ratio {ours / plain:.2f}")


if __name__ == "__main__":
    main()
