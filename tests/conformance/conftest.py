"""Tests over public sample files that are not part of this repository.

They run where the files are: in the folder named by ACQUIT_FIXTURES, or in ``shared/fixtures``
beside the project. Elsewhere they are not collected.
"""

from __future__ import annotations

import os
from pathlib import Path

_BESIDE = Path(__file__).resolve().parents[3] / "shared" / "fixtures"
FIXTURES = Path(os.environ.get("ACQUIT_FIXTURES") or _BESIDE)
collect_ignore_glob = [] if (FIXTURES / "einvoices").is_dir() else ["test_einvoices.py"]
