#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""postern-gateway as its neighbours see it: clients that break rules, components that are slow, workers that lie.

    POSTERN_GATEWAY=build/src/roles/gateway/postern-gateway tests/ipc/test_gateway.py [-k NAME]

MCP_SCHEMAS may name a directory with the published schemas as <revision>.json; then every kind of answer is checked
against them (needs the Python module jsonschema)."""
import json
import os
import random
import struct
import sys
import tempfile
import threading
import time
import unittest

import gateway_harness
from frames import Channel, memfd
from gateway_harness import (ARGUMENTS, CANCELLED, DOWN, FAILED, GONE, INTERNAL, LIMIT, LOADING, META, OK, READY, TOOL_ERROR,
                             TRAP, Gateway, Worker, echo, rpc, tool)

MIB = 1 << 20
SEEN_BY_ALL = ["get-policy", "list-components", "search-components"]
MANAGEMENT = ["grant-environment-variable-permission", "grant-network-permission", "grant-storage-permission",
              "load-component", "reset-permission", "revoke-environment-variable-permission", "revoke-network-permission",
              "revoke-storage-permission", "unload-component"]


def text_of(response):
    return response["result"]["content"][0]["text"]


class Case(unittest.TestCase):
    def refused(self, response, code):
        self.assertIn("error", response)
        self.assertEqual(response["error"]["code"], code, response)

    def failed(self, response, part):
        self.assertTrue(response["result"]["isError"], response)
        self.assertIn(part, text_of(response))


class Misuse(Case):
    """Each of these is answered as the specification says, and the stream goes on."""

    def test_broken_lines(self):
        with Gateway() as g:
            g.initialize()
            for line in [b"{", b"nonsense", b"{\"jsonrpc\":\"2.0\",}", b"\xff\xfe", b"\"\\ud800\"", b"{\"a\":1,\"a\":2}",
                         b"[" * 5000, b"{} {}", b"\x00", b"nul"]:
                g.write(line + b"\n")
                answer = g.message()
                self.refused(answer, -32700)
                self.assertIsNone(answer["id"])
            for line in [b"[]", b"1", b"null", b"\"x\"", b"{}", b"[1]", b"[{}]"]:
                g.write(line + b"\n")
                answer = g.message()
                self.refused(answer, -32600)
                self.assertIsNone(answer["id"])
            for line in [b"", b"  ", b"\t\r"]:
                g.write(line + b"\n")
            self.assertEqual(g.request("ping")["result"], {})

    def test_oversized_line(self):
        with Gateway() as g:
            g.initialize()
            for size in (4 * MIB + 1, 20 * MIB):
                g.write(b'{"jsonrpc":"2.0","id":77,"method":"ping","params":{"x":"' + b"x" * size + b'"}}\n')
                answer = g.message()
                self.assertIn("4 MiB", answer["error"]["message"])
                self.assertIsNone(answer["id"])
                self.assertEqual(g.request("ping")["result"], {})
            line = b'{"jsonrpc":"2.0","id":78,"method":"ping","params":{"x":"'
            g.write(line + b"x" * (4 * MIB - len(line) - 3) + b'"}}\n')  # exactly the limit
            self.assertEqual(g.response(78)["result"], {})
            g.nothing_more()

    def test_wrong_types(self):
        rows = [({"id": None, "method": "ping"}, -32600, None), ({"id": 1.5, "method": "ping"}, -32600, None),
                ({"id": {}, "method": "ping"}, -32600, None), ({"id": 3, "method": 4}, -32600, 3),
                ({"id": 3, "method": "ping", "params": [1]}, -32602, 3), ({"id": 3, "method": "tools/call"}, -32602, 3),
                ({"id": 3, "method": "tools/call", "params": {"name": 1}}, -32602, 3),
                ({"id": 3, "method": "tools/call", "params": {"name": "e", "arguments": "x"}}, -32602, 3),
                ({"id": 3, "method": "tools/list", "params": {"cursor": 5}}, -32602, 3),
                ({"id": 3, "method": "tools/list", "params": {"cursor": ""}}, -32602, 3),
                ({"id": 3, "method": "tools/list", "params": {"cursor": "AAAA"}}, -32602, 3),
                ({"id": "x" * 5000, "method": "no/such"}, -32601, "x" * 5000), ({"id": 3, "method": "resources/list"}, -32601, 3),
                ({"id": 3, "method": "prompts/get"}, -32601, 3), ({"id": 3, "method": "server/discover"}, -32601, 3),
                ({"id": 3, "method": "logging/setLevel", "params": {"level": 1}}, -32602, 3)]
        with Gateway() as g:
            g.initialize()
            for msg, code, id in rows:
                g.send({"jsonrpc": "2.0", **msg})
                answer = g.message()
                self.refused(answer, code)
                self.assertEqual(answer["id"], id)
            g.send({"id": 1, "method": "ping"})
            self.refused(g.message(), -32600)
            g.send(rpc("no/such"))  # notifications are never answered
            g.send(rpc("tools/call", 7))
            g.send({"jsonrpc": "2.0", "id": 5, "result": {}})  # nor are responses
            self.assertEqual(g.request("ping")["result"], {})

    def test_before_initialize(self):
        with Gateway() as g:
            self.refused(g.request("tools/list"), -32602)
            self.refused(g.call("echo"), -32602)
            self.refused(g.request("no/such"), -32601)
            self.assertEqual(g.request("ping")["result"], {})
            g.initialize()
            self.assertIn("tools", g.request("tools/list")["result"])
            self.refused(g.request("initialize", {"protocolVersion": "2025-06-18", "capabilities": {}}), -32600)

    def test_stateless_errors(self):
        with Gateway() as g:
            self.refused(g.request("tools/list", {"_meta": {"io.modelcontextprotocol/protocolVersion": "2026-07-28"}}), -32602)
            wrong = {**META, "io.modelcontextprotocol/protocolVersion": "2031-01-01"}
            answer = g.request("tools/list", {"_meta": wrong})
            self.refused(answer, -32022)
            self.assertEqual(answer["error"]["data"], {"supported": ["2026-07-28"], "requested": "2031-01-01"})
            for method in ("ping", "logging/setLevel", "resources/list", "no/such", "initialized"):
                self.refused(g.modern(method), -32601)
            self.refused(g.modern("tools/call", {"name": "none"}), -32602)
            self.refused(g.modern("tools/call", {"name": "x", "_meta": {"progressToken": []}}), -32602)
            self.assertEqual(g.modern("server/discover")["result"]["supportedVersions"], ["2026-07-28"])
            self.refused(g.request("tools/list"), -32602)  # nothing carries over to a request without _meta


class Calls(Case):
    def test_thousand_pipelined_in_odd_chunks(self):
        rng = random.Random(7)
        with Gateway(components=1) as g:
            g.serve(0, [tool("echo")])
            g.initialize()
            texts = {i: "".join(rng.choices("abc\\\"\n é☃", k=rng.randint(1024, 3000))) for i in range(1000, 2000)}
            data = b"".join(json.dumps(rpc("tools/call", {"name": "echo", "arguments": {"text": t}}, i)).encode() + b"\n"
                            for i, t in texts.items())

            def feed():
                at = 0
                while at < len(data):
                    n = rng.choice([1, 2, 3, 7, 100, 1023, 4097, 65537])
                    g.write(data[at:at + n])
                    at += n

            threading.Thread(target=feed, daemon=True).start()
            for _ in range(1000):
                answer = g.message()
                self.assertEqual(text_of(answer), texts.pop(answer["id"]))
            self.assertEqual(g.finish(), ([], 0))

    def test_in_flight_stay_below_concurrency_and_come_in_any_order(self):
        with Gateway(components=1) as g:
            w = g.serve(0, [tool("a"), tool("b")], answer=None, concurrency=10)
            g.initialize()
            for i in range(100, 164):
                g.send(rpc("tools/call", {"name": "b", "arguments": {"text": str(i)}}, i))
            held, done = [], 0
            rng = random.Random(1)
            while done < 64:
                while len(held) < min(10, 64 - done):
                    frame = w.next_call()
                    self.assertEqual(frame.fields["tool"], 1)
                    held.append(frame)
                with self.assertRaises(TimeoutError):
                    w.next_call(timeout=0.01)
                rng.shuffle(held)
                frame = held.pop()
                w.result(frame.call, echo(frame)["value"])
                answer = g.message()
                self.assertEqual(text_of(answer), str(answer["id"]))
                done += 1
            g.nothing_more()

    def test_arguments_travel_as_they_are(self):
        raw = b'{ "n" : 12345678901234567890.10e+2,\t"u":"\\u00e9\\/" }'
        with Gateway(components=1) as g:
            w = g.serve(0, [tool("t")], answer=None)
            g.initialize()
            g.write(b'{"jsonrpc":"2.0","id":9,"method":"tools/call","params":{"arguments":' + raw + b',"name":"\\u0074"}}\n')
            frame = w.next_call()
            self.assertEqual(frame.fields["arguments"], raw)
            g.send(rpc("tools/call", {"name": "t"}, 10))  # without arguments
            self.assertEqual(w.next_call().fields["arguments"], b"{}")

    def test_huge(self):
        with Gateway(components=1) as g:
            value = {}
            g.serve(0, [tool("t")], answer=lambda f: {"outcome": OK, "value": value["json"]})
            g.initialize()
            for payload in ["x" * (10 * MIB), "\"\\\n" * MIB, {"list": list(range(400000))}, "y" * 61438, "y" * 61439, "z" * 300000,
                            [" \"a\\ "] * 50000]:
                value["json"] = json.dumps(payload)
                answer = g.call("t", timeout=30)
                self.assertEqual(answer["result"]["structuredContent"]["result"], payload)
                shown = text_of(answer)
                self.assertEqual(shown if isinstance(payload, str) else json.loads(shown), payload)
            got = g.call("t", {"text": "q" * (4 * MIB - 200)}, timeout=30)  # and large arguments, by memfd
            self.assertFalse(got["result"]["isError"])
        with Gateway(components=1) as g:  # older revisions have the text alone
            g.serve(0, [tool("t")], answer=lambda f: {"outcome": OK, "value": value["json"]})
            g.initialize("2025-03-26")
            value["json"] = json.dumps("x" * (3 * MIB))
            answer = g.call("t")
            self.assertEqual(len(text_of(answer)), 3 * MIB)
            self.assertNotIn("structuredContent", answer["result"])

    def test_outcomes(self):
        outcomes = {}
        with Gateway(components=1) as g:
            g.serve(0, [tool("t")], answer=lambda f: dict(outcomes))
            g.initialize()
            outcomes.update(outcome=TOOL_ERROR, value='{"code":7}', text="")
            answer = g.call("t")
            self.failed(answer, '{"code":7}')
            self.assertEqual(answer["result"]["structuredContent"], {"result": {"code": 7}})
            for outcome in (ARGUMENTS, LIMIT, TRAP, CANCELLED, INTERNAL):
                outcomes.update(outcome=outcome, value="", text="why \"so\"\nhere")
                self.failed(g.call("t"), "why \"so\"\nhere")
            outcomes.update(outcome=8, value="1", text="")
            self.failed(g.call("t"), "outcome")

    def test_unknown_tool(self):
        with Gateway(components=1) as g:
            g.serve(0, [tool("t"), tool("u", callable=False, reason="it returns a resource")])
            g.initialize()
            answer = g.call("none\x1b[31m")
            self.refused(answer, -32602)
            self.assertNotIn("\x1b", answer["error"]["message"])
            self.failed(g.call("u"), "it returns a resource")
            self.assertNotIn("u", [t["name"] for t in g.request("tools/list")["result"]["tools"]])

    def test_back_pressure(self):
        with Gateway(components=1) as g:
            w = g.serve(0, [tool("t")], answer=None, concurrency=4)
            g.initialize()
            count, big = 3000, "x" * 3000
            feeder = threading.Thread(target=lambda: [g.send(rpc("tools/call", {"name": "t", "arguments": {"text": big}}, i))
                                                      for i in range(10, 10 + count)], daemon=True)
            feeder.start()
            time.sleep(1.0)
            self.assertTrue(feeder.is_alive(), "the gateway read everything although nothing was answered")
            for _ in range(count):
                w.result(w.next_call().call, b'"ok"')
            ids = sorted(g.message()["id"] for _ in range(count))
            self.assertEqual(ids, list(range(10, 10 + count)))
            g.nothing_more()

    def test_client_that_does_not_read(self):
        value = json.dumps("v" * (2 * MIB))
        with Gateway(components=1) as g:
            w = g.serve(0, [tool("t")], answer=lambda f: {"outcome": OK, "value": value}, concurrency=16)
            g.initialize()
            for i in range(10, 210):
                g.send(rpc("tools/call", {"name": "t"}, i))
            time.sleep(2.0)
            with open(f"/proc/{g.process.pid}/status", encoding="ascii") as f:
                rss = next(int(line.split()[1]) for line in f if line.startswith("VmRSS"))
            self.assertLess(rss, 250 * 1024, "KiB resident while 800 MB wait to be read")
            self.assertLess(w.seen.qsize(), 100)
            ids = sorted(g.message(30)["id"] for _ in range(200))
            self.assertEqual(ids, list(range(10, 210)))

    def test_batches(self):
        with Gateway(components=1) as g:
            g.serve(0, [tool("echo")])
            g.initialize("2025-03-26")
            g.send([rpc("ping", id=1), rpc("tools/call", {"name": "echo", "arguments": {"text": "b"}}, 2), rpc("no/such"), 7,
                    rpc("no/such", id=3), rpc("tools/list", id=4)])
            answers = g.message()
            self.assertEqual(sorted(str(a["id"]) for a in answers), ["1", "2", "3", "4", "None"])
            g.send([rpc("notifications/initialized"), rpc("x")])
            g.nothing_more(0.2)
            g.send([])
            self.refused(g.message(), -32600)
            g.send([1] * 257)
            self.refused(g.message(), -32600)
            g.send([rpc("tools/list", {"_meta": META}, 5)])
            self.refused(g.message()[0], -32600)
            self.assertEqual(g.finish(), ([], 0))


class Cancelling(Case):
    def test_each_stage(self):
        with Gateway(components=2) as g:
            w = g.serve(0, [tool("t")], answer=None, concurrency=1)
            g.initialize()
            g.send(rpc("tools/call", {"name": "t"}, "sent"))
            g.send(rpc("tools/call", {"name": "t"}, "queued"))
            g.send(rpc("tools/call", {"name": "t"}, "stays"))
            g.send(rpc("tools/call", {"name": "later"}, "waiting"))
            sent = w.next_call()
            for id in ("sent", "queued", "waiting", "never", "sent"):
                g.send(rpc("notifications/cancelled", {"requestId": id, "reason": "test"}))
            cancel = w.control.recv()
            self.assertEqual((cancel.name, cancel.call), ("CANCEL", sent.call))
            w.result(sent.call, b"", CANCELLED)
            stays = w.next_call()
            w.result(stays.call, b'"fine"')
            self.assertEqual(g.message()["id"], "stays")
            g.component(1, READY, [tool("later")])
            g.nothing_more()
            g.send(rpc("tools/call", {"name": "t"}, "sent"))  # the id may be used again
            w.result(w.next_call().call, b'"again"')
            self.assertEqual(text_of(g.response("sent")), "again")

    def test_a_result_that_crosses_the_cancellation(self):
        with Gateway(components=1) as g:
            w = g.serve(0, [tool("t")], answer=None)
            g.initialize()
            g.send(rpc("tools/call", {"name": "t"}, 50))
            frame = w.next_call()
            g.send(rpc("notifications/cancelled", {"requestId": 50}))
            self.assertIsNotNone(w.control.recv())
            w.result(frame.call, b'"late"')
            self.assertEqual(g.request("ping")["result"], {})
            g.nothing_more()
            g.send(rpc("tools/call", {"name": "t"}, 51))
            w.result(w.next_call().call, b'"x"')
            self.assertEqual(g.response(51)["id"], 51)

    def test_a_worker_that_ignores_it_is_reported(self):
        with Gateway(components=1) as g:
            w = g.serve(0, [tool("t")], answer=None)
            g.initialize()
            g.send(rpc("tools/call", {"name": "t"}, 50))
            w.next_call()
            g.send(rpc("notifications/cancelled", {"requestId": 50}))
            frame = g.supervisor.recv(timeout=8)
            self.assertEqual((frame.name, frame.fields["slot"]), ("WORKER_HUNG", 0))
            g.nothing_more()


class Loading(Case):
    def test_calls_and_the_list_wait(self):
        with Gateway(known=False) as g:
            g.initialize()
            g.send(rpc("tools/list", {}, "list"))
            g.send(rpc("tools/call", {"name": "one", "arguments": {"text": "1"}}, "c1"))
            g.send(rpc("tools/call", {"name": "two", "arguments": {"text": "2"}}, "c2"))
            g.send(rpc("tools/call", {"name": "none"}, "c3"))
            g.nothing_more(0.2)
            g.supervisor.send("COMPONENTS_KNOWN", count=2)
            g.component(1, LOADING)
            g.serve(0, [tool("one")])
            self.assertEqual(g.message()["id"], "c1")
            g.nothing_more(0.2)
            g.serve(1, [tool("two")])
            names = [t["name"] for t in g.response("list")["result"]["tools"]]
            self.assertEqual(names, sorted(SEEN_BY_ALL + ["one", "two"]))
            self.assertEqual(text_of(g.response("c2")), "2")
            self.refused(g.response("c3"), -32602)

    def test_the_list_does_not_wait_for_long(self):
        with Gateway(components=1) as g:
            g.initialize()
            begun = time.monotonic()
            self.assertEqual(len(g.request("tools/list")["result"]["tools"]), 3)
            self.assertGreater(time.monotonic() - begun, 1.0)
            begun = time.monotonic()
            g.request("tools/list")
            self.assertLess(time.monotonic() - begun, 0.5)

    def test_a_component_that_fails(self):
        with Gateway(components=1) as g:
            g.initialize()
            g.send(rpc("tools/call", {"name": "t"}, 5))
            g.component(0, FAILED, reason="it needs 20 MiB")
            self.refused(g.response(5), -32602)
            listed = json.loads(text_of(g.call("list-components")))
            self.assertEqual(listed["components"][0]["reason"], "it needs 20 MiB")

    def test_down_and_up(self):
        with Gateway(components=1) as g:
            w = g.serve(0, [tool("t")], answer=None, concurrency=1)
            g.initialize()
            g.send(rpc("tools/call", {"name": "t"}, "lost"))
            g.send(rpc("tools/call", {"name": "t", "arguments": {"text": "kept"}}, "kept"))
            w.next_call()
            w.close()
            self.failed(g.response("lost"), "ended during the call")
            g.component(0, DOWN)
            g.nothing_more(0.2)
            g.send(rpc("tools/call", {"name": "t", "arguments": {"text": "new"}}, "new"))
            g.component(0, READY)
            Worker(g, 0, echo)
            self.assertEqual(text_of(g.response("kept")), "kept")
            self.assertEqual(text_of(g.response("new")), "new")
            g.component(0, GONE)
            self.refused(g.call("t"), -32602)

    def test_unload_with_calls_queued(self):
        with Gateway(components=1) as g:
            w = g.serve(0, [tool("t")], answer=None, concurrency=1)
            g.initialize()
            g.send(rpc("tools/call", {"name": "t"}, 1001))
            g.send(rpc("tools/call", {"name": "t"}, 1002))
            begun = w.next_call().call
            g.component(0, GONE)
            self.failed(g.response(1002), "unloaded")
            w.result(begun, '"done"')  # what was begun is finished
            self.assertEqual(text_of(g.response(1001)), "done")
            self.assertIsNone(w.calls.recv())

    def test_a_new_version_takes_over_without_a_gap(self):
        with Gateway(components=1) as g:
            old = g.serve(0, [tool("t"), tool("gone")], answer=None, id="c", concurrency=1)
            g.initialize()
            g.send(rpc("tools/call", {"name": "t"}, "begun"))
            g.send(rpc("tools/call", {"name": "t", "arguments": {"text": "moved"}}, "queued"))
            g.send(rpc("tools/call", {"name": "gone"}, "no more"))
            begun = old.next_call().call
            g.serve(1, [tool("more"), tool("t")], id="c")
            self.failed(g.response("no more"), "replaced")
            self.assertEqual(text_of(g.response("queued")), "moved")
            self.assertEqual(text_of(g.call("t", {"text": "new"})), "new")
            g.component(0, GONE, id="c")
            old.result(begun, '"finished"')
            self.assertEqual(text_of(g.response("begun")), "finished")
            names = [t["name"] for t in g.request("tools/list")["result"]["tools"]]
            self.assertEqual(names.count("t"), 1)
            self.assertNotIn("c_t", names)

    def test_hung(self):
        with Gateway(components=2) as g:
            w = g.serve(0, [tool("t")], answer=None, wall_ms=100)
            g.serve(1, [tool("echo")])
            g.initialize()
            begun = time.monotonic()
            g.send(rpc("tools/call", {"name": "t"}, 5))
            w.next_call()
            self.assertEqual(text_of(g.call("echo", {"text": "others go on"})), "others go on")
            self.failed(g.response(5, timeout=8), "did not answer within its time limit")
            self.assertGreater(time.monotonic() - begun, 5.0)
            self.assertEqual(g.supervisor.recv().name, "WORKER_HUNG")


class HostileWorkers(Case):
    def attack(self, deed, part="broke the protocol", answers=True):
        """The deed costs the worker its channels; the client gets one answer, the other component works on."""
        with Gateway(components=2) as g:
            w = g.serve(0, [tool("t")], answer=None)
            g.serve(1, [tool("echo")])
            g.initialize()
            g.send(rpc("tools/call", {"name": "t"}, 5))
            deed(w, w.next_call().call)
            if answers:
                self.failed(g.response(5), part)
            frame = g.supervisor.recv()
            self.assertEqual((frame.name, frame.fields["slot"]), ("WORKER_HUNG", 0))
            self.assertEqual(text_of(g.call("echo", {"text": "still here"})), "still here")
            self.assertEqual(g.finish(), ([], 0))

    def test_frames(self):
        from frames import encode
        result, _ = encode("RESULT", 5, outcome=0, text="", value=b"1")
        for data in (b"\0", b"\xff" * 16, b"\0" * 16, result[:-1], result + b"\0", result[:6] + b"\1\0" + result[8:],
                     struct.pack("<IHHQ", 0, 0x9999, 0, 0), b"\xff" * 100000):
            self.attack(lambda w, call, data=data: w.calls.send_raw(data))

    def test_messages_of_others(self):
        self.attack(lambda w, call: w.calls.send("SHUTDOWN", reason=0))
        self.attack(lambda w, call: w.calls.send("ADMIN_DONE", call=call, ok=1, text=b""))
        self.attack(lambda w, call: w.calls.send("CALL", call=call, tool=0, deadline_ms=0, arguments=b"{}"))
        self.attack(lambda w, call: w.control.send("RESULT", call=call, outcome=0, text="", value=b"1"))

    def test_results_nobody_asked_for(self):
        for number in (0, 1 << 63, 0xffffffff, 1 << 32):
            self.attack(lambda w, call, number=number: w.result(call ^ number if number else 0, b"1"))

    def test_the_same_result_twice(self):
        def twice(w, call):
            w.result(call, b'"first"')
            w.result(call, b'"second"')

        with Gateway(components=1) as g:
            w = g.serve(0, [tool("t")], answer=None)
            g.initialize()
            g.send(rpc("tools/call", {"name": "t"}, 5))
            twice(w, w.next_call().call)
            self.assertEqual(text_of(g.response(5)), "first")
            self.assertEqual(g.supervisor.recv().name, "WORKER_HUNG")
            g.nothing_more()

    def test_a_result_for_anothers_call(self):
        with Gateway(components=2) as g:
            w = g.serve(0, [tool("mine")], answer=None)
            victim = g.serve(1, [tool("theirs")], answer=None)
            g.initialize()
            g.send(rpc("tools/call", {"name": "theirs"}, 5))
            call = victim.next_call().call
            w.result(call, b'"forged"')
            self.assertEqual(g.supervisor.recv().fields["slot"], 0)
            victim.result(call, b'"real"')
            self.assertEqual(text_of(g.response(5)), "real")

    def test_descriptors(self):
        from frames import encode

        def extra(w, call):
            data, _ = encode("RESULT", call, outcome=0, text="", value=b"1")
            w.calls.send_raw(data, [w.calls.fileno()])

        def unsealed(w, call):
            body = b"1" * 70000
            data, fds = encode("RESULT", call, outcome=0, text="", value=body)
            w.calls.send_raw(data, [memfd(body, seals=0)])

        def shorter(w, call):
            data, fds = encode("RESULT", call, outcome=0, text="", value=b"1" * 70000)
            w.calls.send_raw(data, [memfd(b"1" * 69999)])

        def missing(w, call):
            data, fds = encode("RESULT", call, outcome=0, text="", value=b"1" * 70000)
            w.calls.send_raw(data)

        def many(w, call):
            data, fds = encode("RESULT", call, outcome=0, text="", value=b"1")
            w.calls.send_raw(data, [w.calls.fileno()] * 200)

        for deed in (extra, unsealed, shorter, missing, many):
            self.attack(deed)

    def test_values_that_are_no_json(self):
        bad = [b"", b"{", b"\"a\nb\"", b"1 2", b"nan", b"\"\xff\"", b"\"\\ud800\"", b"[1]\n[2]", b"{\"a\":1,\"a\":2}", b"\"" + b"x" * 400000,
               b"\"" + b"x" * 400000 + b"\n\"", b"[" * 100000]
        with Gateway(components=1) as g:
            value = {}
            g.serve(0, [tool("t")], answer=lambda f: {"outcome": OK, "value": value["v"]})
            g.initialize()
            for v in bad:
                value["v"] = v
                self.failed(g.call("t"), "invalid result")
            value["v"] = b" \r\n{ \"a\" :\n[ 1 ,\r\n\"x y\"\n] }\n"  # white space is no harm, and does not come through
            answer = g.call("t")
            self.assertEqual(text_of(answer), '{"a":[1,"x y"]}')
            self.assertEqual(answer["result"]["structuredContent"], {"result": {"a": [1, "x y"]}})
            value["v"] = b"\n\"" + b"x" * 400000 + b"\"\r\n"
            self.assertEqual(len(text_of(g.call("t"))), 400000)

    def test_a_result_above_the_limit(self):
        with Gateway(components=1) as g:
            g.serve(0, [tool("t")], answer=lambda f: {"outcome": OK, "value": json.dumps("x" * 2000)}, result_max=1000)
            g.initialize()
            self.failed(g.call("t"), "1000 bytes")

    def test_a_worker_that_does_not_read(self):
        with Gateway(components=2) as g:
            w = g.serve(0, [tool("t")], answer=None, concurrency=1024)
            g.serve(1, [tool("echo")])
            g.initialize()
            big = "x" * 50000
            for i in range(100, 300):
                g.send(rpc("tools/call", {"name": "t", "arguments": {"text": big}}, i))
            self.assertEqual(text_of(g.call("echo", {"text": "others go on"})), "others go on")
            for _ in range(200):
                frame = w.next_call()
                w.result(frame.call, b'"r"')
            self.assertEqual(sorted(g.message()["id"] for _ in range(200)), list(range(100, 300)))

    def test_a_flood_of_channels_ends(self):
        with Gateway(components=1) as g:
            g.initialize()
            g.component(0, READY, [tool("echo")])
            for _ in range(200):
                last = Worker(g, 0)
            threading.Thread(target=last.serve, args=(echo,), daemon=True).start()
            self.assertEqual(text_of(g.call("echo", {"text": "x"})), "x")
            self.assertLess(len(os.listdir(f"/proc/{g.process.pid}/fd")), 40)


class Descriptions(Case):
    def listed(self, g):
        return {t["name"]: t for t in g.request("tools/list")["result"]["tools"]}

    def test_hostile_descriptions_are_refused(self):
        bad = [b"{", b"7", b"{\"tools\":7}", b"[7]", b"[{}]", [tool("")], [tool("a b")], [tool("x" * 129)], [tool("a\n")],
               [tool("a", callable=1)], [tool("a", inputSchema=7)], [tool("a", inputSchema={"type": "string"})],
               [tool("a", outputSchema=[])]]
        with Gateway(components=1) as g:
            g.initialize()
            for slot, d in enumerate(bad):
                g.supervisor.send("COMPONENT", slot=slot, state=READY, id=f"bad{slot}", wall_ms=1, concurrency=1,
                                  tools=d if isinstance(d, bytes) else json.dumps(d))
            g.component(50, READY, [tool("good")])
            self.assertEqual(sorted(self.listed(g)), sorted(SEEN_BY_ALL + ["good"]))
            states = {c["id"]: c["status"] for c in json.loads(text_of(g.call("list-components")))["components"]}
            self.assertEqual(states.pop("c50"), "ready")
            self.assertEqual(set(states.values()), {"failed"})

    def test_texts_are_cut_and_cleaned(self):
        nasty = "a\u202eb\x1b[31m\u200bc\U000e0041d\n" + "é" * 2000
        schema = {"type": "object", "properties": {"x": {"type": "string", "description": nasty, "enum": ["keep\u200bthis"]}}}
        with Gateway(components=1) as g:
            g.initialize()
            g.supervisor.send("COMPONENT", slot=0, state=READY, id="c", concurrency=1,
                              tools=json.dumps([tool("t", description=nasty, inputSchema=schema, icons=[{"src": "javascript:1"}],
                                                     annotations={"readOnlyHint": True})], indent=3))
            raw = g.request("tools/list")["result"]["tools"]
            t = next(t for t in raw if t["name"] == "t")
            self.assertEqual(set(t), {"name", "description", "inputSchema", "outputSchema"})
            for text in (t["description"], t["inputSchema"]["properties"]["x"]["description"]):
                self.assertTrue(text.startswith("ab[31mcd\né"), text[:20])
                self.assertLessEqual(len(text.encode()), 1024)
            self.assertEqual(t["inputSchema"]["properties"]["x"]["enum"], ["keep\u200bthis"])

    def test_names_are_never_shadowed(self):
        with Gateway(components=4) as g:
            g.initialize()
            g.serve(0, [tool("fetch"), tool("own")], answer=lambda f: {"outcome": OK, "value": '"A"'}, id="a")
            self.assertEqual(text_of(g.call("fetch")), "A")
            g.serve(1, [tool("fetch"), tool("get-policy"), tool("load-component")], answer=lambda f: {"outcome": OK, "value": '"B"'}, id="b")
            g.serve(2, [tool("a_fetch"), tool("x" * 128)], answer=lambda f: {"outcome": OK, "value": '"C"'}, id="c")
            g.serve(3, [tool("x" * 128), tool("b/fetch".replace("/", "."))], answer=lambda f: {"outcome": OK, "value": '"D"'}, id="d/d")
            names = self.listed(g)
            self.assertTrue({"b_fetch", "own", "b_get-policy", "b_load-component", "get-policy"} <= set(names), names)
            self.assertNotIn("fetch", names)
            self.assertNotIn("load-component", names)
            self.assertEqual(len(names), 3 + 9)
            self.assertTrue(all(len(n) <= 128 for n in names))
            self.assertEqual(text_of(g.call("b_fetch")), "B")
            self.refused(g.call("fetch"), -32602)
            shown = {}
            for n in names:
                if n not in SEEN_BY_ALL:
                    shown.setdefault(text_of(g.call(n)), []).append(n)
            self.assertEqual({k: len(v) for k, v in shown.items()}, {"A": 2, "B": 3, "C": 2, "D": 2})
            g.component(1, GONE)
            self.assertIn("fetch", self.listed(g))  # alone again

    def test_pages(self):
        with Gateway(components=2) as g:
            g.initialize()
            g.component(0, READY, [tool(f"tool-{i:03}") for i in range(250)])
            g.component(1, READY, [tool("zz")])
            names, cursors, cursor = [], [], None
            while True:
                r = g.request("tools/list", {"cursor": cursor} if cursor else {})["result"]
                names += [t["name"] for t in r["tools"]]
                self.assertLessEqual(len(r["tools"]), 100)
                cursor = r.get("nextCursor")
                if cursor is None:
                    break
                cursors.append(cursor)
            self.assertEqual(names, sorted(names))
            self.assertEqual(len(names), 254)
            self.assertEqual(len(cursors), 2)
            again = g.modern("tools/list", {"cursor": cursors[0]})["result"]
            self.assertEqual(again["tools"][0]["name"], names[100])
            for bad in (cursors[0][:-1], "A" + cursors[0][1:], cursors[0] + "A", "x" * 5000):
                self.refused(g.request("tools/list", {"cursor": bad}), -32602)
            g.component(1, GONE)
            self.refused(g.request("tools/list", {"cursor": cursors[0]}), -32602)

    def test_ten_thousand_tools(self):
        with Gateway(components=1) as g:
            g.serve(0, [tool(f"t{i}") for i in range(10000)], answer=lambda f: {"outcome": OK, "value": str(f.fields["tool"])})
            g.initialize()
            self.assertEqual(text_of(g.call("t7777")), "7777")


class Notifications(Case):
    def test_list_changed_legacy(self):
        with Gateway(components=1) as g:
            g.serve(0, [tool("one")])
            g.initialize()
            g.request("tools/list")
            g.nothing_more(0.2)
            g.component(1, READY, [tool("two")])
            self.assertEqual(g.message(), rpc("notifications/tools/list_changed"))
            g.component(0, DOWN)
            g.component(0, READY)
            g.component(0, READY, [tool("one")])
            g.nothing_more(0.2)  # a restart is no change of the list
            g.component(0, GONE)
            self.assertEqual(g.message()["method"], "notifications/tools/list_changed")

    def test_subscriptions(self):
        with Gateway(components=0) as g:
            g.send(rpc("subscriptions/listen", {"_meta": META, "notifications": {"toolsListChanged": True, "promptsListChanged": True}}, "s1"))
            self.assertEqual(g.message(), rpc("notifications/subscriptions/acknowledged",
                                              {"_meta": {"io.modelcontextprotocol/subscriptionId": "s1"}, "notifications": {"toolsListChanged": True}}))
            g.send(rpc("subscriptions/listen", {"_meta": META, "notifications": {}}, 2))
            self.assertEqual(g.message()["params"]["notifications"], {})
            g.component(0, READY, [tool("one")])
            self.assertEqual(g.message(), rpc("notifications/tools/list_changed", {"_meta": {"io.modelcontextprotocol/subscriptionId": "s1"}}))
            g.nothing_more(0.2)
            g.send(rpc("notifications/cancelled", {"requestId": 2}))
            self.refused(g.request("subscriptions/listen", {"_meta": META}), -32602)
            for i in range(10, 25):
                g.send(rpc("subscriptions/listen", {"_meta": META, "notifications": {}}, i))
                g.message()
            self.refused(g.request("subscriptions/listen", {"_meta": META, "notifications": {}}), -32603)
            rest, status = g.finish()
            self.assertEqual(status, 0)
            self.assertEqual({r["id"] for r in rest}, {"s1", *range(10, 25)})
            self.assertTrue(all(r["result"]["resultType"] == "complete" for r in rest))

    def test_progress(self):
        with Gateway(components=1) as g:
            w = g.serve(0, [tool("t")], answer=None)
            g.initialize()
            g.send(rpc("tools/call", {"name": "t", "_meta": {"progressToken": "p-1"}}, 5))
            frame = w.next_call()
            time.sleep(3.5)
            w.result(frame.call, b'"done"')
            answer = g.response(5)
            self.assertEqual(text_of(answer), "done")
            values = [m["params"]["progress"] for m in g.unread]
            self.assertTrue(all(m["params"]["progressToken"] == "p-1" for m in g.unread))
            self.assertIn(len(values), (2, 3))
            self.assertEqual(values, sorted(set(values)))
            g.unread = []
            g.nothing_more(1.5)

    def test_log_messages(self):
        with Gateway(components=0) as g:
            g.initialize()
            g.component(0, FAILED, reason="quiet")
            g.nothing_more(0.2)
            self.assertEqual(g.request("logging/setLevel", {"level": "error"})["result"], {})
            g.component(1, READY, [tool("t")], id="fine")
            g.component(0, FAILED, reason="bad\x1b header")
            log = g.message()
            self.assertEqual(log["params"]["level"], "error")
            self.assertIn("c0", log["params"]["data"])
            self.assertNotIn("\x1b", log["params"]["data"])
            g.nothing_more(0.2)


GRANT = {"component_id": "c", "details": {"uri": "fs:///srv/data/**", "access": ["read", "write"]}}
ELICIT = {"elicitation": {}}


class Management(Case):
    def admin(self, g, ok=1, text=b""):
        frame = g.supervisor.recv()
        self.assertEqual(frame.name, "ADMIN")
        g.supervisor.send("ADMIN_DONE", call=frame.call, ok=ok, text=text)
        return frame.fields["verb"], frame.fields["id"].decode(), frame.fields["one"].decode(), frame.fields["two"].decode()

    def ask(self, g, name, arguments, id=70):
        g.send(rpc("tools/call", {"name": name, "arguments": arguments}, id))
        return g.message()

    def test_off_by_default(self):
        with Gateway() as g:
            g.initialize(capabilities=ELICIT)
            self.assertEqual([t["name"] for t in g.request("tools/list")["result"]["tools"]], SEEN_BY_ALL)
            for name in MANAGEMENT:
                self.refused(g.call(name, GRANT), -32602)
        with Gateway(management=1) as g:
            g.initialize()
            self.assertEqual([t["name"] for t in g.request("tools/list")["result"]["tools"]], sorted(SEEN_BY_ALL + MANAGEMENT))

    def test_bad_arguments(self):
        rows = [("grant-storage-permission", {}), ("grant-storage-permission", {"component_id": "c"}),
                ("grant-storage-permission", {"component_id": "c", "details": {"uri": "fs://x"}}),
                ("grant-storage-permission", {"component_id": "c", "details": {"uri": "fs://x", "access": []}}),
                ("grant-storage-permission", {"component_id": "c", "details": {"uri": "fs://x", "access": ["exec"]}}),
                ("grant-storage-permission", {"component_id": "", "details": {"uri": "fs://x", "access": ["read"]}}),
                ("grant-storage-permission", {"component_id": "c", "details": {"uri": "fs://x", "access": ["read"], "more": 1}}),
                ("grant-network-permission", {"component_id": "c", "details": {"host": 7}}),
                ("grant-network-permission", {"component_id": "c", "details": {"host": "x" * 5000}}),
                ("reset-permission", {"component_id": "c", "force": True}), ("load-component", {}), ("unload-component", {"id": 1}),
                ("list-components", {"all": 1}), ("search-components", {"query": 1}), ("get-policy", {})]
        with Gateway(management=1) as g:
            g.initialize(capabilities=ELICIT)
            for name, arguments in rows:
                self.failed(g.call(name, arguments), "Error: ")
            g.nothing_more(0.1)

    def test_without_elicitation(self):
        with Gateway(management=1) as g:
            g.initialize()
            self.failed(g.call("grant-storage-permission", GRANT),
                        "postern permission grant storage 'c' 'fs:///srv/data/**' --access read,write")
            self.failed(g.call("load-component", {"path": "it's.wasm"}), "postern component load 'it'\\''s.wasm'")
            answer = g.modern("tools/call", {"name": "grant-network-permission", "arguments": {"component_id": "c", "details": {"host": "x.test"}}})
            self.refused(answer, -32021)
            self.assertIn("elicitation", answer["error"]["data"]["requiredCapabilities"])
            self.assertIn("postern permission grant network 'c' 'x.test'", answer["error"]["message"])
            answer = g.modern("tools/call", {"name": "load-component", "arguments": {"path": "x"}}, {"elicitation": {"url": {}}})
            self.refused(answer, -32021)

    def test_legacy_consent(self):
        with Gateway(management=1) as g:
            g.initialize(capabilities=ELICIT)
            question = self.ask(g, "grant-storage-permission", GRANT)
            self.assertEqual(question["method"], "elicitation/create")
            self.assertEqual(question["params"]["requestedSchema"], {"type": "object", "properties": {}})
            for part in ('"c"', "read and change", "fs:///srv/data/**"):
                self.assertIn(part, question["params"]["message"])
            g.send({"jsonrpc": "2.0", "id": question["id"], "result": {"action": "accept", "content": {}}})
            self.assertEqual(self.admin(g), (4, "c", "fs:///srv/data/**", "read,write"))
            self.assertEqual(json.loads(text_of(g.response(70))),
                             {"status": "permission granted successfully", "component_id": "c", "permission_type": "storage",
                              "details": GRANT["details"]})
            g.send({"jsonrpc": "2.0", "id": question["id"], "result": {"action": "accept"}})  # once is enough
            for reply in ({"result": {"action": "decline"}}, {"result": {"action": "cancel"}}, {"result": {}}, {"result": "accept"},
                          {"error": {"code": -1, "message": "x"}}, {"result": {"action": ["accept"]}}):
                question = self.ask(g, "grant-network-permission", {"component_id": "c", "details": {"host": "x.test"}})
                g.send({"jsonrpc": "2.0", "id": question["id"], **reply})
                self.failed(g.response(70), "did not accept")
            for id in ("postern-consent-0", "postern-consent-99999999999", "postern-consent-", "x", 5):
                g.send({"jsonrpc": "2.0", "id": id, "result": {"action": "accept"}})
            g.nothing_more(0.2)
            with self.assertRaises(TimeoutError):
                g.supervisor.recv(timeout=0.2)

    def test_the_question_shows_what_is_there(self):
        with Gateway(management=1) as g:
            g.initialize(capabilities=ELICIT)
            question = self.ask(g, "grant-network-permission", {"component_id": "c\u202e", "details": {"host": "a.test\u200b\"? Harmless."}})
            self.assertNotIn("\u202e", question["params"]["message"])
            self.assertNotIn("\u200b", question["params"]["message"])

    def test_cancelled_while_asking(self):
        with Gateway(management=1) as g:
            g.initialize(capabilities=ELICIT)
            question = self.ask(g, "load-component", {"path": "/x.wasm"})
            g.send(rpc("notifications/cancelled", {"requestId": 70}))
            self.assertEqual(g.message()["params"]["requestId"], question["id"])
            g.send({"jsonrpc": "2.0", "id": question["id"], "result": {"action": "accept"}})
            g.nothing_more(0.2)
            for i in range(17):
                g.send(rpc("tools/call", {"name": "load-component", "arguments": {"path": "/x.wasm"}}, 100 + i))
            self.failed(g.response(116), "too many questions")
            rest, _ = g.finish()
            self.assertEqual({m["id"] for m in rest if "result" in m}, set(range(100, 116)))

    def test_load_tells_of_the_change_first(self):
        with Gateway(management=1) as g:
            g.initialize(capabilities=ELICIT)
            question = self.ask(g, "load-component", {"path": "/srv/new.wasm"})
            self.assertIn("/srv/new.wasm", question["params"]["message"])
            g.send({"jsonrpc": "2.0", "id": question["id"], "result": {"action": "accept"}})
            frame = g.supervisor.recv()
            self.assertEqual((frame.fields["verb"], frame.fields["id"]), (1, b"/srv/new.wasm"))
            g.component(0, READY, [tool("fresh")], id="new")
            g.supervisor.send("ADMIN_DONE", call=frame.call, ok=1, text=b'{"id":"new","reloaded":false}')
            self.assertEqual(g.message(), rpc("notifications/tools/list_changed"))
            self.assertEqual(json.loads(text_of(g.message())), {"status": "component loaded successfully", "id": "new", "tools": ["fresh"]})
            g.send(rpc("tools/call", {"name": "unload-component", "arguments": {"id": "new"}}, 71))
            frame = g.supervisor.recv()
            g.component(0, GONE, id="new")
            g.supervisor.send("ADMIN_DONE", call=frame.call, ok=1, text=b"")
            self.assertEqual(g.message()["method"], "notifications/tools/list_changed")
            self.assertEqual(json.loads(text_of(g.message())), {"status": "component unloaded successfully", "id": "new"})

    def test_the_others(self):
        with Gateway(management=1) as g:
            g.initialize()
            rows = [("revoke-storage-permission", {"uri": "fs://a"}, 7, "storage"), ("revoke-network-permission", {"host": "h"}, 8, "network"),
                    ("revoke-environment-variable-permission", {"key": "K"}, 9, "environment")]
            for name, details, verb, kind in rows:
                g.send(rpc("tools/call", {"name": name, "arguments": {"component_id": "c", "details": details}}, 70))
                self.assertEqual(self.admin(g), (verb, "c", list(details.values())[0], ""))
                self.assertEqual(json.loads(text_of(g.response(70))), {"status": "permission revoked", "component_id": "c",
                                                                      "permission_type": kind, "details": details})
            g.send(rpc("tools/call", {"name": "reset-permission", "arguments": {"component_id": "c"}}, 71))
            self.assertEqual(self.admin(g)[0], 10)
            self.assertEqual(json.loads(text_of(g.response(71)))["status"], "permissions reset successfully")
            g.send(rpc("tools/call", {"name": "get-policy", "arguments": {"component_id": "c"}}, 72))
            self.assertEqual(self.admin(g, text=b'{"version":"1.0"}')[0], 3)
            self.assertEqual(json.loads(text_of(g.response(72))), {"status": "policy found", "component_id": "c", "policy_info": {"version": "1.0"}})
            for none in (b"", b'{"status":"no policy found","yaml":""}\n'):
                g.send(rpc("tools/call", {"name": "get-policy", "arguments": {"component_id": "c"}}, 73))
                self.admin(g, text=none)
                self.assertEqual(json.loads(text_of(g.response(73))), {"status": "no policy found", "component_id": "c"})
            g.send(rpc("tools/call", {"name": "unload-component", "arguments": {"id": "../../x"}}, 74))
            self.assertEqual(self.admin(g, ok=0, text=b"no component has that id"), (2, "../../x", "", ""))
            self.failed(g.response(74), "Error: no component has that id")

    def retry(self, g, first, arguments=None, name="grant-storage-permission", responses=None, state=None, caps=None):
        return g.modern("tools/call", {"name": name, "arguments": arguments or GRANT,
                                       "inputResponses": responses if responses is not None else {"consent": {"action": "accept"}},
                                       "requestState": state or first["requestState"]}, ELICIT if caps is None else caps)

    def test_stateless_consent(self):
        with Gateway(management=1) as g:
            first = g.modern("tools/call", {"name": "grant-storage-permission", "arguments": GRANT}, ELICIT)["result"]
            self.assertEqual(first["resultType"], "input_required")
            self.assertEqual(first["inputRequests"]["consent"]["method"], "elicitation/create")
            self.assertIn("fs:///srv/data/**", first["inputRequests"]["consent"]["params"]["message"])
            state = first["requestState"]
            other = {"component_id": "c", "details": {"uri": "fs:///**", "access": ["read"]}}
            self.refused(self.retry(g, first, other), -32602)
            self.refused(self.retry(g, first, state="A" + state[1:] if state[0] != "A" else "B" + state[1:]), -32602)
            self.refused(self.retry(g, first, state=state[:-4]), -32602)
            network = {"component_id": "c", "details": {"host": "fs:///srv/data/**"}}
            self.refused(self.retry(g, first, network, "grant-network-permission"), -32602)
            again = self.retry(g, first, responses={"other": {"action": "accept"}})["result"]
            self.assertEqual(again["resultType"], "input_required")  # the missing input is asked for again
            self.refused(self.retry(g, first, caps={}), -32021)
            with self.assertRaises(TimeoutError):
                g.supervisor.recv(timeout=0.1)
            answer = {}
            t = threading.Thread(target=lambda: answer.update(self.retry(g, first)))
            t.start()
            self.assertEqual(self.admin(g), (4, "c", "fs:///srv/data/**", "read,write"))
            t.join()
            self.assertEqual(answer["result"]["resultType"], "complete")
            self.refused(self.retry(g, first), -32602)  # good for one use
            first = g.modern("tools/call", {"name": "grant-storage-permission", "arguments": GRANT}, ELICIT)["result"]
            declined = self.retry(g, first, responses={"consent": {"action": "decline"}})
            self.failed(declined, "did not accept")

    def test_shapes_of_the_lists(self):
        with Gateway(components=2) as g:
            g.serve(0, [tool("get-rain", description="Rain in mm"), tool("odd", callable=False, reason="resource")], id="weather")
            g.component(1, LOADING, id="slow")
            g.initialize()
            listed = json.loads(text_of(g.call("list-components")))
            self.assertEqual(listed["total"], 2)
            weather = listed["components"][0]
            self.assertEqual((weather["id"], weather["tools_count"], weather["status"]), ("weather", 2, "ready"))
            self.assertEqual([t["name"] for t in weather["schema"]["tools"]], ["get-rain", "odd"])
            self.assertEqual(weather["schema"]["tools"][1]["reason"], "resource")
            for query, total in (("RAIN in", 1), ("weath", 1), ("get-", 1), ("zzz", 0), ("", 2), ("slow", 1)):
                self.assertEqual(json.loads(text_of(g.call("search-components", {"query": query})))["total"], total, query)


class Confinement(Case):
    def test_confined(self):
        with Gateway() as g, open(f"/proc/{g.process.pid}/status", encoding="ascii") as f:
            status = dict(line.split(":\t", 1) for line in f.read().splitlines() if ":\t" in line)
            self.assertEqual((status["Seccomp"], status["NoNewPrivs"], int(status["CapEff"], 16)), ("2", "1", 0))


class Ending(Case):
    def test_answers_come_before_the_end(self):
        with Gateway(components=1) as g:
            def slow(frame):
                time.sleep(0.05)
                return echo(frame)
            g.serve(0, [tool("t")], slow, concurrency=2)
            g.initialize()
            for i in range(10, 30):
                g.send(rpc("tools/call", {"name": "t", "arguments": {"text": "x"}}, i))
            g.write(json.dumps(rpc("ping", id="last")).encode())  # no newline
            rest, status = g.finish()
            self.assertEqual(status, 0)
            self.assertEqual(sorted(str(m["id"]) for m in rest), sorted([str(i) for i in range(10, 30)] + ["last"]))

    def test_a_call_that_does_not_end(self):
        with Gateway(components=2) as g:
            g.serve(0, [tool("t")], answer=None)
            g.initialize()
            g.send(rpc("tools/call", {"name": "t"}, 10))
            g.send(rpc("tools/call", {"name": "unknown yet"}, 11))
            begun = time.monotonic()
            rest, status = g.finish()
            self.assertLess(time.monotonic() - begun, 7)
            self.assertEqual(sorted(m["id"] for m in rest), [10, 11])

    def test_supervisor_goes(self):
        with Gateway(components=1) as g:
            g.serve(0, [tool("t")], answer=None)
            g.initialize()
            g.send(rpc("tools/call", {"name": "t"}, 10))
            time.sleep(0.1)
            g.supervisor.close()
            self.failed(g.response(10), "ending")
            self.assertIsNone(g.message())
            self.assertEqual(g.process.wait(5), 1)

    def test_shutdown(self):
        with Gateway(components=1) as g:
            g.serve(0, [tool("t")], answer=None)
            g.initialize()
            g.send(rpc("tools/call", {"name": "t"}, 10))
            g.request("ping")
            g.supervisor.send("SHUTDOWN", reason=0)
            self.failed(g.response(10), "ending")
            self.assertEqual(g.supervisor.recv().name, "DONE")
            self.assertEqual(g.process.wait(5), 0)

    def test_client_closes_its_reading_end(self):
        with Gateway(components=1) as g:
            g.serve(0, [tool("echo")])
            g.initialize()
            g.process.stdout.close()
            g.send(rpc("ping", id=1))
            self.assertEqual(g.supervisor.recv().name, "DONE")
            g.process.wait(5)

    def test_input_from_a_file(self):
        with tempfile.TemporaryFile() as f:
            for msg in (rpc("initialize", {"protocolVersion": "2025-06-18", "capabilities": {}}, 1), rpc("notifications/initialized"),
                        rpc("tools/call", {"name": "echo", "arguments": {"text": "f"}}, 2)):
                f.write(json.dumps(msg).encode() + b"\n")
            f.flush()
            f.seek(0)
            with Gateway(components=1, stdin=f) as g:
                g.serve(0, [tool("echo")])
                self.assertEqual(text_of(g.response(2)), "f")
                self.assertEqual(g.supervisor.recv().name, "DONE")

    def test_descriptors_are_handed_back_blocking(self):
        with Gateway() as g:
            g.initialize()
            g.finish()
            self.assertTrue(os.get_blocking(g.process.stdout.fileno()))


@unittest.skipUnless(os.environ.get("MCP_SCHEMAS"), "MCP_SCHEMAS is not set")
class Schemas(Case):
    def load(self, revision):
        import jsonschema
        with open(os.path.join(os.environ["MCP_SCHEMAS"], revision + ".json"), encoding="utf-8") as f:
            schema = json.load(f)
        defs = "$defs" if "$defs" in schema else "definitions"
        def check(value, name):
            jsonschema.validate(value, {**schema, "$ref": f"#/{defs}/{name}"})
        return check, set(schema[defs])

    def session(self, g, check, names, request):
        r = request("tools/list")
        check(r["result"], "ListToolsResult")
        for args in ({"text": "s"}, {"text": {"a": [1, None]}}):
            r = request("tools/call", {"name": "echo", "arguments": args})
            check(r["result"], "CallToolResult")
            check(r, "JSONRPCResultResponse" if "JSONRPCResultResponse" in names else "JSONRPCResponse")
        r = request("tools/call", {"name": "list-components"})
        check(r["result"], "CallToolResult")
        for method, params in (("no/such", {}), ("tools/call", {"name": "none"}), ("tools/list", {"cursor": "x"})):
            check(request(method, params), "JSONRPCErrorResponse" if "JSONRPCErrorResponse" in names else "JSONRPCError")

    def test_legacy(self):
        for revision in ("2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25"):
            check, names = self.load(revision)
            with Gateway(components=1, management=1) as g:
                w = g.serve(0, [tool("echo"), tool("slow")], lambda f: echo(f) if f.fields["tool"] == 0 else None)
                check(g.initialize(revision, ELICIT), "InitializeResult")
                self.session(g, check, names, g.request)
                g.request("logging/setLevel", {"level": "debug"})
                g.component(1, READY, [tool("more")])
                for _ in range(2):
                    m = g.message()
                    check(m, {"notifications/message": "LoggingMessageNotification", "notifications/tools/list_changed":
                              "ToolListChangedNotification"}[m["method"]])
                g.send(rpc("tools/call", {"name": "slow", "_meta": {"progressToken": 4}}, 600))
                check(g.message(), "ProgressNotification")
                if revision >= "2025-06-18":
                    g.send(rpc("tools/call", {"name": "load-component", "arguments": {"path": "x"}}, 601))
                    while (m := g.message())["method"] != "elicitation/create":
                        pass
                    check(m, "ElicitRequest")
                    check(m, "JSONRPCRequest")
                    g.send(rpc("notifications/cancelled", {"requestId": 601}))
                    while (m := g.message())["method"] != "notifications/cancelled":
                        pass
                    check(m, "CancelledNotification")

    def test_stateless(self):
        check, names = self.load("2026-07-28")
        with Gateway(components=1, management=1) as g:
            g.serve(0, [tool("echo")])
            check(g.modern("server/discover")["result"], "DiscoverResult")
            self.session(g, check, names, g.modern)
            check(g.modern("tools/call", {"name": "load-component", "arguments": {"path": "x"}}), "MissingRequiredClientCapabilityError")
            check(g.modern("tools/call", {"name": "load-component", "arguments": {"path": "x"}}, ELICIT)["result"], "InputRequiredResult")
            check(g.request("tools/list", {"_meta": {**META, "io.modelcontextprotocol/protocolVersion": "1"}}), "UnsupportedProtocolVersionError")
            g.send(rpc("subscriptions/listen", {"_meta": META, "notifications": {"toolsListChanged": True}}, 9000))
            check(g.message(), "SubscriptionsAcknowledgedNotification")
            g.component(1, READY, [tool("more")])
            check(g.message(), "ToolListChangedNotification")
            rest, _ = g.finish()
            check(rest[0]["result"], "SubscriptionsListenResult")


if __name__ == "__main__":
    if len(sys.argv) > 1 and os.path.isfile(sys.argv[1]):
        gateway_harness.BINARY = sys.argv.pop(1)
    unittest.main(verbosity=1)
