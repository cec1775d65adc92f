# SPDX-License-Identifier: Apache-2.0
"""A hostile component inside the engine: what it can do with nothing granted, with little granted, and while somebody changes
the granted directory under it."""
import json
import os
import socket
import stat
import sys
import threading
import time
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "e2e"))
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "ipc"))
import harness  # noqa: E402
import local_net  # noqa: E402

FILES, SYSTEM, HTTP = "test_guests_files_0_1_0_", "test_guests_system_0_1_0_", "test_guests_http-client_0_1_0_"
SECRET = "top secret of a test"


class Case(unittest.TestCase):
    def setUp(self):
        self.home = harness.Home()
        self.addCleanup(self.home.close)
        self.outside = self.home.folder("outside")
        self.home.write("outside/secret.txt", SECRET)
        self.dir = self.home.folder("granted")
        self.home.write("granted/plain.txt", "plain")
        os.chmod(self.dir + "/plain.txt", 0o666)

    def serve(self, name, **how):
        env = how.pop("env", None)
        self.home.load(name, harness.policy(**how))
        m = harness.Mcp(self.home, env=env)
        self.addCleanup(m.close)
        return m

    def read(self, m, path):
        return m.call(FILES + "read-file", {"path": path})

    def refused(self, m, *paths):
        for path in paths:
            r = self.read(m, path)
            self.assertTrue(r.get("isError"), (path, r))
            self.assertNotIn(SECRET, json.dumps(r))


class Snoop(Case):
    def report(self, **how):
        server = local_net.serve()
        local_net.Handler.seen.clear()
        m = self.serve("snoop", limits={"wall_time": "20s", "requests_per_minute": 1000}, **how)
        text = m.value("snoop", {"url": f"http://127.0.0.1:{server.server_port}/"}, 60)
        self.port = server.server_port
        return {k: v["saw"] for k, v in json.loads(text).items() if v["done"]}

    def test_nothing_granted_is_nothing(self):
        self.assertEqual(self.report(), {})
        self.assertEqual(local_net.Handler.seen, [])

    def test_one_directory_is_one_directory(self):
        for name in (".env", ".ssh/id_rsa", ".aws/credentials", ".git/config", ".hidden", "id_ed25519", "server.key"):
            self.home.write("granted/" + name, SECRET)
        os.symlink("../outside/secret.txt", self.dir + "/outside-link")
        os.symlink("/etc", self.dir + "/outside-dir-link")
        os.symlink("/etc/passwd", self.dir + "/absolute-link")
        os.mkfifo(self.dir + "/fifo")
        s = socket.socket(socket.AF_UNIX)
        s.bind(self.dir + "/socket")
        try:
            os.mknod(self.dir + "/device", stat.S_IFCHR | 0o666, os.makedev(1, 5))
        except PermissionError:
            pass
        done = self.report(storage=[(f"fs://{self.dir}/**", ["read", "write"])])
        extra = {k for k in done if not k.startswith(("granted", "write " + self.dir, "symlink " + self.dir))}
        self.assertEqual(extra, set())
        self.assertNotIn(SECRET, json.dumps(done))
        self.assertIn("granted " + self.dir, done)
        self.assertEqual(local_net.Handler.seen, [])
        self.assertEqual(sorted(os.listdir(self.home.path + "/outside")), ["secret.txt"])
        self.assertFalse(os.path.exists(self.home.path + "/snoop-file"))

    def test_one_host_is_one_host(self):
        server = local_net.serve()
        port = server.server_port
        local_net.Handler.seen.clear()
        m = self.serve("snoop", limits={"wall_time": "20s", "requests_per_minute": 1000},
                       network=[{"cidr": "127.0.0.1/32", "ports": [port], "schemes": ["http"]}])
        done = json.loads(m.value("snoop", {"url": f"http://127.0.0.1:{port}/"}, 60))
        self.assertEqual({k for k, v in done.items() if v["done"]}, {f"http 127.0.0.1:{port}"})
        self.assertEqual(len(local_net.Handler.seen), 1)


