import sys
from pathlib import Path

# `tests/clusters` and its like are imported by name from any test folder
sys.path.insert(0, str(Path(__file__).parent))
