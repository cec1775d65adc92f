# SPDX-License-Identifier: Apache-2.0
"""Starts postern-gateway and plays its neighbours: the client on its standard streams, the supervisor on descriptor 3,
and as many workers as a test wants."""
import array
import fcntl
import json
import os
import queue
import select
import subprocess
import termios
import threading
import time

from frames import Channel

BINARY = os.environ.get("POSTERN_GATEWAY", "postern-gateway")
LOADING, READY, FAILED, GONE, DOWN = 1, 2, 3, 4, 5
OK, TOOL_ERROR, ARGUMENTS, LIMIT, TRAP, CANCELLED, INTERNAL = range(7)
CALLS, CONTROL = 1, 2
# The tests start the process themselves, so it has no namespaces; what it can do alone (system calls) it does.
DEGRADED = "userns,pidns,netns,mountns,ipcns,utsns,cgroupns,landlock,uid"
META = {"io.modelcontextprotocol/protocolVersion": "2026-07-28", "io.modelcontextprotocol/clientCapabilities": {}}


def tool(name, **more):
    return {"name": name, "callable": True, "description": f"{name} of a test", "inputSchema": {"type": "object"},
            "outputSchema": {"type": "object", "properties": {"result": {"type": "string"}}, "required": ["result"]}, **more}


def rpc(method, params=None, id=None, **more):
    msg = {"jsonrpc": "2.0", "method": method}
    if id is not None:
        msg["id"] = id
    if params is not None:
        msg["params"] = params
    msg.update(more)
    return msg


class Worker:
    """The far ends of a component's two channels. `answer` maps a CALL frame to a dict for RESULT, or None for silence."""

    def __init__(self, gateway, slot, answer=None):
        self.gateway, self.slot = gateway, slot
        self.calls, calls = Channel.pair()
        self.control, control = Channel.pair()
        gateway.supervisor.send("LINK", kind=CALLS, slot=slot, fd=calls.fileno())
        gateway.supervisor.send("LINK", kind=CONTROL, slot=slot, fd=control.fileno())
        calls.close()
        control.close()
        gateway.settle()
        gateway.workers.append(self)
        self.seen = queue.Queue()
        if answer is not None:
            threading.Thread(target=self.serve, args=(answer,), daemon=True).start()

    def serve(self, answer):
        try:
            while (frame := self.calls.recv(timeout=3600)) is not None:
                self.seen.put(frame)
                result = answer(frame)
                if result is not None:
                    self.calls.send("RESULT", call=frame.call, **result)
        except (OSError, ValueError):
            pass

    def next_call(self, timeout=10):
        return self.calls.recv(timeout)

    def result(self, call, value, outcome=OK, text=""):
        self.calls.send("RESULT", call=call, outcome=outcome, text=text, value=value)

    def close(self):
        self.calls.close()
        self.control.close()


def echo(frame):
    """Gives back its arguments' "text", or all of them."""
    args = json.loads(frame.fields["arguments"])
    return {"outcome": OK, "value": json.dumps(args.get("text", args), separators=(",", ":"), ensure_ascii=False)}


