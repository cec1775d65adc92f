# SPDX-License-Identifier: Apache-2.0
"""The egress process against hostile workers, hostile servers and hostile name servers, and what must work.
usage: test_egress.py PATH-OF-postern-egress"""
import os, shutil, socket, struct, sys, tempfile, time, unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import egress_peer as peer
import local_net as net

BINARY = os.path.abspath(sys.argv.pop(1)) if len(sys.argv) > 1 and os.path.exists(sys.argv[1]) else None
CIDR = {"cidr": "127.0.0.0/8", "schemes": ["http", "https"]}


class Base(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.mkdtemp(prefix="egress-test-")
        cls.ca, context = net.make_ca(cls.folder)
        cls.http, cls.https = net.serve(), net.serve(context)
        cls.port, cls.tls_port = cls.http.server_port, cls.https.server_port
        cls.dns = net.Dns({
            "api.example": [["127.0.0.1"]],
            "tls.example": [["127.0.0.1"]],
            "wrong.example": [["127.0.0.1"]],
            "public.example": [["93.184.216.34"]],
            "rebind.example": [["127.0.0.1"], ["169.254.169.254"]],
            "mixed.example": [["127.0.0.1", "192.168.7.7"]],
            "mapped.example": [["::ffff:127.0.0.1"]],
            "six.example": [["::1"]],
            "silent.example": None,
        })
        cls.log = open(os.path.join(cls.folder, "log"), "w+")
        cls.egress = peer.Egress(BINARY, resolver=cls.dns.at, ca_file=cls.ca, log=cls.log)
        cls.slot = 0

    @classmethod
    def tearDownClass(cls):
        status = cls.egress.stop()
        cls.log.seek(0)
        log = cls.log.read()
        shutil.rmtree(cls.folder)
        if status != 0 or "Sanitizer" in log:
            raise AssertionError(f"egress ended with status {status}:\n{log[-4000:]}")

    def worker(self, allow=(), deny=(), limits=None, slot=None):
        """A channel of a component with this policy (a fresh slot unless given)."""
        if slot is None:
            type(self).slot += 1
            slot = self.slot
        limits = {"requests_per_minute": 1000, **(limits or {})}
        self.egress.policy(slot, allow, deny, limits)
        w = self.egress.link(slot)
        self.addCleanup(w.sock.close)
        return w

    def local(self, **more):
        """May reach the local servers by address."""
        return self.worker([{**CIDR, "ports": [self.port, self.tls_port]}], **more)

    def named(self, *names, **more):
        ports = [self.port, self.tls_port]
        return self.worker([{**CIDR, "ports": ports}] +
                           [{"host": n, "ports": ports, "schemes": ["http", "https"]} for n in names], **more)

    def at(self, host="127.0.0.1"):
        return f"{host}:{self.port}"

    def fails(self, code, worker, fatal=False, **how):
        with self.assertRaises(peer.Fail) as caught:
            worker.ask(**how)
        self.assertEqual(caught.exception.code, code, caught.exception)
        self.assertEqual(caught.exception.fatal, fatal, caught.exception)
        return caught.exception.why

    def log_text(self):
        with open(self.log.name) as f:
            return f.read()


class Misuse(Base):
    """A worker that was taken over: it loses its channel, nobody else notices."""

    def setUp(self):
        self.bystander = self.local()

    def tearDown(self):
        self.assertEqual(self.bystander.ask(authority=self.at()).status, 200)

    def closed_after(self, *frames):
        w = self.local()
        for data in frames:
            try:
                w.sock.send(data)
            except OSError:
                return
        while w.recv() is not None:
            pass

    def test_broken_frames(self):
        good = struct.pack("<BQ", 0, 0)
        for data in (b"", b"x", b"\0" * 15, peer.frame(0x999, 1, b""), peer.frame(peer.READY, 1, peer.text("hi")),
                     peer.frame(peer.HEAD, 1, b"\0\0" + peer.text(b"")), peer.frame(peer.OPEN, 1, b""),
                     peer.frame(peer.OPEN, 1, peer.text("GET") + b"\xff" * 20), struct.pack("<IHHQ", 99, peer.DATA, 0, 1),
                     peer.frame(peer.CREDIT, 1, b"\0\0\0\0\0"), peer.frame(peer.CREDIT, 1, b"\xff\xff\xff\xff"), good):
            with self.subTest(data=data[:30]):
                self.closed_after(data)

    def test_body_without_grant(self):
        w = self.named("silent.example")
        w.open(method="POST", authority=self.at("silent.example"), path="/echo", body=True)
        kind, call, payload = w.recv()
        self.assertEqual(kind, peer.REPLY_CREDIT)
        (granted,) = struct.unpack("<I", payload)
        while granted > 0:
            n = min(granted, 60000)
            w.send(peer.DATA, call, peer.text(b"z" * n))
            granted -= n
        w.sock.settimeout(0.3)
        with self.assertRaises(TimeoutError):
            w.recv()
        w.send(peer.DATA, call, peer.text(b"z"))
        self.assertIsNone(w.recv())

    def test_body_where_none_is(self):
        w = self.local()
        call = w.open(authority=self.at(), path="/slow/1")
        w.send(peer.DATA, call, peer.text(b"z"))
        self.assertIsNone(w.recv())

    def test_second_end(self):
        w = self.local()
        call = w.open(method="POST", authority=self.at(), path="/slow/1", body=True)
        self.assertEqual(w.recv()[0], peer.REPLY_CREDIT)
        w.send(peer.END, call, peer.text(b""))
        w.send(peer.END, call, peer.text(b""))
        self.assertIsNone(w.recv())

    def test_number_used_twice(self):
        w = self.local()
        w.open(authority=self.at(), path="/slow/1", call=7)
        w.open(authority=self.at(), path="/slow/1", call=7)
        self.assertIsNone(w.recv())

    def test_frames_for_unknown_exchanges_are_late_not_wrong(self):
        w = self.local()
        for kind, payload in ((peer.DATA, peer.text(b"x")), (peer.END, peer.text(b"")), (peer.CANCEL, b"\0"),
                              (peer.CREDIT, struct.pack("<I", 5))):
            w.send(kind, 99, payload)
        self.assertEqual(w.ask(authority=self.at()).status, 200)

    def test_too_many_at_once(self):
        w = self.local()
        calls = [w.open(authority=self.at(), path="/slow/1") for _ in range(65)]
        kind, call, payload = w.recv()
        self.assertEqual((kind, call), (peer.FAIL, calls[-1]))
        self.assertEqual(peer.ERRORS[payload[0]], "CONNECTION_LIMIT_REACHED")
        self.closed_after(*[peer.frame(peer.OPEN, i, b"") for i in range(3)])

    def test_worker_that_does_not_read(self):
        w = self.local(limits={"response": 1 << 28})
        calls = [w.open(authority=self.at(), path="/chunks/64") for _ in range(8)]
        for c in calls:
            w.credit(c, 1 << 24)
        time.sleep(0.5)
        self.assertEqual(self.bystander.ask(authority=self.at()).status, 200)
        total = 0
        ends = 0
        while ends < len(calls):
            kind, call, payload = w.recv()
            if kind == peer.REPLY_DATA:
                total += len(payload) - 4
            ends += kind == peer.REPLY_END
        self.assertEqual(total, 8 * 64 * 65536)


class HeaderInjection(Base):
    def test_lines_in_values_and_names(self):
        w = self.local()
        for pair in (("x-a", "1\r\nX-Injected: 1"), ("x-a", "1\nX-Injected: 1"), ("x-a", "a\0b"), ("x-a\r\nX-Injected", "1"),
                     ("x a", "1"), ("", "1"), ("x-a:", "1"), ("x-a", " lead"), ("x-a", "a\x7f")):
            with self.subTest(pair=pair):
                net.Handler.seen.clear()
                self.fails("PROTOCOL_ERROR", w, authority=self.at(), headers=[pair])
                self.assertEqual(net.Handler.seen, [])

    def test_methods(self):
        w = self.local()
        for method in ("GET / HTTP/1.1\r\nX: 1\r\n\r\n", "G T", "", "CONNECT", "TRACE", "connect"):
            with self.subTest(method=method):
                self.fails("REQUEST_METHOD_INVALID", w, authority=self.at(), method=method)

    def test_paths(self):
        w = self.local()
        for path in ("/a b", "/a\r\nX-Injected: 1", "x", "/../x", "/a/%2e%2e/x", "/#f", "/\\x", "/%zz"):
            with self.subTest(path=path):
                self.fails("REQUEST_URI_INVALID", w, authority=self.at(), path=path)

    def test_fields_of_the_connection_are_ours(self):
        w = self.local()
        net.Handler.seen.clear()
        ours = [("Host", "evil.example"), ("Content-Length", "5"), ("Transfer-Encoding", "chunked"), ("Connection", "x-a"),
                ("Proxy-Authorization", "x"), ("Expect", "100-continue"), ("TE", "trailers"), ("Upgrade", "h2c"),
                ("Keep-Alive", "1"), ("Trailer", "x")]
        reply = w.ask(authority=self.at(), headers=ours + [("X-A", "1"), ("x-empty", ""), ("Authorization", "Bearer fake")])
        self.assertEqual(reply.status, 200)
        method, path, headers, body = net.Handler.seen[0]
        self.assertEqual(sorted(headers), sorted([("Host", self.at()), ("X-A", "1"), ("x-empty", ""),
                                                  ("Authorization", "Bearer fake"), ("User-Agent", "postern/0.1")]))


class Requests(Base):
    def test_get(self):
        w = self.local()
        reply = w.ask(authority=self.at(), path="/x?a=b%20c&d[]=/../e")
        self.assertEqual((reply.status, reply.body), (200, b"hello"))
        self.assertIn(("content-length", "5"), reply.headers)
        self.assertEqual(net.Handler.seen[-1][1], "/x?a=b%20c&d[]=/../e")

    def test_own_agent_and_encoding_pass(self):
        w = self.local()
        w.ask(authority=self.at(), headers=[("user-agent", "guest/1"), ("accept-encoding", "gzip"), ("accept", "a/b")])
        headers = dict(net.Handler.seen[-1][2])
        self.assertEqual(headers, {"Host": self.at(), "user-agent": "guest/1", "accept-encoding": "gzip", "accept": "a/b"})

    def test_no_decompression(self):
        self.assertEqual(self.local().ask(authority=self.at(), path="/gzip").body, b"\x1f\x8b raw")

    def test_methods(self):
        w = self.local()
        for method in ("PUT", "DELETE", "PATCH", "OPTIONS", "PROPFIND", "POST"):
            reply = w.ask(authority=self.at(), path="/echo", method=method)
            self.assertIn(("x-method", method), reply.headers)
            self.assertEqual(reply.body, b"")
        headers = dict(net.Handler.seen[-1][2])
        self.assertEqual(headers.get("Content-Length"), "0")
        self.assertNotIn("Content-Type", headers)

    def test_head(self):
        reply = self.local().ask(authority=self.at(), path="/bytes/5000", method="HEAD")
        self.assertEqual((reply.status, reply.body), (200, b""))
        self.assertIn(("content-length", "5000"), reply.headers)

    def test_post_streams(self):
        w = self.local()
        body = os.urandom(700000)
        reply = w.ask(authority=self.at(), path="/echo", method="POST", body=body)
        self.assertEqual(reply.body, body)
        self.assertIn(("Transfer-Encoding", "chunked"), net.Handler.seen[-1][2])
        reply = w.ask(authority=self.at(), path="/echo", method="PUT", body=body, length=len(body))
        self.assertEqual(reply.body, body)
        self.assertIn(("Content-Length", str(len(body))), net.Handler.seen[-1][2])

    def test_body_of_nothing(self):
        w = self.local()
        self.assertEqual(w.ask(authority=self.at(), path="/echo", method="POST", body=b"", length=0).body, b"")
        self.assertEqual(w.ask(authority=self.at(), path="/echo", method="POST", body=b"").body, b"")

    def test_one_megabyte(self):
        w = self.local()
        self.assertEqual(len(w.ask(authority=self.at(), path="/bytes/1048576").body), 1048576)
        reply = w.ask(authority=self.at(), path="/chunks/20")
        self.assertEqual(reply.body, b"y" * 20 * 65536)
        self.assertEqual(reply.trailers, [("x-trailer", "yes")])

    def test_back_pressure(self):
        w = self.local()
        call = w.open(authority=self.at(), path="/chunks/100")
        self.assertEqual(w.recv()[0], peer.HEAD)
        w.sock.settimeout(0.3)
        with self.assertRaises(TimeoutError):
            w.recv()
        w.credit(call, 10)
        kind, _, payload = w.recv()
        self.assertEqual((kind, len(payload)), (peer.REPLY_DATA, 14))
        with self.assertRaises(TimeoutError):
            w.recv()
        w.sock.settimeout(10)
        total = 10
        w.credit(call, 1 << 24)
        while (got := w.recv())[0] == peer.REPLY_DATA:
            total += len(got[2]) - 4
        self.assertEqual((got[0], total), (peer.REPLY_END, 100 * 65536))

    def test_what_is_not_read_is_not_kept(self):
        w = self.local(limits={"response": 1 << 28})
        before = self.egress.resident()
        call = w.open(authority=self.at(), path="/chunks/600")
        self.assertEqual(w.recv()[0], peer.HEAD)
        time.sleep(0.5)
        self.assertLess(self.egress.resident() - before, 4 << 20)
        w.send(peer.CANCEL, call, b"\0")

    def test_connections_are_used_again_within_a_component_only(self):
        before = self.http.connections
        w = self.local()
        for _ in range(5):
            w.ask(authority=self.at())
        self.assertEqual(self.http.connections, before + 1)
        self.local().ask(authority=self.at())
        self.assertEqual(self.http.connections, before + 2)

    def test_several_at_once(self):
        w = self.local()
        slow = w.open(authority=self.at(), path="/slow/0.5")
        started = time.time()
        self.assertEqual(w.ask(authority=self.at()).status, 200)
        self.assertLess(time.time() - started, 0.4)
        self.assertEqual(w.collect(slow, announce_end=False).body, b"late")

    def test_redirects_are_returned(self):
        reply = self.local().ask(authority=self.at(), path="/redirect")
        self.assertEqual(reply.status, 302)
        self.assertIn(("location", "http://169.254.169.254/latest/"), reply.headers)

    def test_cookies_are_forgotten(self):
        w = self.local()
        self.assertIn(("set-cookie", "a=1; Path=/"), w.ask(authority=self.at(), path="/cookie").headers)
        w.ask(authority=self.at())
        self.assertNotIn("Cookie", dict(net.Handler.seen[-1][2]))

    def test_interim_responses_are_swallowed(self):
        reply = self.local().ask(authority=self.at(), path="/early")
        self.assertEqual((reply.status, reply.body), (200, b"ok"))
        self.assertEqual(reply.headers, [("content-length", "2"), ("x-final", "1")])

    def test_hop_by_hop_fields_end_here(self):
        names = [n for n, _ in self.local().ask(authority=self.at(), path="/hop").headers]
        self.assertIn("x-kept", names)
        self.assertFalse({"keep-alive", "proxy-authenticate", "connection", "transfer-encoding"} & set(names))

    def test_proxy_variables_are_ignored(self):
        self.assertEqual(self.local().ask(authority=self.at()).status, 200)  # the environment names one, see main()


class Policy(Base):
    def test_empty_policy_is_nothing(self):
        w = self.worker()
        self.fails("REQUEST_DENIED", w, authority=self.at())
        self.fails("REQUEST_DENIED", w, authority="example.com", scheme="https")

    def test_nothing_is_resolved_before_it_is_allowed(self):
        self.dns.asked.clear()
        self.fails("REQUEST_DENIED", self.named("api.example"), authority=self.at("public.example"))
        self.assertEqual(self.dns.asked, [])

    def test_loopback_needs_a_cidr(self):
        w = self.worker([{"host": "api.example", "ports": [self.port], "schemes": ["http"]}])
        self.fails("DESTINATION_IP_PROHIBITED", w, authority=self.at("api.example"))
        self.assertEqual(self.named("api.example").ask(authority=self.at("api.example")).status, 200)

    def test_localhost_and_hosts_file(self):
        w = self.worker([{"host": "localhost", "ports": [self.port], "schemes": ["http"]}])
        self.fails("DESTINATION_IP_PROHIBITED", w, authority=self.at("localhost"))

    def test_cidr_alone_grants_no_name(self):
        self.fails("REQUEST_DENIED", self.local(), authority=self.at("api.example"))

    def test_rebinding(self):
        w = self.named("rebind.example")
        self.assertEqual(w.ask(authority=self.at("rebind.example")).status, 200)
        self.fails("DESTINATION_IP_PROHIBITED", w, authority=self.at("rebind.example"))
        self.fails("DESTINATION_IP_PROHIBITED", w, authority=self.at("rebind.example"))

    def test_mixed_answers(self):
        self.fails("DESTINATION_IP_PROHIBITED", self.named("mixed.example"), authority=self.at("mixed.example"))

    def test_mapped_addresses_are_unmapped(self):
        w = self.worker([{"host": "mapped.example", "ports": [self.port], "schemes": ["http"]}])
        self.fails("DESTINATION_IP_PROHIBITED", w, authority=self.at("mapped.example"))

    def test_six(self):
        w = self.worker([{"host": "six.example", "ports": [self.port], "schemes": ["http"]}])
        self.fails("DESTINATION_IP_PROHIBITED", w, authority=self.at("six.example"))
        w = self.worker([{"host": "six.example", "ports": [1], "schemes": ["http"]}, {"cidr": "::1/128", "ports": [1], "schemes": ["http"]}])
        with self.assertRaises(peer.Fail) as caught:
            w.ask(authority="six.example:1")
        self.assertIn(caught.exception.code, ("CONNECTION_REFUSED", "DESTINATION_IP_UNROUTABLE"))

    def test_names_that_do_not_resolve(self):
        w = self.named("missing.example", "silent.example")
        self.fails("DNS_ERROR", w, authority=self.at("missing.example"))
        self.fails("DNS_TIMEOUT", w, authority=self.at("silent.example"), times=(300, 0, 0))

    def test_disguised_addresses(self):
        w = self.local()
        for host in ("2130706433", "0x7f.1", "0177.0.0.1", "127.1", "[::ffff:127.0.0.1]", "127.0.0.1.", "user@127.0.0.1",
                     "\uff11\uff12\uff17.0.0.1"):
            with self.subTest(host=host):
                self.fails("REQUEST_URI_INVALID", w, authority=self.at(host))

    def test_port_scheme_method_path(self):
        w = self.worker([{"cidr": "127.0.0.1/32", "ports": [self.port], "schemes": ["http"], "methods": ["GET"], "paths": ["/x/**"]}])
        self.assertEqual(w.ask(authority=self.at(), path="/x/y").status, 200)
        self.fails("REQUEST_DENIED", w, authority=self.at(), path="/xy")
        self.fails("REQUEST_DENIED", w, authority=self.at(), path="/x/y", method="POST")
        self.fails("REQUEST_DENIED", w, authority="127.0.0.1:1", path="/x/y")
        self.fails("REQUEST_DENIED", w, authority=self.at(), path="/x/y", scheme="https")

    def test_deny_wins(self):
        w = self.worker([{**CIDR, "ports": [self.port]}], [{"cidr": "127.0.0.1/32"}])
        self.fails("REQUEST_DENIED", w, authority=self.at())

    def test_denials_are_logged_without_the_request(self):
        self.fails("REQUEST_DENIED", self.worker(), authority="leak.example", path="/SECRET-PATH?SECRET-QUERY", scheme="https",
                   headers=[("authorization", "SECRET-HEADER")])
        log = self.log_text()
        self.assertRegex(log, r"component test-component: GET to https://leak\.example denied: .*postern policy explain test-component")
        self.assertNotIn("SECRET", log)

    def test_changed_policy_ends_what_is_running(self):
        w = self.local(slot=900)
        call = w.open(authority=self.at(), path="/slow/2")
        time.sleep(0.2)
        connections = self.http.connections
        self.egress.policy(900, [], [], None)
        with self.assertRaises(peer.Fail) as caught:
            w.collect(call, announce_end=False)
        self.assertEqual(caught.exception.code, "CONNECTION_TERMINATED")
        self.fails("REQUEST_DENIED", w, authority=self.at())
        w = self.local(slot=900)
        w.ask(authority=self.at())
        self.assertEqual(self.http.connections, connections + 1)


class Limits(Base):
    def test_rate(self):
        w = self.local(limits={"requests_per_minute": 3})
        for _ in range(3):
            w.ask(authority=self.at())
        why = self.fails("REQUEST_DENIED", w, fatal=True, authority=self.at())
        self.assertIn("requests_per_minute = 3", why)
        self.assertIn("limits.requests_per_minute", why)
        again = self.egress.link(self.slot, 1)
        self.fails("REQUEST_DENIED", again, fatal=True, authority=self.at())

    def test_rate_counts_refusals(self):
        w = self.worker(limits={"requests_per_minute": 2})
        self.fails("REQUEST_DENIED", w, authority=self.at())
        self.fails("REQUEST_URI_INVALID", w, authority="127.1")
        self.fails("REQUEST_DENIED", w, fatal=True, authority=self.at())

    def test_request_body(self):
        w = self.local(limits={"request": 100000})
        how = dict(authority=self.at(), path="/echo", method="POST")
        self.assertEqual(w.ask(body=b"z" * 100000, **how).status, 200)
        self.assertIn("request = 100000", self.fails("REQUEST_BODY_SIZE", w, fatal=True, body=b"z" * 100001, **how))
        self.fails("REQUEST_BODY_SIZE", w, fatal=True, body=b"z" * 100001, length=100001, **how)

    def test_request_body_keeps_to_its_length(self):
        w = self.local()
        how = dict(authority=self.at(), path="/echo", method="POST")
        self.fails("REQUEST_BODY_SIZE", w, body=b"12345", length=4, **how)
        self.fails("REQUEST_BODY_SIZE", w, body=b"123", length=4, **how)

    def test_response_body(self):
        w = self.local(limits={"response": 100000})
        self.assertEqual(len(w.ask(authority=self.at(), path="/bytes/100000").body), 100000)
        self.assertIn("response = 100000", self.fails("RESPONSE_BODY_SIZE", w, fatal=True, authority=self.at(), path="/bytes/100001"))
        self.fails("RESPONSE_BODY_SIZE", w, fatal=True, authority=self.at(), path="/chunks/2")
        self.assertEqual(w.ask(authority=self.at(), path="/bytes/200000", method="HEAD").status, 200)

    def test_response_head(self):
        w = self.local()
        self.fails("RESPONSE_HEADER_SECTION_SIZE", w, authority=self.at(), path="/many-headers")
        self.fails("RESPONSE_HEADER_SECTION_SIZE", w, authority=self.at(), path="/big-headers")

    def test_too_many_request_headers(self):
        self.fails("REQUEST_HEADER_SECTION_SIZE", self.local(), authority=self.at(), headers=[("x-a", "1")] * 101)

    def test_times(self):
        w = self.local()
        started = time.time()
        self.fails("CONNECTION_READ_TIMEOUT", w, authority=self.at(), path="/slow/3", times=(0, 200, 0))
        self.fails("CONNECTION_READ_TIMEOUT", w, authority=self.at(), path="/stall", times=(0, 0, 200))
        self.assertLess(time.time() - started, 2)

    def test_connect_time(self):
        full = socket.socket()
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        port = full.getsockname()[1]
        fill = []
        for _ in range(3):
            s = socket.socket()
            s.setblocking(False)
            s.connect_ex(("127.0.0.1", port))
            fill.append(s)
        w = self.worker([{**CIDR, "ports": [port]}])
        self.fails("CONNECTION_TIMEOUT", w, authority=f"127.0.0.1:{port}", times=(300, 0, 0))

    def test_wall_time_covers_the_whole_exchange(self):
        w = self.local(limits={"wall_time": "400ms"})
        started = time.time()
        self.assertIn("wall_time = 400 ms", self.fails("RESPONSE_TIMEOUT", w, fatal=True, authority=self.at(), path="/slow/3"))
        self.assertLess(time.time() - started, 1.5)

    def test_slow_guest_is_not_the_servers_fault(self):
        w = self.local()
        call = w.open(method="POST", authority=self.at(), path="/echo", body=True, times=(0, 200, 0))
        self.assertEqual(w.recv()[0], peer.REPLY_CREDIT)
        time.sleep(0.6)
        w.send(peer.DATA, call, peer.text(b"late"))
        w.send(peer.END, call, peer.text(b""))
        self.assertEqual(w.collect(call, announce_end=False).body, b"late")


class Servers(Base):
    """Hostile and broken servers."""

    def test_answers_that_are_not_http(self):
        w = self.local()
        for path, code in (("/old", "PROTOCOL_ERROR"), ("/fold", "PROTOCOL_ERROR"), ("/bad-value", "PROTOCOL_ERROR"),
                           ("/switch", "PROTOCOL_ERROR"), ("/drop", "CONNECTION_TERMINATED")):
            with self.subTest(path=path):
                self.fails(code, w, authority=self.at(), path=path)

    def test_short_body(self):
        self.fails("RESPONSE_INCOMPLETE", self.local(), authority=self.at(), path="/short")

    def test_refused(self):
        s = socket.socket()
        s.bind(("127.0.0.1", 0))
        port = s.getsockname()[1]
        self.fails("CONNECTION_REFUSED", self.worker([{**CIDR, "ports": [port]}]), authority=f"127.0.0.1:{port}")

    def test_tls(self):
        w = self.named("tls.example", "wrong.example")
        at = lambda name: f"{name}:{self.tls_port}"
        self.assertEqual(w.ask(scheme="https", authority=at("tls.example")).body, b"hello")
        self.assertEqual(len(w.ask(scheme="https", authority=at("tls.example"), path="/bytes/1000000").body), 1000000)
        self.fails("TLS_CERTIFICATE_ERROR", w, scheme="https", authority=at("wrong.example"))
        self.fails("TLS_CERTIFICATE_ERROR", w, scheme="https", authority=at("127.0.0.1"))
        self.fails("TLS_PROTOCOL_ERROR", w, scheme="https", authority=self.at("tls.example"))

    def test_unknown_ca(self):
        other = peer.Egress(BINARY, resolver=self.dns.at, log=self.log)
        other.policy(1, [{"host": "tls.example", "ports": [self.tls_port]}, {**CIDR, "ports": [self.tls_port]}])
        w = other.link(1)
        self.fails("TLS_CERTIFICATE_ERROR", w, scheme="https", authority=f"tls.example:{self.tls_port}")
        self.assertEqual(other.stop(), 0)


class Life(Base):
    def test_cancel(self):
        w = self.local()
        call = w.open(authority=self.at(), path="/slow/1")
        w.send(peer.CANCEL, call, b"\0")
        self.assertEqual(w.ask(authority=self.at()).status, 200)
        w.sock.settimeout(1.3)
        with self.assertRaises(TimeoutError):
            w.recv()

    def test_cancel_while_resolving_and_connecting(self):
        w = self.named("silent.example")
        for _ in range(3):
            call = w.open(authority=self.at("silent.example"))
            w.send(peer.CANCEL, call, b"\0")
            call = w.open(authority=self.at())
            w.send(peer.CANCEL, call, b"\0")
        self.assertEqual(w.ask(authority=self.at()).status, 200)

    def test_closing_the_channel_ends_its_exchanges(self):
        for path in ("/slow/1", "/chunks/100", "/stall"):
            w = self.named("silent.example")
            call = w.open(authority=self.at(), path=path)
            w.credit(call, 100)
            w.open(authority=self.at("silent.example"))
            time.sleep(0.05)
            w.sock.close()
        self.assertEqual(self.local().ask(authority=self.at()).status, 200)

    def test_unlink(self):
        w = self.local(slot=901)
        w.open(authority=self.at(), path="/slow/1")
        self.egress.sock.send(peer.frame(peer.UNLINK, 0, struct.pack("<I", 901)))
        self.assertIsNone(w.recv())
        self.assertEqual(self.egress.link(901).ask(authority=self.at()).status, 200)

    def test_wrong_supervisor_is_left(self):
        for data in (b"x", peer.frame(peer.OPEN, 1, b"")):
            other = peer.Egress(BINARY, log=self.log)
            other.sock.send(data)
            self.assertEqual(other.proc.wait(5), 0)

    def test_not_started_by_postern(self):
        import subprocess
        done = subprocess.run([BINARY], capture_output=True, text=True)
        self.assertEqual(done.returncode, 2)
        self.assertIn("started by it", done.stderr)


if __name__ == "__main__":
    if BINARY is None:
        sys.exit(__doc__)
    os.environ["http_proxy"] = os.environ["https_proxy"] = os.environ["ALL_PROXY"] = "http://127.0.0.1:9"
    unittest.main(verbosity=1)
