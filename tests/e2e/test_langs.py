# SPDX-License-Identifier: Apache-2.0
"""One guest of each language and tool chain, unmodified: it computes, reads and writes files, sees its environment and fetches
what it was granted, and nothing of it without the grant. The guests are made by `tests/guests/build langs`."""
import os
import sys
import unittest

import harness

sys.path.insert(0, os.path.join(harness.ROOT, "tests", "ipc"))
import local_net  # noqa: E402

GREET = "test_guests_greet_0_1_0_"
FILES = "test_guests_files_0_1_0_"
WEB = "test_guests_web_0_1_0_"
LIMITS = {"memory": "128MiB", "fuel": 20_000_000_000, "table_elements": 100_000}


class Language:
    """What every one of them must do; a class below for each."""
    guest = None
    web = True

    @classmethod
    def setUpClass(cls):
        cls.home = harness.Home()
        cls.addClassCleanup(cls.home.close)
        cls.server = local_net.serve()
        cls.addClassCleanup(cls.server.shutdown)
        cls.port = cls.server.server_address[1]
        cls.d = cls.home.folder("shared")
        cls.home.write("shared/f.txt", "text of the file \u00e9")
        cls.home.write("shared/.env", "FAKE=for-test")
        cls.home.settings('environment:\n  UNITS: "metric"\n')
        cls.home.load(cls.guest, harness.policy(
            limits=LIMITS, storage=[(f"fs://{cls.d}/**", ["read", "write"])], environment=["UNITS"],
            network=[{"cidr": "127.0.0.1/32", "ports": [cls.port], "schemes": ["http"]}]))
        cls.mcp = harness.Mcp(cls.home)
        cls.addClassCleanup(cls.mcp.close)

    def value(self, tool, **arguments):
        return self.mcp.value(tool, arguments, 120)

    def error(self, tool, **arguments):
        return self.mcp.error(tool, arguments, 120)

    def test_only_its_tools_are_tools(self):
        names = {t["name"] for t in self.mcp.tools()}
        want = {GREET + n for n in ("greet", "add", "describe", "spin")} | {FILES + n for n in ("read-file", "write-file", "list-dir", "get-env")}
        self.assertEqual({n for n in names if "_" in n}, want | ({WEB + "fetch"} if self.web else set()))
        self.assertNotIn("init", names)

    def test_greet(self):
        self.assertEqual(self.value(GREET + "greet", name="Zo\u00eb \U0001f600"), "Hello, Zo\u00eb \U0001f600!")

    def test_add(self):
        self.assertEqual(self.value(GREET + "add", a=2**31 - 1, b=1), -2**31)

    def test_records_enums_and_errors(self):
        who = {"name": "Ann", "age": 7, "tags": ["x", "y"]}
        self.assertEqual(self.value(GREET + "describe", who=who, how="plain"), "Ann (7) [x, y]")
        self.assertEqual(self.value(GREET + "describe", who={"name": "Ann", "tags": []}, how="plain").strip(), "Ann")
        self.assertEqual(self.error(GREET + "describe", who={"name": "", "tags": []}, how="loud"), "no name")

    def test_a_loop_ends(self):
        self.assertIn("limit reached", self.error(GREET + "spin"))
        self.assertEqual(self.value(GREET + "add", a=1, b=1), 2)

    def test_files(self):
        self.assertEqual(self.value(FILES + "read-file", path=self.d + "/f.txt"), "text of the file \u00e9")
        self.value(FILES + "write-file", path=self.d + "/w.txt", text="written")
        with open(self.d + "/w.txt", encoding="ascii") as f:
            self.assertEqual(f.read(), "written")
        self.assertEqual(self.value(FILES + "list-dir", path=self.d), ["f.txt", "w.txt"])
        for path in ("/etc/passwd", self.d + "/.env", self.d + "/../../../etc/passwd", "/proc/self/environ"):
            self.error(FILES + "read-file", path=path)
        self.error(FILES + "write-file", path="/tmp/postern-should-not-be", text="x")

    def test_environment(self):
        self.assertEqual(self.value(FILES + "get-env", name="UNITS"), "metric")
        self.assertIsNone(self.value(FILES + "get-env", name="HOME"))

    def test_web(self):
        if not self.web:
            return
        page = self.value(WEB + "fetch", url=f"http://127.0.0.1:{self.port}/x")
        self.assertEqual(page, {"status": 200, "body": "hello"})
        before = self.server.connections
        self.error(WEB + "fetch", url=f"http://localhost:{self.port}/x")
        self.error(WEB + "fetch", url="http://169.254.169.254/")
        self.assertEqual(self.server.connections, before)


class Rust(Language, unittest.TestCase):
    guest = "lang-rust"


class Go(Language, unittest.TestCase):
    guest = "lang-go"


class Python(Language, unittest.TestCase):
    guest = "lang-python"


class JavaScript(Language, unittest.TestCase):
    guest = "lang-js"


class QuickJs(Language, unittest.TestCase):
    guest = "lang-qjs"
    web = False


if __name__ == "__main__":
    unittest.main()
