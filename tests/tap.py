#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Runs a unittest file and prints TAP, one line per test, as the C tests do:  tap.py FILE [TEST ...]"""
import importlib.util
import os
import sys
import unittest


class Tap(unittest.TestResult):
    def __init__(self, total):
        super().__init__()
        self.number = self.bad = 0
        self.parts = []
        print(f"1..{total}", flush=True)

    def line(self, ok, test, text=""):
        self.number += 1
        self.bad += not ok
        for part in text.splitlines():
            print("# " + part)
        print(f"{'ok' if ok else 'not ok'} {self.number} - {test.id().split('.', 1)[-1]}", flush=True)

    def addSuccess(self, test):
        self.line(True, test)

    def addFailure(self, test, err):
        self.line(False, test, self._exc_info_to_string(err, test))

    addError = addFailure

    def addSubTest(self, test, subtest, err):
        # A test with failed parts gets no verdict from unittest: stopTest gives it one.
        if err is not None:
            self.parts.append(f"{subtest}\n" + self._exc_info_to_string(err, test))

    def stopTest(self, test):
        if self.parts:
            self.line(False, test, "\n".join(self.parts))
            self.parts = []

    def addSkip(self, test, reason):
        # What cannot run here has not been seen to work.
        self.line(False, test, "skipped: " + reason)


def flat(suite):
    for t in suite:
        if isinstance(t, unittest.TestSuite):
            yield from flat(t)
        else:
            yield t


def main():
    path = os.path.abspath(sys.argv[1])
    sys.path.insert(0, os.path.dirname(path))
    spec = importlib.util.spec_from_file_location(os.path.basename(path)[:-3], path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    loader = unittest.defaultTestLoader
    suite = loader.loadTestsFromNames(sys.argv[2:], module) if sys.argv[2:] else loader.loadTestsFromModule(module)
    result = Tap(suite.countTestCases())
    suite.run(result)
    return 1 if result.bad or result.number == 0 else 0


if __name__ == "__main__":
    sys.exit(main())
