# SPDX-License-Identifier: Apache-2.0
"""MCP over the standard streams of the real program: both eras, hostile input, cancellation, consent, and what happens to the
session when its processes are stopped, killed, or told to end."""
import json
import os
import random
import signal
import subprocess
import time
import unittest

import harness

ECHO = "test_guests_echo_0_1_0_echo"
SLEEP = "test_guests_system_0_1_0_sleep"
ENDLESS = {"fuel": 100_000_000_000_000, "wall_time": "60s"}
META = {"io.modelcontextprotocol/protocolVersion": "2026-07-28", "io.modelcontextprotocol/clientCapabilities": {}}
ASKING = {**META, "io.modelcontextprotocol/clientCapabilities": {"elicitation": {"form": {}}}}
MANAGING = {"load-component", "unload-component", "reset-permission"} | {
    f"{verb}-{kind}-permission" for verb in ("grant", "revoke") for kind in ("storage", "network", "environment-variable")}


def cpu(pid):
    """Processor seconds of a process so far."""
    with open(f"/proc/{pid}/stat", encoding="ascii") as f:
        fields = f.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def alive(pid):
    try:
        with open(f"/proc/{pid}/stat", encoding="ascii") as f:
            return f.read().rsplit(")", 1)[1].split()[0] not in "ZX"
    except OSError:
        return False


class Case(unittest.TestCase):
    guests = ("echo",)

    def setUp(self):
        self.home = harness.Home()
        self.addCleanup(self.home.close)
        for name in self.guests:
            self.home.load(name)

    def serve(self, *args, **kw):
        m = harness.Mcp(self.home, *args, **kw)
        self.addCleanup(m.close)
        return m

    def until(self, what, seconds=30):
        end = time.monotonic() + seconds
        while not what():
            self.assertLess(time.monotonic(), end, "waited in vain")
            time.sleep(0.02)

    def role(self, m, name, nth=0):
        found = [p for p in harness.children(m.p.pid) if harness.command_of(p) == "postern-" + name]
        return found[nth] if len(found) > nth else None

    def error(self, m, message):
        if isinstance(message, dict):
            m.send(message)
        else:
            m.send_raw(message)
        self.until(lambda: m.pump(0.1) and m.answers)
        (_, answer), = m.answers.items()
        m.answers.clear()
        return answer["error"]["code"], answer["id"]


class Eras(Case):
    def test_every_legacy_revision(self):
        for version in ("2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25"):
            with harness.Mcp(self.home, version=version) as m:
                self.assertEqual(m.hello["protocolVersion"], version)
                self.assertEqual(m.request("ping"), {})
                r = m.call(ECHO, {"text": version})
                self.assertEqual(r["content"], [{"type": "text", "text": version}])
                self.assertEqual("structuredContent" in r, version >= "2025-06-18")

    def test_an_unknown_revision_gets_the_latest(self):
        for version in ("2023-01-01", "2026-07-28", "x"):
            with harness.Mcp(self.home, version=version) as m:
                self.assertEqual(m.hello["protocolVersion"], "2025-11-25")

    def test_the_stateless_revision(self):
        m = self.serve(initialize=False)
        r = m.request("server/discover", {"_meta": META})
        self.assertIn("2026-07-28", r["supportedVersions"])
        self.assertEqual(r["resultType"], "complete")
        r = m.request("tools/list", {"_meta": META})
        self.assertIn(ECHO, [t["name"] for t in r["tools"]])
        self.assertIn("ttlMs", r)
        r = m.request("tools/call", {"_meta": META, "name": ECHO, "arguments": {"text": "x"}})
        self.assertEqual((r["resultType"], r["structuredContent"]), ("complete", {"result": "x"}))
        for method in ("ping", "logging/setLevel", "initialized", "resources/subscribe"):
            self.assertEqual(m.wait(m.start(method, {"_meta": META}))["error"]["code"], -32601)
        other = {**META, "io.modelcontextprotocol/protocolVersion": "2027-01-01"}
        answer = m.wait(m.start("tools/list", {"_meta": other}))
        self.assertEqual(answer["error"]["code"], -32022)
        self.assertEqual(answer["error"]["data"], {"supported": ["2026-07-28"], "requested": "2027-01-01"})

    def test_both_eras_in_one_stream(self):
        m = self.serve()
        for n in range(5):
            self.assertEqual(m.value(ECHO, {"text": str(n)}), str(n))
            r = m.request("tools/call", {"_meta": META, "name": ECHO, "arguments": {"text": str(n)}})
            self.assertEqual(r["structuredContent"], {"result": str(n)})
            self.assertIn("resultType", r)

    def test_a_subscription_hears_of_changes(self):
        m = self.serve(initialize=False)
        m.request("tools/list", {"_meta": META})
        ident = m.start("subscriptions/listen", {"_meta": META, "notifications": {"toolsListChanged": True}})
        self.until(lambda: m.pump(0.1) and m.notices)
        self.assertEqual(m.notices[0]["method"], "notifications/subscriptions/acknowledged")
        self.home.load("add")
        self.until(lambda: m.pump(0.1) and m.notices[-1]["method"] == "notifications/tools/list_changed")
        for n in m.notices:
            self.assertEqual(n["params"]["_meta"]["io.modelcontextprotocol/subscriptionId"], ident)


