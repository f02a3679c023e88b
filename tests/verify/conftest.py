import sys
from pathlib import Path

# `outputs.py` is imported by name
sys.path.insert(0, str(Path(__file__).parent))
