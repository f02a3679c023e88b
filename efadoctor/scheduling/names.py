"""Names that objects are written with: the labels of nodes, and the device resources.

https://kubernetes.io/docs/reference/labels-annotations-taints/ ,
https://karpenter.sh/docs/concepts/scheduling/#well-known-labels ,
https://docs.aws.amazon.com/eks/latest/userguide/node-efa.html
"""

ARCH = "kubernetes.io/arch"
OS = "kubernetes.io/os"
HOSTNAME = "kubernetes.io/hostname"
ZONE = "topology.kubernetes.io/zone"
REGION = "topology.kubernetes.io/region"
INSTANCE_TYPE = "node.kubernetes.io/instance-type"
NODEPOOL = "karpenter.sh/nodepool"
NODEGROUP = "eks.amazonaws.com/nodegroup"

EFA = "vpc.amazonaws.com/efa"
GPU = "nvidia.com/gpu"
