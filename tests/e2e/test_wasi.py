# SPDX-License-Identifier: Apache-2.0
"""What a guest reaches of the machine: nothing that its policy does not name. Files, environment, streams, clocks, network, each
with the grant and without."""
import json
import os
import re
import socket
import sys
import time
import unittest

import harness

sys.path.insert(0, os.path.join(harness.ROOT, "tests", "ipc"))
import local_net  # noqa: E402

FILES = "test_guests_files_0_1_0_"
SYSTEM = "test_guests_system_0_1_0_"
WEB = "test_guests_web_0_1_0_"
CLIENT = "test_guests_http-client_0_1_0_"


def fnv(data):
    h = 0xcbf29ce484222325
    for byte in data:
        h = (h ^ byte) * 0x100000001b3 & (1 << 64) - 1
    return h


class Case(unittest.TestCase):
    def setUp(self):
        self.home = harness.Home()
        self.addCleanup(self.home.close)

    def serve(self, name, **grants):
        if grants.pop("bare", False):
            self.home.load(name)
        else:
            self.home.load(name, harness.policy(**grants))
        m = harness.Mcp(self.home)
        self.addCleanup(m.close)
        return m


class Files(Case):
    def setUp(self):
        super().setUp()
        self.d = self.home.folder("granted")
        for name in ("a.txt", "b.log", "sub/deep/c.txt", ".hidden", ".env", "id_rsa", "server.key", "sub/private/d.txt"):
            self.home.write("granted/" + name, "text of " + name)
        self.home.folder("outside")
        self.home.write("outside/secret.txt", "SECRET")
        for path, _, _ in os.walk(self.d):
            os.chmod(path, 0o777)

    def read(self, m, path):
        """The text of a file, or None when it is refused."""
        r = m.call(FILES + "read-file", {"path": path})
        return None if r["isError"] else r["structuredContent"]["result"]

    def reads(self, grants, deny=None):
        m = self.serve("files", storage=grants, deny_storage=deny)
        names = ("a.txt", "b.log", "sub/deep/c.txt", ".hidden", ".env", "id_rsa", "server.key", "sub/private/d.txt")
        seen = {n for n in names if self.read(m, f"{self.d}/{n}") == "text of " + n}
        self.assertIsNone(self.read(m, os.path.join(self.home.path, "outside/secret.txt")))
        m.close()
        return seen

    def test_nothing_is_reached_without_a_grant(self):
        m = self.serve("files", bare=True)
        for path in (self.d + "/a.txt", "/etc/passwd", "/proc/self/environ", ".", "/", "a.txt", ""):
            m.error(FILES + "read-file", {"path": path})
            m.error(FILES + "list-dir", {"path": path})
            m.error(FILES + "write-file", {"path": path, "text": "x"})
        self.assertEqual(m.value(SYSTEM + "directories"), [])

    def test_patterns(self):
        d = self.d
        plain = {"a.txt", "b.log", "sub/deep/c.txt", "sub/private/d.txt"}
        for grants, seen in (
                ([f"{d}/**"], plain), ([d], plain), ([f"{d}/*"], {"a.txt", "b.log"}), ([f"{d}/*.txt"], {"a.txt"}),
                ([f"{d}/**/*.txt"], {"a.txt", "sub/deep/c.txt", "sub/private/d.txt"}), ([f"{d}/sub/**"], {"sub/deep/c.txt", "sub/private/d.txt"}),
                ([f"{d}/?.log"], {"b.log"}), ([f"{d}/a.txt"], {"a.txt"}), ([f"{d}/a.txt", f"{d}/b.log"], {"a.txt", "b.log"}),
                ([f"{d}/.hidden"], {".hidden"}), ([f"{d}/.env"], {".env"}), ([f"{d}/id_rsa"], {"id_rsa"}),
                ([f"{d}/*.key"], {"server.key"}), ([f"{d}/none"], set())):
            with self.subTest(grants=grants):
                self.assertEqual(self.reads([("fs://" + g, ["read"]) for g in grants]), seen)

    def test_deny_wins(self):
        allow = [(f"fs://{self.d}/**", ["read", "write"]), (f"fs://{self.d}/sub/private/d.txt", ["read"])]
        self.assertEqual(self.reads(allow, [(f"fs://{self.d}/sub/private", ["read"])]), {"a.txt", "b.log", "sub/deep/c.txt"})
        self.assertEqual(self.reads(allow, [(f"fs://{self.d}/**/*.txt", ["read"])]), {"b.log"})
        self.assertEqual(self.reads(allow, [(f"fs://{self.d}/**", ["read"])]), set())

    def test_writing_needs_its_own_grant(self):
        m = self.serve("files", storage=[(f"fs://{self.d}/**", ["read"])])
        for tool, args in ((FILES + "write-file", {"path": self.d + "/a.txt", "text": "x"}),
                           (FILES + "write-file", {"path": self.d + "/new.txt", "text": "x"}),
                           (SYSTEM + "append-file", {"path": self.d + "/a.txt", "text": "x"}),
                           (SYSTEM + "make-dir", {"path": self.d + "/newdir"}), (SYSTEM + "remove-file", {"path": self.d + "/a.txt"}),
                           (SYSTEM + "rename", {"old": self.d + "/a.txt", "new": self.d + "/z.txt"}),
                           (SYSTEM + "set-size", {"path": self.d + "/a.txt", "size": 0}),
                           (SYSTEM + "make-link", {"target": "a.txt", "path": self.d + "/l"})):
            with self.subTest(tool=tool):
                m.error(tool, args)
        self.assertEqual(sorted(os.listdir(self.d)), sorted(["a.txt", "b.log", "sub", ".hidden", ".env", "id_rsa", "server.key"]))
        self.assertEqual(self.read(m, self.d + "/a.txt"), "text of a.txt")

    def test_writing_with_the_grant(self):
        m = self.serve("files", storage=[(f"fs://{self.d}/**", ["read", "write"])])
        d = self.d
        self.assertEqual(m.value(FILES + "write-file", {"path": d + "/new.txt", "text": "hello"}), 5)
        self.assertEqual(m.value(SYSTEM + "append-file", {"path": d + "/new.txt", "text": " you"}), 4)
        m.value(SYSTEM + "make-dir", {"path": d + "/dir"})
        m.value(SYSTEM + "rename", {"old": d + "/new.txt", "new": d + "/dir/moved.txt"})
        self.assertEqual(self.read(m, d + "/dir/moved.txt"), "hello you")
        self.assertEqual(m.value(FILES + "list-dir", {"path": d + "/dir"}), ["moved.txt"])
        m.value(SYSTEM + "set-size", {"path": d + "/dir/moved.txt", "size": 2})
        self.assertEqual(m.value(SYSTEM + "stat", {"path": d + "/dir/moved.txt"})["size"], 2)
        m.value(SYSTEM + "remove-file", {"path": d + "/dir/moved.txt"})
        m.value(SYSTEM + "remove-dir", {"path": d + "/dir"})
        self.assertFalse(os.path.exists(d + "/dir"))
        for name in (".newhidden", ".env", "new.key", "../outside/x"):
            m.error(FILES + "write-file", {"path": f"{d}/{name}", "text": "x"})
        self.assertEqual(os.listdir(self.home.path + "/outside"), ["secret.txt"])

    def test_writing_only_cannot_read(self):
        m = self.serve("files", storage=[(f"fs://{self.d}/**", ["write"])])
        m.value(FILES + "write-file", {"path": self.d + "/w.txt", "text": "x"})
        self.assertIsNone(self.read(m, self.d + "/w.txt"))
        m.error(FILES + "list-dir", {"path": self.d})

    def test_a_listing_shows_only_what_is_granted(self):
        m = self.serve("files", storage=[(f"fs://{self.d}/**", ["read"])], deny_storage=[(f"fs://{self.d}/b.log", ["read"])])
        self.assertEqual(m.value(FILES + "list-dir", {"path": self.d}), ["a.txt", "sub"])

    def test_links_out_and_dots_and_the_kernels_files(self):
        os.symlink("/etc/passwd", self.d + "/absolute")
        os.symlink("../outside/secret.txt", self.d + "/relative")
        os.symlink("../outside", self.d + "/dir")
        os.symlink("a.txt", self.d + "/inside")
        os.symlink(".env", self.d + "/innocent.txt")
        os.symlink("loop", self.d + "/loop")
        os.mkfifo(self.d + "/fifo")
        os.chmod(self.d + "/fifo", 0o666)
        with socket.socket(socket.AF_UNIX) as s:
            s.bind(self.d + "/socket")
        os.link(self.home.path + "/outside/secret.txt", self.d + "/hard.txt")
        m = self.serve("files", storage=[(f"fs://{self.d}/**", ["read", "write"])])
        self.assertEqual(self.read(m, self.d + "/inside"), "text of a.txt")
        for name in ("absolute", "relative", "dir/secret.txt", "innocent.txt", "loop", "../outside/secret.txt",
                     "sub/../../outside/secret.txt", "sub/../../../../../../etc/passwd", "fifo", "socket", "./../outside/secret.txt"):
            with self.subTest(name=name):
                self.assertIsNone(self.read(m, f"{self.d}/{name}"))
                m.error(FILES + "write-file", {"path": f"{self.d}/{name}", "text": "x"})
        for path in ("/proc/self/environ", "/proc/1/cmdline", "/dev/null", "/sys/kernel/version"):
            self.assertIsNone(self.read(m, path))
        with open(self.home.path + "/outside/secret.txt", encoding="ascii") as f:
            self.assertEqual(f.read(), "SECRET")
        self.assertEqual(self.read(m, self.d + "/sub/../a.txt"), "text of a.txt")

    def test_a_link_made_by_the_guest_leads_nowhere(self):
        m = self.serve("files", storage=[(f"fs://{self.d}/**", ["read", "write"])])
        for target in ("/etc/passwd", "../outside/secret.txt", "/proc/self/environ"):
            m.call(SYSTEM + "make-link", {"target": target, "path": self.d + "/made"})
            self.assertIsNone(self.read(m, self.d + "/made"))
            if os.path.islink(self.d + "/made"):
                os.unlink(self.d + "/made")

    def test_devices(self):
        if os.geteuid() != 0:
            return  # only root can make one
        os.mknod(self.d + "/device", 0o666 | 0o020000, os.makedev(1, 5))
        m = self.serve("files", storage=[(f"fs://{self.d}/**", ["read", "write"])])
        self.assertIsNone(self.read(m, self.d + "/device"))

    def test_large_files(self):
        data = bytes(range(256)) * 4096 * 3
        self.home.write("granted/big", data)
        m = self.serve("files", storage=[(f"fs://{self.d}/**", ["read", "write"])])
        length, checksum = m.value(SYSTEM + "digest", {"path": self.d + "/big"})
        self.assertEqual((length, int(checksum)), (len(data), fnv(data)))
        part = m.value(SYSTEM + "read-bytes", {"path": self.d + "/big", "offset": 300, "length": 4})
        self.assertEqual(part, "LC0uLw==")
        self.assertEqual(int(m.value(SYSTEM + "fill", {"path": self.d + "/filled", "megabytes": 3})), 3 << 20)
        self.assertEqual(os.path.getsize(self.d + "/filled"), 3 << 20)


