# SPDX-License-Identifier: Apache-2.0
"""What the end-to-end tests share: the built program in a private home, and an MCP client over stdio.

The programs come from $POSTERN_BUILD (default build/), the guests from $POSTERN_GUESTS (default build/guests)."""
import json
import os
import queue
import shutil
import subprocess
import tempfile
import threading
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BUILD = os.path.abspath(os.environ.get("POSTERN_BUILD", os.path.join(ROOT, "build")))
GUESTS = os.path.abspath(os.environ.get("POSTERN_GUESTS", os.path.join(ROOT, "build", "guests")))
POSTERN = os.path.join(BUILD, "src", "cli", "postern")


def guest(name):
    path = os.path.join(GUESTS, name + ".wasm")
    if not os.path.exists(path):
        raise FileNotFoundError(f"{path}: build the guests with tests/guests/build")
    return path


def policy(storage=None, network=None, environment=None, deny_storage=None, deny_network=None, limits=None, config=None):
    """A policy document as text. storage: [(uri, access list)], network: [dict], environment: [name]."""
    doc = {"version": "1.0", "permissions": {}}
    p = doc["permissions"]
    if storage or deny_storage:
        p["storage"] = {}
        if storage:
            p["storage"]["allow"] = [{"uri": u, "access": a} for u, a in storage]
        if deny_storage:
            p["storage"]["deny"] = [{"uri": u, "access": a} for u, a in deny_storage]
    if network or deny_network:
        p["network"] = {}
        if network:
            p["network"]["allow"] = network
        if deny_network:
            p["network"]["deny"] = deny_network
    if environment:
        p["environment"] = {"allow": [{"key": k} for k in environment]}
    if limits:
        doc["limits"] = limits
    if config:
        doc["config"] = config
    return json.dumps(doc)