class Gateway:
    def __init__(self, management=0, components=0, known=True, stdin=None):
        self.supervisor, theirs = Channel.pair()

        def channel_to_3():
            os.dup2(theirs.fileno(), 3)
            os.set_inheritable(3, True)

        self.process = subprocess.Popen(
            [BINARY, "0"], stdin=stdin if stdin is not None else subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0,
            stderr=None if os.environ.get("SHOW_LOG") else subprocess.DEVNULL, pass_fds=(3,) if theirs.fileno() == 3 else (),
            close_fds=False, preexec_fn=channel_to_3, env={"POSTERN_ALLOW_DEGRADED": DEGRADED})
        theirs.close()
        self.lines = bytearray()
        self.workers = []
        self.unread = []
        self.next_id = 1
        self.supervisor.send("GATEWAY_START", management=management, log_level=3)
        ready = self.supervisor.recv()
        assert ready is not None and ready.name == "READY", ready
        if known:
            self.supervisor.send("COMPONENTS_KNOWN", count=components)

    # --- supervisor ---
    def component(self, slot, state, tools=None, id=None, **more):
        more.setdefault("wall_ms", 30000)
        more.setdefault("concurrency", 16)
        self.supervisor.send("COMPONENT", slot=slot, state=state, id=id or f"c{slot}",
                             tools=json.dumps({"tools": tools}) if tools is not None else b"", **more)
        self.settle()

    def settle(self):
        """Waits until the gateway has taken what the supervisor sent, so that what the client sends next comes after it."""
        left = array.array("i", [1])
        end = time.monotonic() + 5
        while left[0] != 0 and time.monotonic() < end:
            fcntl.ioctl(self.supervisor.fileno(), termios.TIOCOUTQ, left)
            time.sleep(0.001)

    def serve(self, slot, tools, answer=echo, id=None, **more):
        self.component(slot, READY, tools, id, **more)
        return Worker(self, slot, answer)

    # --- client ---
    def write(self, data):
        view = memoryview(data)
        while view:
            view = view[os.write(self.process.stdin.fileno(), view):]

    def send(self, msg):
        self.write(json.dumps(msg).encode() + b"\n")

    def line(self, timeout=10.0):
        """The next line as bytes; None at the end of the stream."""
        end = time.monotonic() + timeout
        while b"\n" not in self.lines:
            if not select.select([self.process.stdout], [], [], max(0, end - time.monotonic()))[0]:
                raise TimeoutError("no line from the gateway")
            data = os.read(self.process.stdout.fileno(), 1 << 20)
            if not data:
                assert not self.lines, "half a line at the end"
                return None
            self.lines += data
        line, _, rest = bytes(self.lines).partition(b"\n")
        self.lines = bytearray(rest)
        return line

    def message(self, timeout=10.0):
        if self.unread:
            return self.unread.pop(0)
        line = self.line(timeout)
        if line is None:
            return None
        msg = json.loads(line)
        if CHECK is not None:
            CHECK(msg)
        return msg

    def response(self, id, timeout=10.0):
        """The response to `id`; other messages stay for later."""
        kept = []
        try:
            while True:
                msg = self.message(timeout)
                assert msg is not None, "the stream ended"
                if isinstance(msg, dict) and msg.get("id") == id and "method" not in msg:
                    return msg
                kept.append(msg)
        finally:
            self.unread = kept + self.unread

    def request(self, method, params=None, timeout=10.0):
        id = self.next_id
        self.next_id += 1
        self.send(rpc(method, params, id))
        return self.response(id, timeout)

    def initialize(self, version="2025-11-25", capabilities=None):
        r = self.request("initialize", {"protocolVersion": version, "capabilities": capabilities or {},
                                        "clientInfo": {"name": "test", "version": "1"}})
        self.send(rpc("notifications/initialized"))
        return r["result"]

    def call(self, name, arguments=None, timeout=10.0, **more):
        return self.request("tools/call", {"name": name, "arguments": arguments or {}, **more}, timeout)

    def modern(self, method, params=None, capabilities=None, timeout=10.0):
        meta = {**META, "io.modelcontextprotocol/clientCapabilities": capabilities or {}}
        return self.request(method, {**(params or {}), "_meta": {**meta, **(params or {}).get("_meta", {})}}, timeout)

    def nothing_more(self, seconds=0.3):
        try:
            msg = self.message(seconds)
        except TimeoutError:
            return
        raise AssertionError(f"unexpected: {msg}")

    def finish(self, timeout=15.0):
        """Ends the client's input; returns the messages that still came, and the exit status."""
        self.process.stdin.close()
        rest = list(self.unread)
        self.unread = []
        while (msg := self.message(timeout)) is not None:
            rest.append(msg)
        done = self.supervisor.recv(timeout)
        while done is not None and done.name != "DONE":
            done = self.supervisor.recv(timeout)
        assert done is not None, "no DONE"
        return rest, self.process.wait(timeout)

    def kill(self):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        for f in (self.process.stdin, self.process.stdout):
            if f and not f.closed:
                f.close()
        self.supervisor.close()
        for worker in self.workers:
            worker.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.kill()


CHECK = None  # a test may set this to a function that is shown every message
