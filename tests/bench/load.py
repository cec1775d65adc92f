# SPDX-License-Identifier: Apache-2.0
"""A load generator for one MCP server over stdio: keeps N calls in flight and accounts for every answer. One thread, no framework:
its own cost must stay small beside the server's."""
import json
import os
import re
import selectors
import subprocess
import time

ANSWER_ID = re.compile(rb'"id"\s*:\s*(\d+)')


def tree(pid):
    """The process and all its descendants."""
    found, todo = [pid], [pid]
    while todo:
        p = todo.pop()
        try:
            for task in os.listdir(f"/proc/{p}/task"):
                with open(f"/proc/{p}/task/{task}/children", encoding="ascii") as f:
                    kids = [int(k) for k in f.read().split()]
                found += kids
                todo += kids
        except OSError:
            pass
    return found


def cpu_seconds(pids):
    """Processor time of all threads, from the scheduler's own nanosecond count."""
    total = 0
    for p in pids:
        try:
            for task in os.listdir(f"/proc/{p}/task"):
                with open(f"/proc/{p}/task/{task}/schedstat", encoding="ascii") as f:
                    total += int(f.read().split()[0])
        except (OSError, ValueError):
            pass
    return total / 1e9


def memory_mib(pids, field="Pss"):
    total = 0
    for p in pids:
        try:
            with open(f"/proc/{p}/smaps_rollup", encoding="ascii") as f:
                for line in f:
                    if line.startswith(field + ":"):
                        total += int(line.split()[1])
        except OSError:
            pass
    return total / 1024


class Server:
    def __init__(self, command, env, version="2025-11-25"):
        self.started = time.perf_counter()
        self.p = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=env)
        self.i, self.o = self.p.stdin.fileno(), self.p.stdout.fileno()
        os.set_blocking(self.i, False)
        os.set_blocking(self.o, False)
        self.selector = selectors.DefaultSelector()
        self.selector.register(self.o, selectors.EVENT_READ)
        self.pending = bytearray()
        self.next_id = 1000
        hello = {"protocolVersion": version, "capabilities": {}, "clientInfo": {"name": "bench", "version": "1"}}
        self.ask("initialize", hello)
        self.initialized = time.perf_counter()
        self.write(b'{"jsonrpc":"2.0","method":"notifications/initialized"}\n')

    def write(self, data):
        view = memoryview(data)
        while view:
            try:
                view = view[os.write(self.i, view):]
            except BlockingIOError:
                w = selectors.DefaultSelector()
                w.register(self.i, selectors.EVENT_WRITE)
                w.select(10)
                w.close()

    def lines(self, timeout):
        """Complete lines that have arrived, waiting for the first."""
        while True:
            if not self.selector.select(timeout):
                raise TimeoutError("the server does not answer")
            seen = len(self.pending)  # without a line's end, or it would have been taken
            try:
                while True:
                    chunk = os.read(self.o, 1 << 16)  # what a pipe holds
                    if not chunk:
                        raise EOFError("the server ended")
                    self.pending += chunk
                    if len(chunk) < 1 << 16:
                        break
            except BlockingIOError:
                pass
            end = self.pending.rfind(b"\n", seen)
            if end >= 0:
                got = bytes(self.pending[:end]).split(b"\n")
                del self.pending[:end + 1]
                return got

    def ask(self, method, params, timeout=60):
        self.next_id += 1
        ident = self.next_id
        self.write(json.dumps({"jsonrpc": "2.0", "id": ident, "method": method, "params": params}).encode() + b"\n")
        while True:
            for line in self.lines(timeout):
                m = json.loads(line)
                if m.get("id") == ident and "method" not in m:
                    return m

    def call(self, tool, arguments, timeout=60):
        return self.ask("tools/call", {"name": tool, "arguments": arguments}, timeout)

    def tool(self, suffix):
        """The full name of the tool that ends so."""
        cursor = {}
        while True:
            page = self.ask("tools/list", cursor)["result"]
            for t in page["tools"]:
                if t["name"].endswith(suffix):
                    return t["name"]
            if "nextCursor" not in page:
                raise LookupError(f"no tool ...{suffix}")
            cursor = {"cursor": page["nextCursor"]}

    def load(self, tool, arguments, in_flight, seconds, count=None):
        """Returns {rate, p50, p99, cpu, calls}: calls/s, seconds, CPU seconds per call over all processes."""
        body = json.dumps({"name": tool, "arguments": arguments}).encode()
        head, tail = b'{"jsonrpc":"2.0","method":"tools/call","params":' + body + b',"id":', b"}\n"
        sent, times = {}, []
        pids = tree(self.p.pid)
        cpu = cpu_seconds(pids)
        began = time.perf_counter()
        stop = began + seconds

        def send(n):
            out = bytearray()
            for _ in range(n):
                self.next_id += 1
                out += head + b"%d" % self.next_id + tail
                sent[self.next_id] = 0.0
            now = time.perf_counter()
            for k in range(self.next_id - n + 1, self.next_id + 1):
                sent[k] = now
            self.write(bytes(out))

        send(in_flight)
        while sent:
            lines = self.lines(60)
            now = time.perf_counter()
            done = 0
            for line in lines:
                probe = line if len(line) < 4096 else line[:256] + line[-256:]
                if b'"isError":true' in probe or b'"error":{' in probe:
                    raise RuntimeError(line[:300])
                ident = int(ANSWER_ID.search(probe).group(1))
                at = sent.pop(ident, None)
                if at is None:
                    continue
                times.append(now - at)
                done += 1
            if now < stop and (count is None or len(times) + len(sent) < count):
                send(done)
        took = time.perf_counter() - began
        cpu = cpu_seconds(pids) - cpu
        times.sort()
        n = len(times)
        return {"rate": n / took, "p50": times[n // 2], "p99": times[min(n - 1, n * 99 // 100)], "cpu": cpu / n, "calls": n}

    def close(self):
        self.p.stdin.close()
        try:
            self.p.wait(10)
        except subprocess.TimeoutExpired:
            self.p.kill()
            self.p.wait()
        self.p.stdout.close()
