#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The supervisor when its children die under load: every call is answered once, the others go on, and what died comes back."""
import os
import signal
import sys
import time
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "e2e"))
import harness  # noqa: E402

ECHO = "test_guests_echo_0_1_0_echo"
FETCH = "test_guests_web_0_1_0_fetch"


class Deaths(unittest.TestCase):
    def setUp(self):
        self.home = harness.Home()
        self.addCleanup(self.home.close)
        self.home.load("echo")
        self.home.load("add")
        self.home.load("fetch", harness.policy(network=[{"cidr": "127.0.0.1/32", "ports": [9], "schemes": ["http"]}]))
        self.m = harness.Mcp(self.home)
        self.addCleanup(self.m.close)
        self.assertEqual(self.m.value("add", {"a": 2, "b": 3}), 5)

    def pid(self, role, ident=None, not_pid=0):
        """The process of a role; a worker is known by its log name, which is not visible: by trying them in turn."""
        found = [p for p in harness.children(self.m.p.pid) if harness.command_of(p) == "postern-" + role and p != not_pid]
        return found if ident is None else found[ident]

    def start_load(self, count=200):
        return [self.m.start("tools/call", {"name": "add", "arguments": {"a": i, "b": 1}} if i % 2 else
                             {"name": ECHO, "arguments": {"text": str(i)}}) for i in range(count)]

    def answers(self, ids):
        good = bad = 0
        for i in ids:
            r = self.m.wait(i, 30)["result"]
            good, bad = good + (not r.get("isError")), bad + bool(r.get("isError"))
        return good, bad

    def test_each_worker_in_turn(self):
        workers = self.pid("worker")
        self.assertEqual(len(workers), 3)
        for pid in workers:
            ids = self.start_load()
            os.kill(pid, signal.SIGKILL)
            ids += self.start_load()
            good, bad = self.answers(ids)
            self.assertEqual(good + bad, 400)
            self.assertGreater(good, 199)
        self.assertEqual(self.m.value("add", {"a": 1, "b": 1}), 2)
        self.assertEqual(self.m.value(ECHO, {"text": "x"}), "x")

    def test_back_off_grows_and_others_do_not_wait(self):
        gaps = []
        target = self.pid("worker")[0]
        for _ in range(4):
            before = set(self.pid("worker"))
            os.kill(target, signal.SIGKILL)
            began = time.monotonic()
            while not (fresh := set(self.pid("worker")) - before):
                self.m.request("ping")
                self.assertLess(time.monotonic() - began, 10)
            gaps.append(time.monotonic() - began)
            target = fresh.pop()
            time.sleep(0.15)
        self.assertGreater(gaps[3], gaps[0] * 2, gaps)
        self.assertGreater(gaps[3], 0.6, gaps)

    def test_egress(self):
        (egress,) = self.pid("egress")
        self.m.error(FETCH, {"url": "http://127.0.0.1:9/"})
        ids = self.start_load()
        os.kill(egress, signal.SIGKILL)
        self.assertEqual(self.answers(ids), (200, 0))
        end = time.monotonic() + 10
        while True:  # its workers were restarted with it, and are denied and served as before
            text = self.m.error(FETCH, {"url": "http://127.0.0.1:9/"})
            if "refused" in text:
                break
            self.assertLess(time.monotonic(), end, text)
        self.assertNotEqual(self.pid("egress"), [egress])
        self.assertNotIn("refused", self.m.error(FETCH, {"url": "http://127.0.0.2:9/"}))

    def test_gateway_takes_all_with_it(self):
        (gateway,) = self.pid("gateway")
        kids = harness.children(self.m.p.pid)
        os.kill(gateway, signal.SIGKILL)
        self.assertEqual(self.m.p.wait(10), 1)
        self.assertEqual([p for p in kids if os.path.exists(f"/proc/{p}")], [])

    def test_supervisor_takes_all_with_it(self):
        kids = harness.children(self.m.p.pid)
        self.m.p.kill()
        self.m.p.wait(10)
        end = time.monotonic() + 5
        while any(os.path.exists(f"/proc/{p}") for p in kids):
            self.assertLess(time.monotonic(), end)
            time.sleep(0.02)

    def test_stopped_worker_is_ended(self):
        before = set(self.pid("worker"))
        self.home.load("spin", harness.policy(limits={"wall_time": "500ms", "fuel": 10**12}))
        end = time.monotonic() + 10
        while "spin" not in [t["name"] for t in self.m.tools()] or not (fresh := set(self.pid("worker")) - before):
            self.assertLess(time.monotonic(), end)
            time.sleep(0.05)
        pid = fresh.pop()
        self.assertIn("wall_time", self.m.error("spin", {}, 20))  # it is up
        os.kill(pid, signal.SIGSTOP)
        began = time.monotonic()
        self.assertIn("did not answer", self.m.error("spin", {}, 30))
        self.assertLess(time.monotonic() - began, 15)
        self.assertEqual(self.m.value("add", {"a": 1, "b": 1}), 2)


if __name__ == "__main__":
    unittest.main()
