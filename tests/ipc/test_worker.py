#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""postern-worker and postern-compiler with a supervisor and a gateway that break the rules: each must end, and never serve.

    POSTERN_BUILD=build tests/tap.py tests/ipc/test_worker.py"""
import hashlib
import json
import os
import subprocess
import sys
import time
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "e2e"))
import harness  # noqa: E402
from frames import Channel, encode, memfd  # noqa: E402

# Started by a test, a role has no namespaces; what it can do alone (system calls, Landlock) it does.
ENV = {"POSTERN_ALLOW_DEGRADED": "userns,pidns,netns,mountns,ipcns,utsns,cgroupns,uid"}
OK, TOOL_ERROR, ARGUMENTS, LIMIT, TRAP, CANCELLED, INTERNAL = range(7)
CALLS, CONTROL, EGRESS = 1, 2, 3


class Role:
    def __init__(self, role):
        self.chan, theirs = Channel.pair()
        fd = theirs.fileno()
        self.p = subprocess.Popen([os.path.join(harness.BUILD, "src", "roles", role, "postern-" + role), "5"], env=ENV, pass_fds=(3,),
                                  preexec_fn=lambda: os.dup2(fd, 3), stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        theirs.close()

    def ends(self, timeout=15):
        try:
            return self.p.wait(timeout)
        finally:
            self.p.kill()
            self.p.wait()
            self.chan.close()


class Compiled:
    """What the compiler role makes of a guest: asked once for all tests."""
    known = {}

    @classmethod
    def get(cls, name):
        if name not in cls.known:
            with open(harness.guest(name), "rb") as f:
                cls.known[name] = cls.make(f.read())
        return cls.known[name]

    @staticmethod
    def make(data):
        r = Role("compiler")
        fd = memfd(data)
        r.chan.send("COMPILE_START", size_max=64 << 20 if len(data) == 0 else len(data), name_max=128, fd=fd)
        os.close(fd)
        while (f := r.chan.recv(60)) is not None and f.name == "COMPILE_PROGRESS":
            pass
        if f is not None and f.name == "COMPILE_DONE":
            code = os.pread(f.fd, f.fields["size"], 0)
            os.close(f.fd)
            r.ends()
            return code, len(json.loads(f.fields["tools"])["tools"])
        status = r.ends()
        return f, status


class Worker(Role):
    def __init__(self, guest="echo", policy=None, **change):
        super().__init__("worker")
        code, tools = Compiled.get(guest)
        self.start = {"slot": 5, "id": "t", "artefact": hashlib.blake2b(code, digest_size=32).digest(), "tool_count": tools,
                      "granted_env": "{}", "never": "", "policy": policy if policy is not None else harness.policy(), **change}
        self.code = code
        self.calls = self.control = None

    def begin(self):
        fd = memfd(self.code)
        self.chan.send("WORKER_START", fd=fd, **self.start)
        os.close(fd)
        return self

    def link(self, kind, index=0):
        ours, theirs = Channel.pair()
        theirs.setblocking(False)
        self.chan.send("LINK", kind=kind, slot=5, index=index, fd=theirs.fileno())
        theirs.close()
        return ours

    def linked(self):
        self.begin()
        self.calls, self.control = self.link(CALLS), self.link(CONTROL)
        return self

    def stop(self):
        """As the supervisor and the gateway end a worker together."""
        self.chan.send("SHUTDOWN", reason=0)
        self.calls.close()
        return self.ends()

    def up(self):
        self.linked()
        f = self.chan.recv(15)
        if f is None or f.name != "READY":
            raise AssertionError(f)
        return self

    def call(self, number, **arguments):
        self.calls.send("CALL", call=number, tool=0, arguments=json.dumps(arguments))

    def echo(self, number=1):
        self.call(number, text="still here")
        f = self.calls.recv()
        assert (f.name, f.call, f.fields["outcome"], f.fields["value"]) == ("RESULT", number, OK, b'"still here"'), f


class Case(unittest.TestCase):
    def never_serves(self, w, category=None):
        """FAILED or nothing at all, then the end."""
        f = w.chan.recv(15)
        if f is not None:
            self.assertEqual(f.name, "FAILED")
            if category is not None:
                self.assertEqual(f.fields["category"], category, f)
        self.assertNotEqual(w.ends(), 0)


class Start(Case):
    def test_normal(self):
        w = Worker().up()
        w.echo()
        self.assertEqual(w.stop(), 0)

    def test_not_started_by_postern(self):
        r = subprocess.run([os.path.join(harness.BUILD, "src/roles/worker/postern-worker"), "1"], capture_output=True, timeout=10)
        self.assertEqual(r.returncode, 2)

    def test_code_that_was_not_sealed_by_the_store(self):
        self.never_serves(Worker(artefact=b"\1" * 32).linked(), 2)
        w = Worker()
        w.code = w.code[:5000] + bytes([w.code[5000] ^ 1]) + w.code[5001:]
        self.never_serves(w.linked(), 2)

    def test_bad_start_messages(self):
        for change in ({"policy": "version: ["}, {"policy": "version: '1.0'\npermissions: {}\nunknown: 1\n"}, {"granted_env": "[1]"},
                       {"granted_env": "{"}, {"granted_env": '{"A":1}'}, {"tool_count": 7}, {"policy": ""}):
            with self.subTest(change=change):
                w = Worker(**change)
                if change == {"policy": ""}:
                    w.start["granted_env"] = '{"A":"\\u0000"}'
                self.never_serves(w.begin())

    def test_no_code(self):
        w = Worker()
        w.chan.send("WORKER_START", **w.start)
        self.never_serves(w)

    def test_other_messages_first(self):
        for send in (lambda w: w.chan.send("SHUTDOWN", reason=0), lambda w: w.chan.send("LINK", kind=1, slot=5, fd=w.chan.fileno()),
                     lambda w: w.chan.send("CALL", tool=0, arguments="{}"), lambda w: w.chan.send("EGRESS_START"),
                     lambda w: w.chan.send_raw(b"\0"), lambda w: w.chan.send_raw(b"\xff" * 60000),
                     lambda w: w.chan.send_raw(encode("WORKER_START", **w.start)[0][:-3]),
                     lambda w: w.chan.send_raw(encode("WORKER_START", **w.start)[0], [w.chan.fileno()] * 9)):
            w = Worker()
            send(w)
            self.never_serves(w)

    def test_links_that_make_no_sense(self):
        for links in ([(CALLS, 0), (CALLS, 0)], [(EGRESS, 0), (EGRESS, 0)], [(EGRESS, 999), (CALLS, 0)], [(7, 0), (CALLS, 0)],
                      [(CONTROL, 0), (CONTROL, 0)]):
            w = Worker().begin()
            keep = []
            try:
                keep = [w.link(*one) for one in links]
            except OSError:
                pass
            self.never_serves(w)
            for ch in keep:
                ch.close()

    def test_supervisor_that_goes_away(self):
        w = Worker()
        w.chan.close()
        self.assertNotEqual(w.ends(), 0)
        w = Worker().begin()
        w.chan.close()
        self.assertNotEqual(w.ends(), 0)
        w = Worker().up()
        w.chan.close()
        self.assertIsNotNone(w.ends())


class Calls(Case):
    def test_frames_from_the_wrong_peer_end_it(self):
        for send in (lambda w: w.calls.send("RESULT", call=1), lambda w: w.calls.send("SHUTDOWN"), lambda w: w.calls.send_raw(b"\0"),
                     lambda w: w.calls.send_raw(encode("CALL", 1, tool=0, arguments="{}")[0][:-1]),
                     lambda w: w.calls.send_raw(encode("CALL", 1, tool=0, arguments="{}")[0] + b"\0"),
                     lambda w: w.calls.send_raw(encode("CALL", 1, tool=0, arguments="{}")[0], [0]),
                     lambda w: w.calls.send_raw(encode("CALL", 1, tool=0, arguments=b"x" * 70000)[0]),
                     lambda w: w.calls.send_raw(encode("CALL", 1, tool=0, arguments=b"x" * 70000)[0], [memfd(b"x" * 70000, 0)])):
            w = Worker().up()
            send(w)
            self.assertIsNotNone(w.ends())

    def test_unknown_tools_and_wild_arguments(self):
        w = Worker().up()
        for n, tool in enumerate((1, 1000, 0xffffffff), 10):
            w.calls.send("CALL", call=n, tool=tool, arguments="{}")
            f = w.calls.recv()
            self.assertEqual((f.name, f.call), ("RESULT", n))
            self.assertNotEqual(f.fields["outcome"], OK)
        for n, text in enumerate(("", "{", "[]", "1", '{"text":1}', '{"text":"\\ud800"}', '{"text":"a","text":"b"}', "[" * 100000, "\xff"), 20):
            w.calls.send("CALL", call=n, tool=0, arguments=text.encode("latin-1"))
            f = w.calls.recv()
            self.assertEqual((f.call, f.fields["outcome"]), (n, ARGUMENTS), text[:20])
        w.echo(99)
        self.assertIsNone(w.p.poll())
        w.stop()

    def test_huge_arguments(self):
        w = Worker().up()
        w.calls.send("CALL", call=1, tool=0, arguments=json.dumps({"text": "x" * (15 << 20)}))
        self.assertEqual(w.calls.recv(30).fields["outcome"] in (LIMIT, TRAP), True)
        w.echo(2)
        w.calls.send("CALL", call=3, tool=0, arguments=b" " * ((16 << 20) + 1))
        self.assertIsNotNone(w.ends())

    def test_two_calls_with_one_number(self):
        w = Worker().up()
        w.call(7, text="a")
        w.call(7, text="b")
        self.assertEqual(sorted((w.calls.recv().fields["value"], w.calls.recv().fields["value"])), [b'"a"', b'"b"'])
        w.echo()
        self.assertEqual(w.stop(), 0)

    def test_cancel_storm(self):
        w = Worker("spin", harness.policy(limits={"fuel": 10**12})).up()
        for n in range(3000):
            w.control.send("CANCEL", call=n, reason=1)
        w.calls.send("CALL", call=5, tool=0, arguments="{}")
        time.sleep(0.1)
        for n in range(3000):
            w.control.send("CANCEL", call=n, reason=1)
        self.assertEqual(w.calls.recv(15).fields["outcome"], CANCELLED)
        w.calls.send("CALL", call=6, tool=0, arguments="{}")
        w.control.send("CANCEL", call=5, reason=1)  # late: must not end call 6
        w.control.sock.setblocking(True)
        with self.assertRaises(TimeoutError):
            w.calls.recv(0.5)
        w.control.send("CANCEL", call=6, reason=1)
        self.assertEqual(w.calls.recv(15).fields["outcome"], CANCELLED)
        w.control.send_raw(b"\xff" * 40)  # costs the control channel only
        w.p.kill()
        w.ends()

    def test_closed_channels(self):
        w = Worker().up()
        w.calls.close()
        self.assertIsNotNone(w.ends())
        w = Worker().up()
        w.control.close()
        time.sleep(0.2)
        w.echo()
        w.calls.close()
        self.assertIsNotNone(w.ends())

    def test_gateway_that_does_not_read(self):
        w = Worker().up()
        w.calls.sock.setblocking(False)
        for n in range(5000):
            try:
                w.call(n, text="x" * 20000)
            except BlockingIOError:
                break
        time.sleep(0.5)
        self.assertIsNone(w.p.poll())
        w.calls.close()
        self.assertIsNotNone(w.ends())


class Compiler(Case):
    def refused(self, data):
        f, status = Compiled.make(data)
        self.assertTrue(f is None or f.name == "FAILED", f)
        if f is not None:
            self.assertTrue(f.fields["text"].decode().isprintable())
            self.assertNotEqual(status, 0)
        return f

    def test_garbage(self):
        with open(harness.guest("echo"), "rb") as f:
            good = f.read()
        for data in (b"", b"\0", b"\0asm", b"\0asm\x0d\0\1\0\xff\xff", b"\x7fELF" + bytes(100), b"(component)", good[:-1], good[:100],
                     good + b"\xff", b"\0asm\1\0\0\0", b"\xff" * 100000, good[:8] + os.urandom(5000)):
            self.refused(data)
        for name in sorted(os.listdir(os.path.join(harness.GUESTS, "odd"))):
            if name.startswith("truncated") or name.startswith("deep-lists-1000"):
                with open(os.path.join(harness.GUESTS, "odd", name), "rb") as f:
                    self.refused(f.read())

    def test_starts_that_are_none(self):
        for send in (lambda r: r.chan.send_raw(b"\0"), lambda r: r.chan.send("SHUTDOWN"), lambda r: r.chan.send("CALL", tool=0, arguments="{}"),
                     lambda r: r.chan.send("COMPILE_START", size_max=10), lambda r: r.chan.send_raw(b"\xff" * 100),
                     lambda r: r.chan.send("COMPILE_START", size_max=10, fd=memfd(b"x" * 10, 0)),
                     lambda r: r.chan.send("COMPILE_START", size_max=10, fd=memfd(b"x" * 11)),
                     lambda r: r.chan.send("COMPILE_START", size_max=1 << 60, fd=memfd(b"x" * 10)),
                     lambda r: r.chan.send("COMPILE_START", size_max=10, fd=0),
                     lambda r: r.chan.send_raw(encode("COMPILE_START", size_max=10)[0][:-1], [memfd(b"x" * 10)]),
                     lambda r: r.chan.close()):
            r = Role("compiler")
            send(r)
            if r.chan.sock.fileno() >= 0:
                f = r.chan.recv(15)
                self.assertTrue(f is None or f.name == "FAILED", f)
            self.assertNotEqual(r.ends(), 0)


if __name__ == "__main__":
    unittest.main()
