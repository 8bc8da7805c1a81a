"""Seconds of CPU of the longest test files, children included, by which their order is settled.

They need not be exact: a file that is not named counts by its number of tests.
"""

from __future__ import annotations

LENGTHS = {
    "container/test_rehearsal.py": 118.0,
    "browser/test_explore.py": 80.0,
    "browser/test_accessibility.py": 75.0,
    "browser/test_links.py": 72.0,
    "browser/test_dragging.py": 72.0,
    "browser/test_prices.py": 63.0,
    "browser/test_own_data.py": 40.0,
    "browser/test_jobs.py": 39.0,
    "browser/test_learned.py": 38.0,
    "browser/test_compressor.py": 35.0,
    "browser/test_share.py": 35.0,
    "browser/test_guide.py": 25.0,
    "browser/test_look.py": 20.0,
    "browser/test_subsets.py": 18.0,
}
