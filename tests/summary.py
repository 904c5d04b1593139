#!/usr/bin/env python3
"""Sum up a run of `meson test`: the cases of all suites, and what failed.

usage: summary.py LOG-FOLDER      the last line is `N passed, N failed`
"""

import json
import pathlib
import sys

import tap

FINE = {"OK", "SKIP", "EXPECTEDFAIL"}


def count(test):
    """The cases (passed, skipped, failed) of one of meson's tests; itself, if it shows no cases."""
    passed = skipped = failed = 0
    for line in test.get("stdout", "").splitlines():
        case = tap.CASE.match(line)
        if case and case[1]:
            failed += 1
        elif case and "# SKIP" in line:
            skipped += 1
        elif case:
            passed += 1
    if test["result"] not in FINE:
        failed = max(failed, 1)
    elif test["result"] == "SKIP" and passed == 0:
        skipped = max(skipped, 1)
    return passed, skipped, failed


def main():
    log = pathlib.Path(sys.argv[1]) / "testlog.json"
    if not log.exists():
        print("nothing was tested\n0 passed, 1 failed")
        return 1
    tests = [json.loads(line) for line in log.read_text("utf-8").splitlines()]
    passed = skipped = failed = 0
    for test in tests:
        counts = count(test)
        passed, skipped, failed = passed + counts[0], skipped + counts[1], failed + counts[2]
        if counts[2]:
            print(f"failed: {test['name']} ({counts[2]} cases)")
            for line in test.get("stdout", "").splitlines():
                if (case := tap.CASE.match(line)) and case[1]:
                    print(f"    {line}")
    if skipped:
        print(f"{skipped} skipped")
    print(f"{passed} passed, {failed} failed")
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main())