class Input(Case):
    def test_before_initialize(self):
        m = self.serve(initialize=False)
        for method in ("tools/list", "tools/call", "logging/setLevel"):
            self.assertIn("error", m.wait(m.start(method, {"name": ECHO})))
        self.assertEqual(m.request("ping"), {})
        self.assertIn("serverInfo", m.request("initialize", {"protocolVersion": "2025-11-25", "capabilities": {},
                                                             "clientInfo": {"name": "t", "version": "0"}}))
        self.assertEqual(m.value(ECHO, {"text": "x"}), "x")

    def test_broken_input_is_answered_and_the_stream_goes_on(self):
        m = self.serve()
        for text, code, ident in (
                ("{\n", -32700, None), ("nonsense\n", -32700, None), ("\xff\xfe{}\n", -32700, None), ('{"jsonrpc":"2.0",}\n', -32700, None),
                ('{"a":1}{"b":2}\n', -32700, None), ("[" * 100000 + "\n", -32700, None),
                ("{}\n", -32600, None), ("[]\n", -32600, None), ("1\n", -32600, None), ("null\n", -32600, None),
                ('{"jsonrpc":"1.0","id":1,"method":"ping"}\n', -32600, None), ('{"jsonrpc":"2.0","id":null,"method":"ping"}\n', -32600, None),
                ('{"jsonrpc":"2.0","id":[1],"method":"ping"}\n', -32600, None), ('{"jsonrpc":"2.0","id":7}\n', -32600, None),
                ('{"jsonrpc":"2.0","id":7,"method":5}\n', -32600, None),
                ('{"jsonrpc":"2.0","id":8,"method":"no/such"}\n', -32601, 8), ('{"jsonrpc":"2.0","id":"s","method":"no"}\n', -32601, "s"),
                ('{"jsonrpc":"2.0","id":9,"method":"tools/call","params":{}}\n', -32602, 9),
                ('{"jsonrpc":"2.0","id":9,"method":"tools/call","params":{"name":7}}\n', -32602, 9),
                ('{"jsonrpc":"2.0","id":9,"method":"tools/call","params":{"name":"%s","arguments":[]}}\n' % ECHO, -32602, 9),
                ('{"jsonrpc":"2.0","id":9,"method":"tools/call","params":{"name":"nosuch"}}\n', -32602, 9),
                ('{"jsonrpc":"2.0","id":9,"method":"tools/list","params":{"cursor":1}}\n', -32602, 9)):
            with self.subTest(text=text[:70]):
                got = self.error(m, text.encode("latin-1"))
                self.assertEqual(got[0], code)
                if ident is not None:
                    self.assertEqual(got[1], ident)
        m.send_raw("\n\r\n   \n")
        self.assertEqual(m.value(ECHO, {"text": "on"}), "on")

    def test_a_line_that_is_too_long(self):
        m = self.serve()
        for size in (4 << 20, 9 << 20):
            m.send_raw(json.dumps({"jsonrpc": "2.0", "id": 1, "method": "ping", "params": {"x": "y" * size}}) + "\n")
            self.until(lambda: m.pump(0.1) and m.answers)
            answer = m.answers.popitem()[1]
            self.assertIn(answer["error"]["code"], (-32600, -32700))
            self.assertEqual(m.value(ECHO, {"text": "on"}), "on")
        text = "z" * (1 << 19)
        self.assertEqual(m.value(ECHO, {"text": text}), text)

    def test_a_line_without_end_is_not_kept(self):
        m = self.serve()
        gateway = self.role(m, "gateway")
        m.send_raw('{"jsonrpc":"2.0","id":1,"method":"')
        for _ in range(96):
            m.send_raw("x" * (1 << 20))
        with open(f"/proc/{gateway}/status", encoding="ascii") as f:
            peak = next(int(line.split()[1]) for line in f if line.startswith("VmHWM:"))
        self.assertLess(peak, 48 << 10)
        m.send_raw('"}\n')
        self.until(lambda: m.pump(0.1) and m.answers)
        m.answers.clear()
        self.assertEqual(m.value(ECHO, {"text": "on"}), "on")

    def test_pipelining_in_odd_pieces(self):
        m = self.serve()
        chance = random.Random(7)
        texts = ["".join(chance.choice("ab\"\\\n\u00e9\U0001f600") for _ in range(chance.randrange(1500))) for _ in range(150)]
        stream = b"".join(json.dumps({"jsonrpc": "2.0", "id": 1000 + n, "method": "tools/call",
                                      "params": {"name": ECHO, "arguments": {"text": t}}}, ensure_ascii=n % 2 == 0).encode() + b"\n"
                          for n, t in enumerate(texts))
        while stream:
            size = chance.choice((1, 3, 7, 100, 4095, 4096, 4097, 20000))
            m.send_raw(stream[:size])
            stream = stream[size:]
        for n, t in enumerate(texts):
            self.assertEqual(m.wait(1000 + n)["result"]["content"][0]["text"], t)

    def test_a_last_line_without_its_end(self):
        r = subprocess.run([harness.POSTERN, "stdio"], env=self.home.env, capture_output=True, timeout=30,
                           input=b'{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-11-25",'
                                 b'"capabilities":{},"clientInfo":{"name":"t","version":"0"}}}\n'
                                 b'{"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":"%s","arguments":{"text":"x"}}}'
                                 % ECHO.encode(), check=True)
        answers = {a["id"]: a for a in map(json.loads, r.stdout.splitlines()) if "id" in a}
        self.assertEqual(answers[2]["result"]["content"][0]["text"], "x")

    def test_ids_of_every_kind_come_back(self):
        m = self.serve()
        for ident in (0, -1, 2**53, "a", "", "\u00e9\"\\", "1"):
            m.send({"jsonrpc": "2.0", "id": ident, "method": "ping"})
            answer = m.wait(ident)
            self.assertEqual((type(answer["id"]), answer["id"]), (type(ident), ident))