class Home:
    """A private set of XDG directories. Folders for grants are made by `folder`, readable for every role's uid."""

    def __init__(self):
        self.path = tempfile.mkdtemp(prefix="postern-test-")
        os.chmod(self.path, 0o755)
        self.env = {"PATH": os.environ.get("PATH", "/usr/bin:/bin"), "HOME": self.path, "LANG": "C.UTF-8"}
        for name in ("DATA", "CACHE", "STATE", "CONFIG"):
            d = os.path.join(self.path, name.lower())
            os.mkdir(d, 0o700)
            self.env[f"XDG_{name}_HOME"] = d
        # Compiling the big guests takes long: tests share compiled code through a template, each with its own copy.
        self.files = 0

    def close(self):
        shutil.rmtree(self.path, ignore_errors=True)

    def folder(self, name, mode=0o777):
        d = os.path.join(self.path, name)
        os.makedirs(d, exist_ok=True)
        os.chmod(d, mode)
        return d

    def write(self, name, text):
        path = os.path.join(self.path, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as f:
            f.write(text if isinstance(text, bytes) else text.encode())
        return path

    def settings(self, text):
        d = os.path.join(self.env["XDG_CONFIG_HOME"], "postern")
        os.makedirs(d, mode=0o700, exist_ok=True)
        with open(os.path.join(d, "postern.yaml"), "w", encoding="utf-8") as f:
            f.write(text)

    def run(self, *args, stdin=None, timeout=120, env=None):
        return subprocess.run([POSTERN, *args], input=stdin, capture_output=True, timeout=timeout,
                              env={**self.env, **(env or {})}, text=True, errors="surrogateescape")

    def ok(self, *args, **kw):
        r = self.run(*args, **kw)
        if r.returncode != 0:
            raise AssertionError(f"postern {' '.join(args)}: exit {r.returncode}\n{r.stdout}\n{r.stderr}")
        return r.stdout

    def json(self, *args, **kw):
        return json.loads(self.ok(*args, "--json", **kw))

    def load(self, name, policy_text=None, ident=None):
        """Loads a guest, with a policy put in force; returns its id."""
        args = ["component", "load", guest(name)]
        ident = ident or os.path.basename(name)
        args += ["--id", ident]
        if policy_text is not None:
            self.files += 1
            args += ["--policy", self.write(f"policy-{self.files}.yaml", policy_text)]
        self.ok(*args)
        return ident


class Lost(AssertionError):
    pass


class Mcp:
    """A client on the other end of `postern stdio`."""

    def __init__(self, home, *args, version="2025-11-25", capabilities=None, initialize=True, env=None):
        self.home = home
        self.err = tempfile.TemporaryFile()
        self.p = subprocess.Popen([POSTERN, "stdio", *args], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self.err,
                                  env={**home.env, **(env or {})})
        self.lines = queue.Queue()
        self.next = 1
        self.answers = {}
        self.notices = []
        self.requests = []
        threading.Thread(target=self._read, daemon=True).start()
        if initialize:
            self.hello = self.request("initialize", {"protocolVersion": version, "capabilities": capabilities or {},
                                                     "clientInfo": {"name": "test", "version": "0"}})
            self.notify("notifications/initialized")

    def _read(self):
        for line in self.p.stdout:
            self.lines.put(line)
        self.lines.put(None)

    def send_raw(self, data):
        self.p.stdin.write(data if isinstance(data, bytes) else data.encode())
        self.p.stdin.flush()

    def send(self, message):
        self.send_raw(json.dumps(message) + "\n")

    def notify(self, method, params=None):
        self.send({"jsonrpc": "2.0", "method": method, **({"params": params} if params is not None else {})})

    def start(self, method, params=None):
        ident = self.next
        self.next += 1
        self.send({"jsonrpc": "2.0", "id": ident, "method": method, **({"params": params} if params is not None else {})})
        return ident

    def pump(self, timeout):
        """Takes one message in. False when none came."""
        try:
            line = self.lines.get(timeout=timeout)
        except queue.Empty:
            return False
        if line is None:
            raise Lost("the server closed its output\n" + self.log())
        message = json.loads(line)
        if "method" in message:
            (self.requests if "id" in message else self.notices).append(message)
        else:
            if message["id"] in self.answers:
                raise AssertionError(f"answered twice: {message}")
            self.answers[message["id"]] = message
        return True

    def wait(self, ident, timeout=60):
        end = time.monotonic() + timeout
        while ident not in self.answers:
            if not self.pump(max(0.0, end - time.monotonic())) and time.monotonic() >= end:
                raise Lost(f"no answer to {ident} in {timeout} s\n" + self.log())
        return self.answers.pop(ident)

    def wait_any(self, *idents, timeout=60):
        """The first answer to one of these ids."""
        end = time.monotonic() + timeout
        while not any(i in self.answers for i in idents):
            if not self.pump(max(0.0, end - time.monotonic())) and time.monotonic() >= end:
                raise Lost(f"no answer to any of {idents} in {timeout} s\n" + self.log())
        return self.answers.pop(next(i for i in idents if i in self.answers))

    def request(self, method, params=None, timeout=60):
        answer = self.wait(self.start(method, params), timeout)
        if "error" in answer:
            raise AssertionError(f"{method}: {answer['error']}")
        return answer["result"]

    def call(self, tool, arguments=None, timeout=60):
        return self.request("tools/call", {"name": tool, "arguments": arguments or {}}, timeout)

    def value(self, tool, arguments=None, timeout=60):
        """The value a tool returns; its failure is a failure of the test."""
        r = self.call(tool, arguments, timeout)
        if r.get("isError"):
            raise AssertionError(f"{tool}: {r['content'][0]['text']}")
        return r["structuredContent"]["result"]

    def error(self, tool, arguments=None, timeout=60):
        """The text of a call that must fail."""
        r = self.call(tool, arguments, timeout)
        if not r.get("isError"):
            raise AssertionError(f"{tool} should have failed: {json.dumps(r)[:300]}")
        return r["content"][0]["text"]

    def tools(self):
        names, cursor = [], None
        while True:
            r = self.request("tools/list", {"cursor": cursor} if cursor else {})
            names += r["tools"]
            cursor = r.get("nextCursor")
            if not cursor:
                return names

    def log(self):
        self.err.flush()
        self.err.seek(0)
        return self.err.read().decode(errors="replace")

    def close(self, timeout=20):
        """Ends the session as a client does; returns the exit status."""
        if self.p.stdin and not self.p.stdin.closed:
            try:
                self.p.stdin.close()
            except BrokenPipeError:
                pass
        try:
            return self.p.wait(timeout)
        finally:
            self.p.kill()
            self.err.close()

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        self.close()


def children(pid):
    """Pids of all descendants of a process."""
    found, todo = [], [pid]
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


def command_of(pid):
    try:
        with open(f"/proc/{pid}/cmdline", "rb") as f:
            return os.path.basename(f.read().split(b"\0")[0].decode())
    except OSError:
        return ""
