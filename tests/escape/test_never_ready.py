# SPDX-License-Identifier: Apache-2.0
"""A worker that starts and never says that it is ready: it is ended and tried again, and nobody else waits for it."""
import time
import unittest

import rogue
import harness


class NeverReady(unittest.TestCase):
    def test_it_is_ended_and_others_go_on(self):
        home = rogue.RogueHome(harness.policy(config={"never-ready": "yes"}))
        self.addCleanup(home.close)
        m = rogue.serve(home)
        self.addCleanup(m.close)
        call = m.start("tools/call", {"name": rogue.ECHO, "arguments": {"text": "value:31"}})
        end = time.monotonic() + 45
        while "restart in" not in m.log():
            self.assertEqual(m.value("add", {"a": 2, "b": 3}, 5), 5)
            self.assertLess(time.monotonic(), end, "it was left alone")
            time.sleep(0.1)
        self.assertNotIn(call, m.answers)  # it waits for the next one
        m.notify("notifications/cancelled", {"requestId": call})
        self.assertEqual(m.value("add", {"a": 2, "b": 3}, 5), 5)
        self.assertEqual(m.close(), 0)


if __name__ == "__main__":
    unittest.main()
