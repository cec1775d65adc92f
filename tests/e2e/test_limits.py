# SPDX-License-Identifier: Apache-2.0
"""Every limit of a policy ends the call it is meant to end, says which limit it was and how to raise it, and leaves the worker
fit for the next call."""
import http.server
import threading
import time
import unittest

import harness

FETCH = "test_guests_web_0_1_0_fetch"
UPLOAD = "test_guests_http-client_0_1_0_upload"
SMALL = {"fuel": 100_000_000_000}


class Pages:
    """GET /N answers N bytes, POST takes what comes, and / (or a guest that asks for it) never gets an answer."""

    def __init__(self):
        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                if self.path == "/":
                    time.sleep(30)
                body = b"a" * int(self.path.strip("/") or 0)
                self.send_response(200)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def do_POST(self):
                left = int(self.headers.get("Content-Length") or 0)
                while left > 0:
                    left -= len(self.rfile.read(min(left, 65536)) or b"x" * left)
                while "chunked" in (self.headers.get("Transfer-Encoding") or ""):
                    size = int(self.rfile.readline().strip() or b"0", 16)
                    self.rfile.read(size + 2)
                    if size == 0:
                        break
                self.send_response(200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *args):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()


class Limits(unittest.TestCase):
    def setUp(self):
        self.home = harness.Home()
        self.addCleanup(self.home.close)

    def serve(self, name, limits=None, **grants):
        self.home.load(name, harness.policy(limits=limits, **grants))
        m = harness.Mcp(self.home)
        self.addCleanup(m.close)
        return m

    def breach(self, m, tool, arguments, key, timeout=60):
        text = m.error(tool, arguments, timeout)
        self.assertIn(f"limit reached: {key} = ", text)
        self.assertIn(f"limits.{key}", text)
        return text

    def test_infinite_loop_ends_by_fuel(self):
        m = self.serve("spin")
        self.breach(m, "spin", {}, "fuel")
        self.breach(m, "spin", {}, "fuel")

    def test_infinite_loop_ends_by_wall_time(self):
        m = self.serve("spin", {**SMALL, "wall_time": "300ms"})
        began = time.monotonic()
        self.breach(m, "spin", {}, "wall_time")
        self.assertLess(time.monotonic() - began, 5)

    def test_two_looping_guests_do_not_stop_a_third(self):
        self.home.load("spin", harness.policy(limits={**SMALL, "wall_time": "3s"}))
        self.home.load("echo")
        with harness.Mcp(self.home) as m:
            loops = [m.start("tools/call", {"name": "spin", "arguments": {}}) for _ in range(4)]
            for i in range(50):
                self.assertEqual(m.value("test_guests_echo_0_1_0_echo", {"text": str(i)}, 5), str(i))
            for ident in loops:
                self.assertTrue(m.wait(ident, 20)["result"]["isError"])

    def test_short_calls_pass_a_looping_one_in_the_same_component(self):
        m = self.serve("files", {**SMALL, "wall_time": "4s"})
        sleeper = m.start("tools/call", {"name": "test_guests_system_0_1_0_sleep", "arguments": {"milliseconds": 3000}})
        time.sleep(0.2)
        began = time.monotonic()
        m.value("test_guests_system_0_1_0_arguments")
        self.assertLess(time.monotonic() - began, 2)
        self.assertNotIn("error", m.wait(sleeper))

    def test_memory_bomb(self):
        m = self.serve("bomb")
        pages = m.value("grow", {"step": 1})
        self.assertLessEqual(pages * 65536, 10 << 20)
        self.assertGreater(pages * 65536, 9 << 20)
        self.breach(m, "burst", {}, "memory")
        self.assertEqual(m.value("grow", {"step": 1}), pages)

    def test_all_memories_count_together(self):
        m = self.serve("many-memories")
        total = m.value("grow", {"step": 1})
        self.assertLessEqual(total * 65536, 10 << 20)

    def test_raising_a_limit_raises_it(self):
        m = self.serve("bomb", {"memory": "20MiB"})
        self.assertGreater(m.value("grow", {"step": 1}) * 65536, 19 << 20)

    def test_recursion(self):
        m = self.serve("recurse")
        self.breach(m, "recurse-for-ever", {}, "stack")
        self.assertEqual(m.call("recurse", {"depth": 10})["isError"], False)

    def test_huge_result(self):
        m = self.serve("huge")
        self.breach(m, "huge-string", {"size": 2 << 20}, "result")
        self.breach(m, "huge-list", {"count": 20000}, "result")
        self.assertEqual(len(m.value("huge-string", {"size": 1000})), 1000)

    def test_broken_values_are_traps_not_crashes(self):
        m = self.serve("huge")
        for tool in ("wild-string", "broken-string", "broken-char", "broken-enum"):
            m.error(tool)
        self.assertEqual(len(m.value("huge-string", {"size": 10})), 10)

    def test_log_flood(self):
        m = self.serve("flood")
        self.breach(m, "flood", {"count": 100000, "size": 10}, "log_lines")
        self.assertEqual(m.call("flood", {"count": 3, "size": 10})["isError"], False)
        lines = [l for l in m.log().splitlines() if "stdout|" in l]
        self.assertLessEqual(len(lines), 1010)
        self.assertTrue(all(len(l) < 5000 for l in lines))

    def test_sleep_for_ever(self):
        m = self.serve("sleep", {"wall_time": "300ms"})
        self.breach(m, "sleep-poll", {}, "wall_time")
        self.breach(m, "sleep-block", {}, "wall_time")

    def test_hoarding_resources_ends_in_an_error(self):
        m = self.serve("sleep")
        m.error("hoard", {"count": 1_000_000})
        self.assertEqual(m.value("hoard", {"count": 10}), 10)

    def test_open_files(self):
        d = self.home.folder("d")
        self.home.write("d/f", "x")
        m = self.serve("files", {"open_files": 8}, storage=[(f"fs://{d}/**", ["read"])])
        self.breach(m, "test_guests_system_0_1_0_open-many", {"path": d + "/f", "limit": 100}, "open_files")

    def test_bytes_written(self):
        d = self.home.folder("d")
        m = self.serve("files", {"write": "1MiB"}, storage=[(f"fs://{d}/**", ["read", "write"])])
        self.breach(m, "test_guests_system_0_1_0_fill", {"path": d + "/f", "megabytes": 8}, "write")

    def test_start_function_that_loops(self):
        m = self.serve("start-spin")
        self.breach(m, "run", {}, "fuel")

    def test_minimum_memory_is_named_with_what_to_grant(self):
        self.home.load("big-minimum")
        with harness.Mcp(self.home) as m:
            names = [t["name"] for t in m.tools()]
            self.assertNotIn("pages", names)
            self.assertIn("memory", m.log())

    def test_more_concurrent_calls_than_slots_wait(self):
        m = self.serve("files", {"concurrent_calls": 2})
        ids = [m.start("tools/call", {"name": "test_guests_system_0_1_0_sleep", "arguments": {"milliseconds": 200}})
               for _ in range(6)]
        began = time.monotonic()
        for ident in ids:
            self.assertFalse(m.wait(ident)["result"].get("isError"))
        self.assertGreater(time.monotonic() - began, 0.4)

    def test_clock_is_coarse(self):
        m = self.serve("files")
        ticks = m.value("test_guests_system_0_1_0_ticks", {"count": 200})
        self.assertTrue(all(int(t) % 1_000_000 == 0 for t in ticks), ticks[:4])

    def web(self, name, limits):
        """A guest that may reach a local server; the server's port comes along."""
        server = Pages()
        self.addCleanup(server.close)
        m = self.serve(name, limits, network=[{"cidr": "127.0.0.1/32", "ports": [server.port], "schemes": ["http"]}])
        return m, f"http://127.0.0.1:{server.port}"

    def test_host_call_that_never_returns(self):
        m, base = self.web("hang", {"wall_time": "400ms"})
        began = time.monotonic()
        self.breach(m, "hang", {"authority": base[len("http://"):]}, "wall_time")
        self.assertLess(time.monotonic() - began, 10)

    def test_requests_per_minute(self):
        m, base = self.web("fetch", {"requests_per_minute": 5})
        for _ in range(5):
            self.assertEqual(m.value(FETCH, {"url": base + "/10"})["status"], 200)
        self.breach(m, FETCH, {"url": base + "/10"}, "requests_per_minute")

    def test_response_size(self):
        m, base = self.web("fetch", {"response": "64KiB"})
        self.assertEqual(m.value(FETCH, {"url": base + "/60000"})["status"], 200)
        self.breach(m, FETCH, {"url": base + "/70000"}, "response")

    def test_request_size(self):
        m, base = self.web("fetch", {"request": "64KiB"})
        self.assertEqual(m.value(UPLOAD, {"url": base + "/", "size": 60000}), 200)
        self.breach(m, UPLOAD, {"url": base + "/", "size": 70000}, "request")

    def test_cpu_share(self):
        self.home.load("spin", '{"version": "1.0", "permissions": {"resources": {"limits": {"cpu": "100m"}}},'
                               ' "limits": {"fuel": 100000000000, "wall_time": "3s"}}')
        with harness.Mcp(self.home) as m:
            m.error("spin")
            [worker] = [p for p in harness.children(m.p.pid) if harness.command_of(p) == "postern-worker"]
            with open(f"/proc/{worker}/stat", encoding="ascii") as f:
                fields = f.read().rsplit(")", 1)[1].split()
            self.assertLess((int(fields[11]) + int(fields[12])) / 100, 1.2)


if __name__ == "__main__":
    unittest.main()