class Calls(Case):
    guests = ("echo", "files")

    def test_parallel_calls_overlap(self):
        m = self.serve()
        m.value(ECHO, {"text": "warm"})
        began = time.monotonic()
        ids = [m.start("tools/call", {"name": SLEEP, "arguments": {"milliseconds": 1000}}) for _ in range(10)]
        for ident in ids:
            self.assertFalse(m.wait(ident)["result"]["isError"])
        self.assertLess(time.monotonic() - began, 6)

    def test_progress(self):
        m = self.serve()
        ident = m.start("tools/call", {"name": SLEEP, "arguments": {"milliseconds": 3500}, "_meta": {"progressToken": "tok"}})
        m.wait(ident)
        steps = [n["params"] for n in m.notices if n["method"] == "notifications/progress"]
        self.assertGreaterEqual(len(steps), 2)
        self.assertTrue(all(s["progressToken"] == "tok" for s in steps))
        self.assertEqual(sorted({s["progress"] for s in steps}), [s["progress"] for s in steps])
        count = len(m.notices)
        time.sleep(1.5)
        while m.pump(0.05):
            pass
        self.assertEqual(len(m.notices), count)

    def test_cancellation_stops_a_guest_that_waits(self):
        m = self.serve()
        m.value(ECHO, {"text": "warm"})
        for _ in range(20):  # more than there are slots: a slot that stayed busy would be missed
            ident = m.start("tools/call", {"name": SLEEP, "arguments": {"milliseconds": 25000}})
            m.notify("notifications/cancelled", {"requestId": ident})
        began = time.monotonic()
        m.value("test_guests_system_0_1_0_arguments")
        self.assertLess(time.monotonic() - began, 10)
        self.assertFalse([a for a in m.answers], "a cancelled call was answered")