class Paths(Case):
    def test_spellings(self):
        os.symlink("sub", self.dir + "/again")
        os.mkdir(self.dir + "/sub")
        chain = "../outside/secret.txt"
        for i in range(30):
            os.symlink(chain, f"{self.dir}/chain{i}")
            chain = f"chain{i}"
        os.symlink("loop", self.dir + "/loop")
        os.symlink(self.dir + "/../outside/secret.txt", self.dir + "/around")
        os.symlink("/proc/self/cwd/../secret.txt", self.dir + "/magic")
        os.symlink("/proc/self/root/etc/passwd", self.dir + "/root")
        m = self.serve("files", storage=[(f"fs://{self.dir}/**", ["read"])])
        self.assertEqual(self.read(m, self.dir + "/plain.txt")["structuredContent"]["result"], "plain")
        d = self.dir
        self.refused(m, d + "/..", d + "/../outside/secret.txt", d + "/sub/../../outside/secret.txt", d + "/again/../../outside/secret.txt",
                     d + "/sub/..", d + "/.", d + "//../outside/secret.txt", d + "/plain.txt/", d + "/plain.txt/..",
                     d + "/plain.txt/../../outside/secret.txt", d + "/chain29", d + "/chain0", d + "/loop", d + "/around", d + "/magic",
                     d + "/root", d.upper() + "/PLAIN.TXT", d + "/PLAIN.txt", d + "/./../outside/secret.txt", "../outside/secret.txt",
                     self.outside + "/secret.txt", d + "/\u2024\u2024/outside/secret.txt", d + "/..%2foutside/secret.txt",
                     d + "/..\\outside\\secret.txt", "/proc/self/environ", "/proc/self/fd/3", "/proc/self/fd/4/plain.txt",
                     "/proc/thread-self/root/etc/passwd", "/dev/fd/3", "/dev/stdin", d + "/" + "a" * 5000, d + "/sub" * 3000,
                     d + "/../" * 2000 + "etc/passwd", d + "/" + "x/../" * 500 + "../outside/secret.txt")

        # A NUL does not come as far as the component: the line is refused, with the id that such an answer has.
        m.start("tools/call", {"name": FILES + "read-file", "arguments": {"path": d + "/\x00../outside/secret.txt"}})
        self.assertEqual(m.wait(None, 10)["error"]["code"], -32700)

    def test_writing_needs_its_own_grant(self):
        m = self.serve("files", storage=[(f"fs://{self.dir}/**", ["read"])])
        d = self.dir
        for tool, args in (("write-file", {"path": d + "/new", "text": "x"}), ("write-file", {"path": d + "/plain.txt", "text": "x"})):
            m.error(FILES + tool, args)
        for tool, args in (("append-file", {"path": d + "/plain.txt", "text": "x"}), ("make-dir", {"path": d + "/n"}),
                           ("remove-file", {"path": d + "/plain.txt"}), ("rename", {"old": d + "/plain.txt", "new": d + "/b"}),
                           ("make-link", {"target": "plain.txt", "path": d + "/l"}), ("set-size", {"path": d + "/plain.txt", "size": 0})):
            m.error(SYSTEM + tool, args)
        self.assertEqual(os.listdir(d), ["plain.txt"])
        with open(d + "/plain.txt", encoding="ascii") as f:
            self.assertEqual(f.read(), "plain")

    def test_moves_do_not_leave(self):
        m = self.serve("files", storage=[(f"fs://{self.dir}/**", ["read", "write"])])
        d = self.dir
        for new in (d + "/../moved", self.outside + "/moved", d + "/../granted2"):
            m.error(SYSTEM + "rename", {"old": d + "/plain.txt", "new": new})
        for target in ("/etc/passwd", "../outside/secret.txt", "/proc/self/environ"):
            m.call(SYSTEM + "make-link", {"target": target, "path": d + "/l"})
            self.refused(m, d + "/l")
            m.call(SYSTEM + "remove-file", {"path": d + "/l"})
        self.assertEqual(os.listdir(self.outside), ["secret.txt"])

    def test_single_file_replaced_by_a_link(self):
        m = self.serve("files", storage=[(f"fs://{self.dir}/plain.txt", ["read"])])
        self.assertEqual(self.read(m, self.dir + "/plain.txt")["structuredContent"]["result"], "plain")
        self.home.write("granted/other.txt", SECRET)
        self.refused(m, self.dir + "/other.txt")
        os.unlink(self.dir + "/plain.txt")
        os.symlink("../outside/secret.txt", self.dir + "/plain.txt")
        self.refused(m, self.dir + "/plain.txt")
        os.unlink(self.dir + "/plain.txt")
        os.symlink("other.txt", self.dir + "/plain.txt")
        self.refused(m, self.dir + "/plain.txt")

    def test_granted_directory_renamed_and_replaced_while_in_use(self):
        m = self.serve("files", storage=[(f"fs://{self.dir}/**", ["read"])])
        self.assertEqual(self.read(m, self.dir + "/plain.txt")["structuredContent"]["result"], "plain")
        os.rename(self.dir, self.dir + "-old")
        os.symlink("outside", self.dir)
        self.refused(m, self.dir + "/secret.txt")