class Surroundings(Case):
    def test_environment(self):
        self.home.settings('environment:\n  UNITS: metric\n  OTHER: "not granted"\n  PASSED: {from_env: POSTERN_TEST_VALUE}\n'
                           "  ABSENT: {from_env: POSTERN_TEST_ABSENT}\n")
        self.home.env["POSTERN_TEST_VALUE"] = "from outside"
        self.home.env["UNGRANTED_SECRET"] = "fake-secret-for-test"
        m = self.serve("files", environment=["UNITS", "PASSED", "ABSENT", "HOME", "PATH"])
        self.assertEqual(sorted(m.value(SYSTEM + "environment")), [["PASSED", "from outside"], ["UNITS", "metric"]])
        self.assertEqual(m.value(FILES + "get-env", {"name": "UNITS"}), "metric")
        for name in ("OTHER", "UNGRANTED_SECRET", "POSTERN_TEST_VALUE", "HOME", "PATH", "ABSENT"):
            self.assertIsNone(m.value(FILES + "get-env", {"name": name}))

    def test_no_environment_and_no_arguments_without_a_grant(self):
        m = self.serve("files", bare=True)
        self.assertEqual(m.value(SYSTEM + "environment"), [])
        self.assertEqual(m.value(SYSTEM + "arguments"), [])

    def test_standard_input_is_empty_and_not_the_clients(self):
        m = self.serve("files", bare=True)
        self.assertEqual(m.value(SYSTEM + "read-input", {"limit": 1000}), "")

    def test_output_goes_to_the_log_with_its_origin(self):
        m = self.serve("files", bare=True)
        m.call(SYSTEM + "print", {"text": "to standard output\n"})
        m.call(SYSTEM + "print-error", {"text": "to standard error\n"})
        self.assertTrue(any("files" in l and "stdout| to standard output" in l for l in m.log().splitlines()), m.log())
        self.assertTrue(any("files" in l and "stderr| to standard error" in l for l in m.log().splitlines()))

    def test_what_a_forger_prints_is_neither_protocol_nor_terminal(self):
        m = self.serve("forger", bare=True)
        m.tools()
        self.assertEqual(m.value("forge"), "harmless")
        while m.pump(0.3):
            pass
        self.assertEqual((m.notices, m.requests, m.answers), ([], [], {}))
        log = m.log()
        self.assertIn("FORGED", log)
        self.assertFalse(re.search("[\x00-\x09\x0b-\x1f\x7f\u200b\u202e]", log), log)
        for line in log.splitlines():
            self.assertFalse(line.startswith(("level=", "{", "Content-Length")), line)
            if "FORGED" in line:
                self.assertRegex(line, r"\A\S+Z info .*std(out|err)\|")

    def test_clocks(self):
        m = self.serve("files", bare=True)
        seconds, _ = m.value(SYSTEM + "wall-clock")
        self.assertLess(abs(int(seconds) - time.time()), 30)
        ticks = [int(t) for t in m.value(SYSTEM + "ticks", {"count": 1000})]
        self.assertEqual(ticks, sorted(ticks))
        began = time.monotonic()
        m.value(SYSTEM + "sleep", {"milliseconds": 300})
        self.assertGreaterEqual(time.monotonic() - began, 0.28)

    def test_random_bytes_differ(self):
        m = self.serve("files", bare=True)
        seen = {m.value(SYSTEM + "random-bytes", {"count": 32}) for _ in range(20)}
        self.assertEqual(len(seen), 20)
        self.assertEqual(len(m.value(SYSTEM + "random-bytes", {"count": 30000})), 40000)

    def test_exit_ends_the_call_only(self):
        m = self.serve("files", bare=True)
        for code in (0, 1):
            self.assertIn("exit", m.error(SYSTEM + "leave", {"code": code}))
        self.assertEqual(m.value(SYSTEM + "arguments"), [])

    def test_a_snoop_finds_nothing(self):
        server = local_net.serve()
        self.addCleanup(server.shutdown)
        m = self.serve("snoop", limits={"requests_per_minute": 1000})
        attempts = json.loads(m.value("snoop", {"url": f"http://127.0.0.1:{server.server_address[1]}/"}))
        self.assertGreater(len(attempts), 70)
        self.assertEqual({k: v for k, v in attempts.items() if v["done"]}, {})
        self.assertEqual(server.connections, 0)


