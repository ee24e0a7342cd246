#!/usr/bin/env python3
"""The runner counts what happened, and takes nothing bad for good: a crash, a leak at exit, a program that is missing."""

import os
import subprocess
import sys
import tempfile

COUNT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "runner", "count")
CMOCKA = "[==========] 3 test(s) run.\n[  PASSED  ] {} test(s).\n[  FAILED  ] {} test(s), listed below:\n"

# why, status of the test in JUnit, what the program said, wanted counts
CTEST = [
    ("cmocka's cases are counted", "run", "[==========] 3 test(s) run.\n[  PASSED  ] 3 test(s).\n", "3 0 0"),
    ("two groups in one program add up", "run", "[  PASSED  ] 3 test(s).\nx\n[  PASSED  ] 4 test(s).\n", "7 0 0"),
    ("a failed case is counted beside those that passed", "fail", CMOCKA.format(2, 1), "2 1 0"),
    ("a program that fails after its cases passed has failed", "fail", "[  PASSED  ] 3 test(s).\nleak\n", "3 1 0"),
    ("a crash without a word is a failure", "fail", "", "0 1 0"),
    ("a program that says nothing and ends well is one test", "run", "", "1 0 0"),
    ("a program's own last line counts", "run", "hello\n40 passed, 0 failed, 2 skipped\n", "40 0 2"),
    ("a program that was not found has failed", "notrun", None, "0 1 0"),
]
# why, exit status, what the script said, wanted counts
SCRIPT = [
    ("a last line counts", 0, "a\n5 passed, 0 failed\n", "5 0 0"),
    ("a last line with failures counts", 1, "4 passed, 1 failed\n", "4 1 0"),
    ("who says that all is well and fails has failed", 1, "5 passed, 0 failed\n", "5 1 0"),
    ("77 is left out, for the reason in the last line", 77, "a\nno broker\n", "0 0 1"),
    ("silence and 0 is one test", 0, "", "1 0 0"),
    ("a script that was ended for its time has failed", 124, "3 passed, 0 failed\n", "3 1 0"),
]


def counted(*arguments):
    done = subprocess.run([COUNT, *arguments], check=True, capture_output=True, text=True, stdin=subprocess.DEVNULL)
    return done.stdout.split("\t")[0]


def of_ctest(folder, status, said):
    path = os.path.join(folder, "junit.xml")
    inner = '<skipped message="Unable to find executable"/>' if said is None else f"<system-out>{said}</system-out>"
    with open(path, "w", encoding="utf-8") as file:
        file.write(f'<testsuite><testcase name="a" status="{status}">{inner}</testcase></testsuite>')
    return counted("ctest", path)


def of_script(folder, status, said):
    path = os.path.join(folder, "log")
    with open(path, "w", encoding="utf-8") as file:
        file.write(said)
    return counted("script", str(status), path)


def main():
    passed = failed = 0
    with tempfile.TemporaryDirectory() as folder:
        for table, count in ((CTEST, of_ctest), (SCRIPT, of_script)):
            for why, status, said, want in table:
                got = count(folder, status, said)
                if got == want:
                    passed += 1
                else:
                    failed += 1
                    print(f"{why}: {got}, not {want}")
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


sys.exit(main())