class Races(Case):
    def race(self, swap, path, seconds=3.0, deny=None):
        """Reads `path` over and over while `swap` runs; what was read must never be the secret."""
        m = self.serve("files", storage=[(f"fs://{self.dir}/**", ["read"])], deny_storage=deny, limits={"concurrent_calls": 8})
        stop = threading.Event()

        def churn():
            while not stop.is_set():
                swap()

        t = threading.Thread(target=churn)
        t.start()
        seen = {}
        try:
            end = time.monotonic() + seconds
            while time.monotonic() < end:
                ids = [m.start("tools/call", {"name": FILES + "read-file", "arguments": {"path": path}}) for _ in range(32)]
                for i in ids:
                    text = m.wait(i)["result"]["content"][0]["text"]
                    seen[text] = seen.get(text, 0) + 1
        finally:
            stop.set()
            t.join()
        self.assertNotIn(SECRET, seen)
        self.assertGreater(seen.get("inside", 0), 0, seen)
        self.assertGreater(len(seen), 1, "the race was never lost: " + str(seen))

    def test_directory_swapped_for_a_link(self):
        d = self.dir
        os.mkdir(d + "/a")
        self.home.write("granted/a/secret.txt", "inside")
        os.symlink("../outside", d + "/b")

        def swap():
            os.rename(d + "/a", d + "/c")
            os.rename(d + "/b", d + "/a")
            os.rename(d + "/a", d + "/b")
            os.rename(d + "/c", d + "/a")

        self.race(swap, d + "/a/secret.txt")

    def test_directory_swapped_for_a_link_to_a_denied_one(self):
        """Inside the grant the kernel's walls do not help: only the worker's own way of opening does."""
        d = self.dir
        os.mkdir(d + "/a")
        self.home.write("granted/a/secret.txt", "inside")
        self.home.write("granted/denied/secret.txt", SECRET)
        os.symlink("denied", d + "/b")

        def swap():
            os.rename(d + "/a", d + "/c")
            os.rename(d + "/b", d + "/a")
            os.rename(d + "/a", d + "/b")
            os.rename(d + "/c", d + "/a")

        self.race(swap, d + "/a/secret.txt", deny=[(f"fs://{d}/denied/**", ["read"])])

    def test_file_swapped_for_a_link(self):
        d = self.dir
        self.home.write("granted/f", "inside")
        os.symlink(self.outside + "/secret.txt", d + "/l")

        def swap():
            os.rename(d + "/f", d + "/c")
            os.rename(d + "/l", d + "/f")
            os.rename(d + "/f", d + "/l")
            os.rename(d + "/c", d + "/f")

        self.race(swap, d + "/f")

    def test_directory_moved_out_below_an_open_path(self):
        d = self.dir
        os.makedirs(d + "/x/y")
        self.home.write("granted/x/secret.txt", "inside")

        def swap():
            os.rename(d + "/x/y", self.outside + "/y")
            os.rename(self.outside + "/y", d + "/x/y")

        self.race(swap, d + "/x/y/../secret.txt")