class Cancellation(Case):
    guests = ()

    def test_cancellation_stops_a_guest_that_computes(self):
        self.home.load("spin", harness.policy(limits=ENDLESS))
        m = self.serve()
        m.tools()
        worker = self.role(m, "worker")
        idle = cpu(worker)
        ident = m.start("tools/call", {"name": "spin", "arguments": {}})
        self.until(lambda: cpu(worker) > idle + 0.3)
        m.notify("notifications/cancelled", {"requestId": ident, "reason": "enough"})
        time.sleep(1)
        before = cpu(worker)
        time.sleep(1)
        self.assertLess(cpu(worker) - before, 0.2)
        self.assertFalse(m.pump(0.1))
        m.notify("notifications/cancelled", {"requestId": ident})
        m.notify("notifications/cancelled", {"requestId": "never"})
        m.notify("notifications/cancelled", {})
        self.assertEqual(m.request("ping"), {})


class Ending(Case):
    guests = ("echo", "files")

    def busy(self, *args):
        self.home.load("spin", harness.policy(limits=ENDLESS))
        m = self.serve(*args)
        m.tools()
        m.value(ECHO, {"text": "x"})
        m.start("tools/call", {"name": "spin", "arguments": {}})
        m.start("tools/call", {"name": SLEEP, "arguments": {"milliseconds": 25000}})
        time.sleep(0.3)
        everyone = harness.children(m.p.pid) + [m.p.pid]
        self.assertGreaterEqual(len(everyone), 5)
        return m, everyone

    def test_it_ends_with_its_input_children_included(self):
        m, everyone = self.busy()
        m.p.stdin.close()
        m.p.wait(20)
        self.until(lambda: not any(map(alive, everyone)), 5)

    def test_it_ends_with_sigterm_and_sigint(self):
        for number in (signal.SIGTERM, signal.SIGINT):
            m, everyone = self.busy()
            m.p.send_signal(number)
            m.p.wait(20)
            self.until(lambda: not any(map(alive, everyone)), 5)
            m.close()
            self.home.ok("component", "unload", "spin")

    def test_its_children_end_when_it_is_killed(self):
        m, everyone = self.busy()
        m.p.kill()
        m.p.wait(20)
        self.until(lambda: not any(map(alive, everyone)), 15)

    def test_answers_under_way_come_before_the_end(self):
        m = self.serve()
        m.tools()
        ids = [m.start("tools/call", {"name": SLEEP, "arguments": {"milliseconds": 700}}) for _ in range(5)]
        m.p.stdin.close()
        for ident in ids:
            self.assertFalse(m.wait(ident)["result"]["isError"])
        self.assertEqual(m.p.wait(20), 0)

    def test_it_ends_when_nobody_reads_its_output(self):
        out, theirs = os.pipe()
        with subprocess.Popen([harness.POSTERN, "stdio"], stdin=subprocess.PIPE, stdout=theirs, stderr=subprocess.DEVNULL,
                              env=self.home.env) as p:
            os.close(theirs)
            p.stdin.write(b'{"jsonrpc":"2.0","id":1,"method":"ping"}\n')
            p.stdin.flush()
            self.assertIn(b"result", os.read(out, 1000))
            everyone = harness.children(p.pid)
            os.close(out)
            try:
                p.stdin.write(b'{"jsonrpc":"2.0","id":1,"method":"ping"}\n' * 3)
                p.stdin.flush()
            except BrokenPipeError:
                pass
            p.wait(20)
        self.until(lambda: not any(map(alive, everyone)), 5)