class Network(Case):
    def setUp(self):
        super().setUp()
        self.server = local_net.serve()
        self.addCleanup(self.server.shutdown)
        self.port = self.server.server_address[1]
        local_net.Handler.seen.clear()

    def resolver(self, **names):
        dns = local_net.Dns({n.replace("_", "."): [a] for n, a in names.items()})
        self.home.settings(f'egress:\n  resolver: "{dns.at}"\n')
        return dns

    def url(self, path="/", host="127.0.0.1"):
        return f"http://{host}:{self.port}{path}"

    def loopback(self, **more):
        return {"cidr": "127.0.0.0/8", "schemes": ["http"], "ports": [self.port], **more}

    def named(self, host, **more):
        return {"host": host, "schemes": ["http"], "ports": [self.port], **more}

    def test_a_granted_address(self):
        m = self.serve("fetch", network=[self.loopback()])
        self.assertEqual(m.value(WEB + "fetch", {"url": self.url("/x?y=1#z")}), {"status": 200, "body": "hello"})
        self.assertEqual(local_net.Handler.seen[0][:2], ("GET", "/x?y=1"))

    def test_everything_else_is_denied(self):
        other = local_net.serve()
        self.addCleanup(other.shutdown)
        m = self.serve("fetch", network=[self.loopback(paths=["/ok/**"], methods=["GET"])], limits={"requests_per_minute": 1000})
        self.assertEqual(m.value(WEB + "fetch", {"url": self.url("/ok/x")})["status"], 200)
        for url in (self.url("/no"), self.url("/okay"), self.url("/ok/../no"), self.url("/ok/%2e%2e/no"),
                    f"http://127.0.0.1:{other.server_address[1]}/ok/x", f"https://127.0.0.1:{self.port}/ok/x",
                    self.url("/ok/x", "localhost"), self.url("/ok/x", "example.org"), self.url("/ok/x", "[::1]"),
                    self.url("/ok/x", "10.0.0.1"), self.url("/ok/x", "169.254.169.254")):
            with self.subTest(url=url):
                self.assertRegex(m.error(WEB + "fetch", {"url": url}), "denied|prohibited|refused (authority|path)|URI-invalid")
        for url in (self.url("/ok/x", "2130706433"), self.url("/ok/x", "0x7f.1"), self.url("/ok/x", "127.1"),
                    self.url("/ok/x", "user@127.0.0.1"), self.url("/ok/x", "127.0.0.1."), "ftp://127.0.0.1/ok/x", "nonsense"):
            with self.subTest(url=url):
                m.error(WEB + "fetch", {"url": url})
        self.assertEqual(len(local_net.Handler.seen), 1)
        self.assertEqual((self.server.connections, other.connections), (1, 0))

    def test_nothing_without_a_grant(self):
        m = self.serve("fetch", bare=True)
        self.assertIn("denied", m.error(WEB + "fetch", {"url": self.url()}))
        self.assertIn("denied", m.error(WEB + "fetch", {"url": "https://example.org/"}))
        self.assertEqual(self.server.connections, 0)
        self.assertNotIn("postern-egress", [harness.command_of(p) for p in harness.children(m.p.pid)])

    def test_a_denial_tells_the_operator_what_to_grant(self):
        m = self.serve("fetch", network=[self.loopback(ports=[1])])
        text = m.error(WEB + "fetch", {"url": self.url("/private")})
        self.assertNotIn("grant", text)  # the guest learns nothing of the policy
        time.sleep(0.2)
        self.assertIn(str(self.port), m.log())
        self.assertIn("fetch", m.log())

    def test_names(self):
        dns = self.resolver(good_example=["127.0.0.1"], far_example=["203.0.113.7"], mixed_example=["127.0.0.1", "10.0.0.1"])
        m = self.serve("fetch", network=[self.named("good.example"), self.named("mixed.example"), self.named("*.sub.example"),
                                         self.loopback()])
        self.assertEqual(m.value(WEB + "fetch", {"url": self.url(host="good.example")})["status"], 200)
        self.assertEqual(dict(local_net.Handler.seen[0][2])["Host"], f"good.example:{self.port}")
        m.error(WEB + "fetch", {"url": self.url(host="mixed.example")})
        m.error(WEB + "fetch", {"url": self.url(host="far.example")})
        m.error(WEB + "fetch", {"url": self.url(host="sub.example")})
        self.assertIn("DNS-error", m.error(WEB + "fetch", {"url": self.url(host="a.sub.example")}))
        self.assertIn("good.example", dns.asked)
        self.assertIn("a.sub.example", dns.asked)
        self.assertNotIn("far.example", dns.asked)  # not granted: not even asked for
        self.assertNotIn("sub.example", dns.asked)
        self.assertEqual(len(local_net.Handler.seen), 1)

    def test_a_granted_name_does_not_reach_a_private_address(self):
        self.resolver(inside_example=["127.0.0.1"])
        m = self.serve("fetch", network=[self.named("inside.example")])
        self.assertIn("IP-prohibited", m.error(WEB + "fetch", {"url": self.url(host="inside.example")}))
        self.assertEqual(self.server.connections, 0)

    def test_removing_the_rule_removes_the_access(self):
        m = self.serve("fetch", network=[self.loopback()])
        args = {"url": self.url()}
        self.assertEqual(m.value(WEB + "fetch", args)["status"], 200)
        self.home.ok("permission", "reset", "fetch")
        end = time.monotonic() + 20
        while not m.call(WEB + "fetch", args)["isError"]:
            self.assertLess(time.monotonic(), end)
        self.home.ok("permission", "grant", "network", "fetch", "127.0.0.0/8", "--ports", str(self.port), "--schemes", "http")
        while m.call(WEB + "fetch", args)["isError"]:
            self.assertLess(time.monotonic(), end)

    def test_redirects_are_not_followed(self):
        m = self.serve("fetch", network=[self.loopback()])
        self.assertEqual(m.value(WEB + "fetch", {"url": self.url("/redirect")})["status"], 302)
        self.assertEqual(len(local_net.Handler.seen), 1)

    def test_large_bodies_both_ways(self):
        m = self.serve("fetch", network=[self.loopback()], limits={"response": "32MiB", "request": "32MiB", "fuel": 50_000_000_000})
        status, length, checksum = m.value(CLIENT + "download", {"url": self.url("/chunks/100")})
        self.assertEqual((status, int(length)), (200, 6553600))
        status, length, checksum = m.value(CLIENT + "download", {"url": self.url("/bytes/100001")})
        self.assertEqual((status, int(length), int(checksum)), (200, 100001, fnv(b"x" * 100001)))
        self.assertEqual(m.value(CLIENT + "upload", {"url": self.url("/echo"), "size": 3000001}), 200)
        body = local_net.Handler.seen[-1][3]
        self.assertEqual(body, bytes(n % 251 for n in range(3000001)))

    def test_bodies_that_are_too_large(self):
        m = self.serve("fetch", network=[self.loopback()], limits={"response": "1MiB", "request": "64KiB", "fuel": 50_000_000_000})
        for tool, args, key in (("download", {"url": self.url("/chunks/100")}, "response"),
                                ("download", {"url": self.url("/bytes/2000000")}, "response"),
                                ("upload", {"url": self.url("/echo"), "size": 200000}, "request")):
            self.assertRegex(m.error(CLIENT + tool, args), "body-size|limits." + key)
        self.assertEqual(m.value(WEB + "fetch", {"url": self.url()})["status"], 200)

    def test_many_at_once(self):
        m = self.serve("fetch", network=[self.loopback()], limits={"requests_per_minute": 10000})
        self.assertEqual(m.value(CLIENT + "fetch-many", {"url": self.url(), "count": 16}), [200] * 16)
        ids = [m.start("tools/call", {"name": WEB + "fetch", "arguments": {"url": self.url()}}) for _ in range(60)]
        for ident in ids:
            self.assertEqual(m.wait(ident)["result"]["structuredContent"]["result"]["status"], 200)

    def test_requests_per_minute(self):
        m = self.serve("fetch", network=[self.loopback()], limits={"requests_per_minute": 5})
        results = [m.call(WEB + "fetch", {"url": self.url()})["isError"] for _ in range(10)]
        self.assertEqual(results[:5], [False] * 5)
        self.assertIn(True, results)
        self.assertLessEqual(len(local_net.Handler.seen), 6)

    def test_a_server_that_never_answers(self):
        m = self.serve("fetch", network=[self.loopback()], limits={"wall_time": "1s"})
        self.assertIn("wall_time", m.error(WEB + "fetch", {"url": self.url("/slow/20")}))
        self.assertEqual(m.value(WEB + "fetch", {"url": self.url()})["status"], 200)

    def test_answers_that_are_not_http(self):
        m = self.serve("fetch", network=[self.loopback()], limits={"requests_per_minute": 1000})
        for path in ("/old", "/short", "/drop", "/fold", "/bad-value", "/many-headers", "/big-headers", "/switch"):
            with self.subTest(path=path):
                m.error(WEB + "fetch", {"url": self.url(path)})
        self.assertEqual(m.value(WEB + "fetch", {"url": self.url()})["status"], 200)

    def test_headers_that_are_ours(self):
        m = self.serve("fetch", network=[self.loopback()])
        request = {"method": "POST", "scheme": "http", "authority": f"127.0.0.1:{self.port}", "path": "/echo", "timeout": 0,
                   "body": "aGVsbG8=", "headers": [{"name": "x-mine", "value": "eWVz"}]}
        r = m.value(CLIENT + "send", {"req": request})
        self.assertEqual((r["status"], r["body"]), (200, "aGVsbG8="))
        sent = local_net.Handler.seen[0][2]
        self.assertIn(("x-mine", "yes"), [(k.lower(), v) for k, v in sent])
        for name in ("host", "connection", "transfer-encoding", "proxy-authorization"):
            refused = m.value(CLIENT + "refused", {"req": {**request, "headers": [{"name": name, "value": "MQ=="}]}})
            self.assertIn("header", refused, name)
        for part, bad in (("method", "GET\r\nX: 1"), ("path", "/a b"), ("path", "/a\r\nX: 1"), ("authority", "127.0.0.1\r\nX: 1")):
            r = m.call(CLIENT + "send", {"req": {**request, part: bad}})
            self.assertTrue(r["isError"], (part, bad))
        self.assertEqual(len(local_net.Handler.seen), 1)
        m.call(CLIENT + "send", {"req": {**request, "headers": [{"name": "content-length", "value": "MQ=="}]}})
        for _, _, headers, body in local_net.Handler.seen:  # sent as it is or not at all
            self.assertEqual(([v for k, v in headers if k.lower() == "content-length"], body), (["5"], b"hello"))

    def test_tls_with_a_root_of_the_settings(self):
        folder = self.home.folder("tls", 0o755)
        ca, context = local_net.make_ca(folder)
        server = local_net.serve(context)
        self.addCleanup(server.shutdown)
        dns = local_net.Dns({"tls.example": [["127.0.0.1"]], "other.example": [["127.0.0.1"]]})
        port = server.server_address[1]
        network = [{"host": "tls.example", "ports": [port]}, {"host": "other.example", "ports": [port]},
                   {"cidr": "127.0.0.0/8", "ports": [port]}]
        for root, good in ((f'\n  ca_file: "{ca}"', True), ("", False)):
            self.home.settings(f'egress:\n  resolver: "{dns.at}"{root}\n')
            m = self.serve("fetch", network=network)
            r = m.call(WEB + "fetch", {"url": f"https://tls.example:{port}/"})
            self.assertEqual(not r["isError"], good, r)
            self.assertIn("TLS", m.error(WEB + "fetch", {"url": f"https://other.example:{port}/"}))
            m.close()


if __name__ == "__main__":
    unittest.main()
