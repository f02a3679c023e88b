import sys
from pathlib import Path

from hypothesis import settings

# `tests/clusters` and its like are imported by name from any test folder
sys.path.insert(0, str(Path(__file__).parent))

# how long one example takes says nothing on a busy machine
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")