class Deaths(Case):
    guests = ("echo", "files")

    def worker_of(self, m, tool, arguments):
        """The worker whose processor time goes up with calls to a tool."""
        m.value(tool, arguments)
        workers = [p for p in harness.children(m.p.pid) if harness.command_of(p) == "postern-worker"]
        before = {p: self.switches(p) for p in workers}
        for _ in range(200):
            m.value(tool, arguments)
        self.assertTrue(workers)
        return max(workers, key=lambda p: self.switches(p) - before[p])

    @staticmethod
    def switches(pid):
        total = 0
        for task in os.listdir(f"/proc/{pid}/task"):
            with open(f"/proc/{pid}/task/{task}/schedstat", encoding="ascii") as f:
                total += int(f.read().split()[0])
        return total

    def test_a_killed_worker_is_restarted_and_the_others_go_on(self):
        m = self.serve()
        victim = self.worker_of(m, ECHO, {"text": "x"})
        busy = m.start("tools/call", {"name": SLEEP, "arguments": {"milliseconds": 1500}})
        os.kill(victim, signal.SIGKILL)
        self.until(lambda: not m.call(ECHO, {"text": "back"})["isError"], 20)
        self.assertEqual(m.value(ECHO, {"text": "back"}), "back")
        self.assertFalse(m.wait(busy)["result"]["isError"])
        self.assertNotIn(victim, harness.children(m.p.pid))

    def test_calls_of_a_killed_worker_end_with_an_error(self):
        m = self.serve()
        m.value(ECHO, {"text": "x"})
        ids = [m.start("tools/call", {"name": SLEEP, "arguments": {"milliseconds": 20000}}) for _ in range(3)]
        time.sleep(0.3)
        for p in harness.children(m.p.pid):
            if harness.command_of(p) == "postern-worker":
                os.kill(p, signal.SIGKILL)
        for ident in ids:
            r = m.wait(ident, 10)["result"]
            self.assertTrue(r["isError"])
            self.assertIn("worker", r["content"][0]["text"])
        self.until(lambda: not m.call(ECHO, {"text": "back"})["isError"], 20)
        self.assertFalse(m.call(SLEEP, {"milliseconds": 1}, 20)["isError"])

    def test_a_worker_that_dies_again_and_again_is_not_restarted_at_once(self):
        m = self.serve()
        m.value(ECHO, {"text": "x"})
        deaths = 0
        end = time.monotonic() + 3
        while time.monotonic() < end:
            for p in harness.children(m.p.pid):
                if harness.command_of(p) == "postern-worker":
                    try:
                        os.kill(p, signal.SIGKILL)
                        deaths += 1
                    except ProcessLookupError:
                        pass
            time.sleep(0.05)
        self.assertLess(deaths, 30)
        self.assertEqual(m.request("ping"), {})

    def test_a_stopped_worker_costs_its_calls_and_is_replaced(self):
        self.home.load("add", harness.policy(limits={"wall_time": "1s"}))
        m = self.serve()
        victim = self.worker_of(m, "add", {"a": 1, "b": 2})
        os.kill(victim, signal.SIGSTOP)
        ident = m.start("tools/call", {"name": "add", "arguments": {"a": 1, "b": 2}})
        self.assertEqual(m.value(ECHO, {"text": "on"}, 5), "on")
        r = m.wait(ident, 25)["result"]
        self.assertTrue(r["isError"])
        self.assertIn("limit", r["content"][0]["text"])
        self.until(lambda: not m.call("add", {"a": 1, "b": 2})["isError"], 20)
        self.until(lambda: not alive(victim), 10)

    def test_a_killed_egress_is_restarted(self):
        self.home.load("fetch", harness.policy(network=[{"cidr": "127.0.0.0/8", "schemes": ["http"], "ports": [9]}]))
        m = self.serve()
        self.assertIn("refused", m.error("test_guests_web_0_1_0_fetch", {"url": "http://127.0.0.1:9/"}))
        victim = self.role(m, "egress")
        os.kill(victim, signal.SIGKILL)
        self.until(lambda: "refused" in m.error("test_guests_web_0_1_0_fetch", {"url": "http://127.0.0.1:9/"}), 20)
        self.assertNotEqual(self.role(m, "egress"), victim)
        self.assertEqual(m.value(ECHO, {"text": "x"}), "x")

    def test_a_killed_gateway_ends_the_session(self):
        m = self.serve()
        m.value(ECHO, {"text": "x"})
        everyone = harness.children(m.p.pid)
        os.kill(self.role(m, "gateway"), signal.SIGKILL)
        self.assertNotEqual(m.p.wait(20), 0)
        self.until(lambda: not any(map(alive, everyone)), 5)


