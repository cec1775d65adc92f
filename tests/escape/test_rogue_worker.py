# SPDX-License-Identifier: Apache-2.0
"""A worker that has been taken over talks to the real gateway, egress and supervisor. Its own call may fail; nothing else may."""
import json
import os
import struct
import time
import unittest

import rogue
import harness
import local_net
from frames import encode


def hexed(name, call=None, **values):
    data, _ = encode(name, 0, **values)
    return ((data[:8] + b"CALLCALL" + data[16:]) if call else data).hex()


class Case(unittest.TestCase):
    policy = None

    def setUp(self):
        self.home = rogue.RogueHome(self.policy)
        self.addCleanup(self.home.close)

    def serve(self):
        m = rogue.serve(self.home)
        self.addCleanup(m.close)
        self.assertEqual(self.victim(m), 5)
        return m

    def victim(self, m):
        return m.value("add", {"a": 2, "b": 3}, 20)

    def deed(self, m, text, timeout=45):
        return m.call(rogue.ECHO, {"text": text}, timeout)

    def works_on(self, m):
        self.assertEqual(self.victim(m), 5)
        self.assertIsNone(m.p.poll())

    def breach(self, text, timeout=45):
        """Costs the rogue its process and its call; answered once; nobody else notices."""
        m = self.serve()
        worker = self.rogue_pid(m)
        r = self.deed(m, text, timeout)
        self.assertTrue(r.get("isError"), r)
        self.works_on(m)
        end = time.monotonic() + 5
        while os.path.exists(f"/proc/{worker}") and time.monotonic() < end:
            time.sleep(0.02)
        self.assertFalse(os.path.exists(f"/proc/{worker}"), "the rogue lives on")
        self.assertEqual(m.close(), 0)
        return r["content"][0]["text"]

    def rogue_pid(self, m):
        self.deed(m, "value:2231")
        for pid in harness.children(m.p.pid):
            try:
                with open(f"/proc/{pid}/cmdline", "rb") as f:
                    if b"postern-worker" in f.read():
                        return pid
            except OSError:
                pass
        raise AssertionError("no rogue is running")


class Results(Case):
    def test_of_calls_that_are_not_its_own(self):
        for other in ("next", "0", "1", str((1 << 64) - 1)):
            self.breach("other_call:" + other)

    def test_twice(self):
        m = self.serve()
        self.assertEqual(self.deed(m, "twice")["content"][0]["text"], "once")
        self.works_on(m)

    def test_frames_of_others_and_broken_ones(self):
        good = bytes.fromhex(hexed("RESULT", True, outcome=0, text="", value=b"1"))
        for raw in (hexed("CALL", True, tool=0, arguments=b"{}"), hexed("SHUTDOWN", True), hexed("READY", True),
                    good[:-1].hex(), (good + b"\0").hex(), "00" * 16, "ff" * 5000):
            self.breach("raw_result:" + raw)

    def test_on_the_wrong_channel(self):
        self.breach("on_control")

    def test_flood(self):
        self.breach("flood")

    def test_300_megabytes(self):
        self.breach("huge")

    def test_descriptors(self):
        self.breach("descriptors:1")
        self.breach("descriptors:100")
        self.breach("unsealed")

    def test_values(self):
        m = self.serve()
        for value in (b"", b"{", b'"a\nb"', b"1 2", b'"\xff"', b'{"a":1,"a":2}', b"[" * 100000, b'"\\ud800"'):
            self.assertTrue(self.deed(m, "value:" + value.hex())["isError"])
        self.assertTrue(self.deed(m, "big_but_allowed")["isError"])
        for outcome in range(7):
            self.deed(m, f"outcome:{outcome}")
        text = self.deed(m, "forged_text")
        self.assertTrue(text["isError"])
        self.works_on(m)
        self.assertEqual(m.close(), 0)


class Supervisor(Case):
    def test_messages_of_other_roles(self):
        for message in (["ADMIN", {"verb": 1, "id": "victim"}], ["DONE", {"status": 0}], ["WORKER_HUNG", {"slot": 2}],
                        ["COMPILE_DONE", {"size": 0}], ["RESULT", {"value": "1"}], ["HTTP_OPEN", {"method": "GET"}]):
            self.breach("to_supervisor:" + json.dumps(message))

    def test_broken_frames(self):
        for raw in ("00", "ff" * 16, "00" * 16, "41" * 100000):
            self.breach("supervisor_raw:" + raw)

    def test_flood_does_not_starve_it(self):
        m = self.serve()
        self.assertFalse(self.deed(m, "supervisor_flood").get("isError"))
        self.works_on(m)

    def test_failing_and_living_on(self):
        self.breach("zombie")

    def test_closed_channels(self):
        for which in ("calls", "control"):
            self.breach("close:" + which)

    def test_death(self):
        self.breach("die")