class Http(Case):
    def setUp(self):
        super().setUp()
        self.server = local_net.serve()
        self.port = self.server.server_port
        self.dns = local_net.Dns({"rebind.example": [["127.0.0.1"], ["169.254.169.254"]], "inside.example": [["10.0.0.1"]],
                                  "mapped.example": [["::ffff:127.0.0.1"]], "api.example": [["127.0.0.1"]]})
        local_net.Handler.seen.clear()
        grant = {"ports": [self.port], "schemes": ["http"]}
        self.m = self.serve("fetch", env={"POSTERN_RESOLVER": self.dns.at}, limits={"requests_per_minute": 10000, "wall_time": "20s"},
                            network=[{"host": h + ".example", **grant} for h in ("rebind", "inside", "mapped", "api")] +
                            [{"cidr": "127.0.0.1/32", **grant}])

    def send(self, authority, **more):
        req = {"method": "GET", "scheme": "http", "authority": f"{authority}:{self.port}", "path": "/", "headers": [], "timeout": 0, **more}
        r = self.m.call(HTTP + "send", {"req": req})
        return r["content"][0]["text"] if r.get("isError") else r["structuredContent"]["result"]["status"]

    def test_spellings_and_rebinding(self):
        self.assertEqual(self.send("127.0.0.1"), 200)
        self.assertEqual(self.send("api.example"), 200)
        for host in ("127.1", "2130706433", "0x7f.1", "0177.0.0.1", "localhost", "[::1]", "[::ffff:127.0.0.1]", "0", "u@127.0.0.1",
                     "127.0.0.1@api.example", "127.0.0.2", "api.example.", "API.EXAMPLE.evil.example", "inside.example",
                     "\u0430pi.example", "169.254.169.254", "xn--api-.example"):
            self.assertNotEqual(self.send(host), 200, host)
        again = [self.send("rebind.example") for _ in range(3)]
        self.assertNotIn(200, again[1:])
        self.assertEqual(self.send("127.0.0.1", path="/redirect"), 302)
        self.assertEqual([s[1] for s in local_net.Handler.seen if s[1] not in ("/", "/redirect")], [])

    def test_headers_cannot_smuggle(self):
        evil = [("X-A", "1\r\nX-B: 2"), ("X-A", "1\n"), ("X\r\nY", "1"), ("X-A", "1\0"), ("Host", "evil"), ("Content-Length", "100"),
                ("Transfer-Encoding", "chunked"), ("Connection", "keep-alive, X-A"), ("Upgrade", "h2c"), ("Proxy-Authorization", "x"),
                ("TE", "trailers"), ("X-A ", "1"), ("", "1")]
        for name, value in evil:
            self.send("127.0.0.1", headers=[{"name": name, "value": list(value.encode())}])
        for _, _, headers, body in local_net.Handler.seen:
            names = [k.lower() for k, _ in headers]
            self.assertEqual(names.count("host"), 1)
            self.assertFalse({"x-b", "y", "transfer-encoding", "content-length", "upgrade", "proxy-authorization", "te"} & set(names), headers)
            self.assertEqual(dict(headers)["Host"], f"127.0.0.1:{self.port}")
        for bad in ("GET / HTTP/1.1\r\nX: y", "G\r\nT", "", "CONNECT"):
            self.assertNotEqual(self.send("127.0.0.1", method=bad), 200, bad)
        for bad in ("/ HTTP/1.1\r\nHost: evil\r\n\r\n", "/a b", "\r\n/", "http://10.0.0.1/", "//10.0.0.1/"):
            self.send("127.0.0.1", path=bad)
        self.assertTrue(all(dict(h)["Host"] == f"127.0.0.1:{self.port}" for _, _, h, _ in local_net.Handler.seen))


if __name__ == "__main__":
    unittest.main()