class Management(Case):
    def grant(self, **kw):
        return {"name": "grant-storage-permission", "arguments": {"component_id": "echo", "details": {
            "uri": "fs:///srv/books/**", "access": ["read"]}}, **kw}

    def policy(self):
        return self.home.ok("policy", "get", "echo")

    def test_changing_tools_are_off_by_default(self):
        m = self.serve(capabilities={"elicitation": {}})
        names = {t["name"] for t in m.tools()}
        self.assertLessEqual({"list-components", "search-components", "get-policy"}, names)
        self.assertFalse(names & MANAGING)
        for name in MANAGING:
            answer = m.wait(m.start("tools/call", {"name": name, "arguments": {"component_id": "echo", "id": "echo"}}))
            self.assertEqual(answer["error"]["code"], -32602)
        self.assertEqual(self.home.json("component", "list")["total"], 1)

    def test_looking(self):
        m = self.serve()
        listing = json.loads(m.call("list-components")["content"][0]["text"])
        self.assertEqual([c["id"] for c in listing["components"]], ["echo"])
        self.assertEqual(json.loads(m.call("search-components", {"query": "nothing like it"})["content"][0]["text"])["total"], 0)
        self.assertEqual(json.loads(m.call("search-components", {"query": "ECHO"})["content"][0]["text"])["total"], 1)
        self.assertEqual(json.loads(m.call("get-policy", {"component_id": "echo"})["content"][0]["text"])["status"], "no policy found")
        self.home.ok("permission", "grant", "storage", "echo", "fs:///srv/books/**")
        found = json.loads(m.call("get-policy", {"component_id": "echo"})["content"][0]["text"])
        self.assertEqual(found["status"], "policy found")
        self.assertIn("/srv/books", json.dumps(found["policy_info"]))
        for args in ({"component_id": "nosuch"}, {}, {"component_id": 1}, {"component_id": "../../x"}, {"component_id": "echo", "x": 1}):
            r = m.call("get-policy", args)
            self.assertTrue(r["isError"] or "no policy" in r["content"][0]["text"], r)

    def answer_question(self, m, action, content=None):
        self.until(lambda: m.requests or (m.pump(0.1) and m.requests))
        question = m.requests.pop()
        self.assertEqual(question["method"], "elicitation/create")
        m.send({"jsonrpc": "2.0", "id": question["id"], "result": {"action": action, **({"content": content} if content else {})}})
        return question["params"]["message"]

    def test_a_grant_needs_the_user(self):
        m = self.serve("--allow-management", capabilities={"elicitation": {}})
        self.assertLessEqual(MANAGING, {t["name"] for t in m.tools()})
        for action, granted in (("decline", False), ("cancel", False), ("accept", True)):
            ident = m.start("tools/call", self.grant())
            message = self.answer_question(m, action, {} if action == "accept" else None)
            for word in ("echo", "fs:///srv/books/**", "read"):
                self.assertIn(word, message)
            r = m.wait(ident)["result"]
            self.assertEqual(r["isError"], not granted, r)
            self.assertEqual("/srv/books" in self.policy(), granted)
        self.assertEqual(json.loads(r["content"][0]["text"])["status"], "permission granted successfully")

    def test_without_elicitation_it_says_what_to_type(self):
        m = self.serve("--allow-management")
        text = m.error("grant-storage-permission", self.grant()["arguments"])
        self.assertIn("postern permission grant storage 'echo' 'fs:///srv/books/**'", text)
        self.assertNotIn("/srv/books", self.policy())
        text = m.error("load-component", {"path": harness.guest("add")})
        self.assertIn("postern component load", text)
        self.assertEqual(self.home.json("component", "list")["total"], 1)

    def test_what_takes_away_needs_no_question(self):
        self.home.ok("permission", "grant", "storage", "echo", "fs:///srv/books/**")
        self.home.ok("permission", "grant", "network", "echo", "api.example.org")
        m = self.serve("--allow-management")
        m.tools()
        r = m.call("revoke-storage-permission", {"component_id": "echo", "details": {"uri": "fs:///srv/books/**"}})
        self.assertEqual(json.loads(r["content"][0]["text"])["status"], "permission revoked")
        self.assertNotIn("/srv/books", self.policy())
        m.call("reset-permission", {"component_id": "echo"})
        self.assertNotIn("api.example.org", self.policy())
        self.assertEqual(m.value(ECHO, {"text": "x"}), "x")

    def test_loading_and_unloading(self):
        m = self.serve("--allow-management", capabilities={"elicitation": {}})
        m.tools()
        ident = m.start("tools/call", {"name": "load-component", "arguments": {"path": "file://" + harness.guest("add")}})
        self.assertIn("add.wasm", self.answer_question(m, "accept", {}))
        r = m.wait(ident)["result"]
        self.assertEqual(json.loads(r["content"][0]["text"]), {"status": "component loaded successfully", "id": "add", "tools": ["add"]})
        self.assertIn("notifications/tools/list_changed", [n["method"] for n in m.notices])  # before the answer
        m.notices.clear()
        self.assertEqual(m.value("add", {"a": 1, "b": 2}), 3)
        r = m.call("unload-component", {"id": "add"})
        self.assertEqual(json.loads(r["content"][0]["text"]), {"status": "component unloaded successfully", "id": "add"})
        self.assertIn("notifications/tools/list_changed", [n["method"] for n in m.notices])

    def test_the_stateless_question(self):
        m = self.serve("--allow-management", initialize=False)
        answer = m.wait(m.start("tools/call", self.grant(_meta=META)))
        self.assertEqual(answer["error"]["code"], -32021)
        r = m.request("tools/call", self.grant(_meta=ASKING))
        self.assertEqual(r["resultType"], "input_required")
        (key, question), = r["inputRequests"].items()
        self.assertIn("fs:///srv/books/**", question["params"]["message"])
        retry = self.grant(_meta=ASKING, requestState=r["requestState"],
                           inputResponses={key: {"action": "accept", "content": {}}})
        other = json.loads(json.dumps(retry))
        other["arguments"]["details"]["uri"] = "fs:///etc/**"
        self.assertEqual(m.wait(m.start("tools/call", other))["error"]["code"], -32602)
        forged = {**retry, "requestState": retry["requestState"][:-4] + "AAAA"}
        self.assertEqual(m.wait(m.start("tools/call", forged))["error"]["code"], -32602)
        self.assertNotIn("/srv/books", self.policy())
        self.assertFalse(m.request("tools/call", retry)["isError"])
        self.assertIn("/srv/books", self.policy())
        self.assertNotIn("/etc", self.policy())
        self.assertEqual(m.wait(m.start("tools/call", retry))["error"]["code"], -32602)  # good for one use

    def test_arguments_never_become_options(self):
        m = self.serve("--allow-management", capabilities={"elicitation": {}})
        for tool, args in (("unload-component", {"id": "--help"}), ("unload-component", {"id": "../../x"}),
                           ("reset-permission", {"component_id": "-x"}),
                           ("revoke-network-permission", {"component_id": "echo", "details": {"host": "--json"}})):
            self.assertTrue(m.error(tool, args).startswith("Error: "))
        self.assertEqual(self.home.json("component", "list")["total"], 1)


if __name__ == "__main__":
    unittest.main()