class Log(Case):
    def test_forged_lines(self):
        m = self.serve()
        self.assertFalse(self.deed(m, "log").get("isError"))
        self.works_on(m)
        time.sleep(0.2)
        log = m.log()
        self.assertIn("forged", log)
        self.assertNotIn("\x1b", log)
        for line in log.splitlines():
            if "forged" in line or "all is lost" in line or "jsonrpc" in line:
                self.assertIn("worker a-rogue", line)

    def test_flood(self):
        m = self.serve()
        flood = m.start("tools/call", {"name": rogue.ECHO, "arguments": {"text": "log_flood"}})
        time.sleep(0.3)
        worst = 0
        for _ in range(10):
            began = time.monotonic()
            self.victim(m)
            worst = max(worst, time.monotonic() - began)
        self.assertLess(worst, 3)
        self.assertFalse(m.wait(flood, 40)["result"].get("isError"))
        self.assertFalse(self.deed(m, "endless_line").get("isError"))
        self.works_on(m)


class Silence(Case):
    policy = harness.policy(limits={"wall_time": "1s"})

    def test_calls_end(self):
        self.breach("silence")


class Egress(Case):
    @classmethod
    def setUpClass(cls):
        cls.http, cls.closed = local_net.serve(), local_net.serve()
        cls.port = cls.http.server_port
        cls.dns = local_net.Dns({"ok.example": [["127.0.0.1"]], "rebind.example": [["127.0.0.1"], ["169.254.169.254"]],
                                 "inside.example": [["10.1.2.3"]], "secret.example": [["127.0.0.1"]]})
        grant = {"ports": [cls.port], "schemes": ["http"], "methods": ["GET"], "paths": ["/open/**", "/redirect"]}
        cls.policy = harness.policy(network=[{"cidr": "127.0.0.0/8", **grant}] +
                                    [{"host": h + ".example", **grant} for h in ("ok", "rebind", "inside")],
                                    limits={"requests_per_minute": 10000})

    def setUp(self):
        super().setUp()
        self.env = {"POSTERN_RESOLVER": self.dns.at}
        local_net.Handler.seen.clear()

    def serve(self):
        m = rogue.serve(self.home, env=self.env)
        self.addCleanup(m.close)
        return m

    def ask(self, m, *requests):
        r = self.deed(m, "http_many:" + json.dumps(requests), 60)
        self.assertFalse(r.get("isError"), r)
        return json.loads(r["structuredContent"]["result"])

    def test_what_is_granted_works(self):
        m = self.serve()
        for host in ("127.0.0.1", "ok.example"):
            (answer,) = self.ask(m, {"authority": f"{host}:{self.port}", "path": "/open/x"})
            self.assertEqual(answer[0], ["HTTP_HEAD", 200])

    def test_what_is_not_granted(self):
        port, m = self.port, self.serve()
        there = f"127.0.0.1:{port}"
        hosts = ["secret.example", "localhost", "127.1", "2130706433", "0x7f000001", "0177.0.0.1", "[::1]", "0.0.0.0",
                 "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[64:ff9b::7f00:1]", "[2002:7f00:1::]", "127.0.0.1.", "ok.example.",
                 "user@127.0.0.1", "ok.example@127.0.0.1", "127.0.0.1#", "127.0.0.1\\", "127.0.0.1 ", "127.0.0.1%00", "ok.example%2e",
                 "OK.example\u3002x", "\u2460\u2461\u2466.0.0.1", "169.254.169.254", "metadata.google.internal", "inside.example",
                 "100.100.100.200", "[fd00:ec2::254]", "10.0.0.1", ""]
        requests = [{"authority": f"{h}:{port}", "path": "/open/x"} for h in hosts]
        requests += [{"authority": a, "path": "/open/x"} for a in ("", ":", "127.0.0.1", f"127.0.0.1:{port + 65536}", f"127.0.0.1:0{port}",
                                                                 f"127.0.0.1:{self.closed.server_port}", "127.0.0.1:22")]
        requests += [{"authority": there, "path": p} for p in ("/", "/opens", "/open/../x", "/open/%2e%2e/x", "/open/..;/x", "open/x",
                                                               "//open/x", "/open\\..\\x", "http://10.0.0.1/open/x", "/open/x y",
                                                               "/open/x\r\nX: y", "/open/x#y", "/%6fpen/../", "*", "/open/\x01")]
        requests += [{"authority": there, "path": "/open/x", "scheme": s} for s in ("https", "ftp", "file", "gopher", "", "ws")]
        requests += [{"authority": there, "path": "/open/x", "method": v} for v in ("POST", "CONNECT", "TRACE", "get", "G ET", "GET\r\n", "", "X" * 64)]
        requests += [{"authority": there, "path": "/open/x", "headers": [h]} for h in (
            ["X-A", "1\r\nHost: evil"], ["X-A\r\nB", "1"], ["X A", "1"], ["", "1"], ["X-A:", "1"], ["X-A", "a\x00b"], ["X-A", "a\nb"],
            ["X-\xe9", "1"])]
        wrong = [(asked, said) for asked, said in zip(requests, self.ask(m, *requests)) if [s[0] for s in said] != ["HTTP_FAIL"]]
        self.assertEqual(wrong, [])
        self.assertEqual([s[:2] for s in local_net.Handler.seen], [])
        self.assertNotIn("secret.example", self.dns.asked)
        self.works_on(m)

    def test_fields_of_the_connection_are_not_its_own(self):
        m = self.serve()
        fields = [["Host", "evil.example"], ["Content-Length", "5"], ["Transfer-Encoding", "chunked"], ["Connection", "X-Keep, close"],
                  ["Upgrade", "h2c"], ["Proxy-Authorization", "x"], ["TE", "trailers"], ["Keep-Alive", "1"], ["Expect", "100-continue"]]
        for field in fields:
            self.ask(m, {"authority": f"127.0.0.1:{self.port}", "path": "/open/x", "headers": [field]})
        for _, _, headers, body in local_net.Handler.seen:
            got = {k.lower(): v for k, v in headers}
            self.assertEqual(got["host"], f"127.0.0.1:{self.port}")
            for name in ("transfer-encoding", "upgrade", "proxy-authorization", "te", "keep-alive", "content-length"):
                self.assertNotIn(name, got)
            self.assertNotIn("X-Keep", got.get("connection", ""))
            self.assertEqual(body, b"")

    def test_redirects_and_rebinding(self):
        m = self.serve()
        at = f"127.0.0.1:{self.port}"
        (answer,) = self.ask(m, {"authority": at, "path": "/redirect"})
        self.assertEqual(answer[0], ["HTTP_HEAD", 302])  # handed back, not followed: the next request is judged by itself
        again = self.ask(m, *[{"authority": f"rebind.example:{self.port}", "path": "/open/x"}] * 3)
        self.assertEqual([a[-1][0] for a in again[1:]], ["HTTP_FAIL"] * 2, again)

    def test_frames_that_no_worker_sends(self):
        m = self.serve()
        for raw in (hexed("HTTP_HEAD", status=200), hexed("HTTP_FAIL", code=1), hexed("RESULT", outcome=0), hexed("EGRESS_POLICY", slot=2),
                    hexed("LINK", kind=3), "00" * 16, "ff" * 300, struct.pack("<IHHQ", 4, 0x9999, 0, 1).hex() + "00000000"):
            r = self.deed(m, "egress_raw:" + raw)
            gone, other = json.loads(r["structuredContent"]["result"])
            self.assertTrue(gone, raw)
            self.assertEqual(other[-1][0], "HTTP_FAIL")
            m.close()
            m = self.serve()
        r = self.deed(m, "egress_descriptor")
        gone, other = json.loads(r["structuredContent"]["result"])
        self.assertTrue(gone)
        self.assertEqual(other[-1][0], "HTTP_FAIL")

    def test_flood_of_requests(self):
        m = self.serve()
        flood = m.start("tools/call", {"name": rogue.ECHO, "arguments": {"text": "egress_flood"}})
        for _ in range(20):
            self.victim(m)
        m.wait(flood, 40)
        (answer,) = self.ask(m, {"authority": f"127.0.0.1:{self.port}", "path": "/open/x"})
        self.assertIn(answer[0][0], ("HTTP_HEAD", "HTTP_FAIL"))
        self.works_on(m)


if __name__ == "__main__":
    unittest.main()
