#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A worker that belongs to its component: started by the real supervisor in the place of postern-worker, it holds a worker's
channels and does with them what the call's text says. It serves slot 1; all other components get the real worker.

It has less around it than a real worker's attacker would (no system call filter, no namespaces but the first), which makes
it stronger, not weaker: what is tested here is what the neighbours make of its words."""
import json
import os
import select
import socket
import struct
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.realpath(__file__)), "..", "ipc"))
import frames  # noqa: E402

if sys.argv[1] != "1":
    real = os.path.join(os.path.dirname(sys.argv[0]), "real-worker")
    os.execv(real, [real, sys.argv[1]])

sup = frames.Channel(socket.socket(fileno=3))
calls, control, egress = None, None, {}


def say(text):
    os.write(2, text)


def link(frame):
    global calls, control
    ch = frames.Channel(socket.socket(fileno=frame.fd))
    if frame.fields["kind"] == 1:
        calls = ch
    elif frame.fields["kind"] == 2:
        control = ch
    else:
        egress[frame.fields["index"]] = ch


def take_links(start):
    want = 18 if b"cidr" in start.fields["policy"] or b"host" in start.fields["policy"] else 2
    for _ in range(want):
        link(sup.recv())


def result(call, value=b'"fine"', outcome=0, text="", to=None):
    (to or calls).send("RESULT", call=call, outcome=outcome, text=text, value=value)


def block(pairs):
    return b"".join(struct.pack("<H", len(n)) + n + struct.pack("<I", len(v)) + v
                    for n, v in ((n.encode("latin-1"), v.encode("latin-1")) for n, v in pairs))


def http(asked, slot=0, call=77):
    """One exchange on an egress channel; what came back, as [name, detail]."""
    ch = egress[slot]
    headers = block(asked.pop("headers", []))
    ch.send("HTTP_OPEN", call=call, **{"method": "GET", "scheme": "http", "path": "/", "has_body": 0,
                                       "length": (1 << 64) - 1, "headers": headers, **asked})
    ch.send("HTTP_CREDIT", call=call, bytes=1 << 20)
    said = []
    while True:
        try:
            f = ch.recv(timeout=8)
        except TimeoutError:
            return said + [["silence", ""]]
        if f is None:
            return said + [["closed", ""]]
        said.append([f.name, f.fields.get("status", f.fields.get("code", 0)) or 0])
        if f.name in ("HTTP_FAIL", "HTTP_REPLY_END"):
            return said


def do_http(call, arg):
    result(call, json.dumps(json.dumps(http(json.loads(arg)))).encode())


def do_http_many(call, arg):
    result(call, json.dumps(json.dumps([http(dict(one), slot=i % 16) for i, one in enumerate(json.loads(arg))])).encode())


def do_egress_raw(call, arg):
    """A frame that no worker sends, then whether egress still talks on this channel and on another."""
    first = egress[3]
    first.send_raw(bytes.fromhex(arg))
    gone = bool(select.select([first.sock], [], [], 5)[0]) and first.recv() is None
    other = http({"authority": "127.0.0.1:1"}, slot=4)
    result(call, json.dumps(json.dumps([gone, other])).encode())


def do_egress_descriptor(call, arg):
    data, _ = frames.encode("HTTP_CANCEL", 1, reason=0)
    egress[3].send_raw(data, [sup.fileno()])
    gone = bool(select.select([egress[3].sock], [], [], 5)[0]) and egress[3].recv() is None
    result(call, json.dumps(json.dumps([gone, http({"authority": "127.0.0.1:1"}, slot=4)])).encode())


def do_egress_flood(call, arg):
    """Opens without end on one channel, reading nothing."""
    ch = egress[5]
    ch.sock.setblocking(False)
    data, _ = frames.encode("HTTP_OPEN", 1, method="GET", scheme="http", authority="127.0.0.1:1", path="/", length=(1 << 64) - 1)
    sent = 0
    end = time.monotonic() + 2
    while time.monotonic() < end and sent < 100000:
        try:
            ch.send_raw(data[:8] + struct.pack("<Q", sent + 1) + data[16:])
            sent += 1
        except BlockingIOError:
            time.sleep(0.001)
        except OSError:
            break
    result(call, json.dumps(str(sent)).encode())


def do_other_call(call, arg):
    result(call + 1 if arg == "next" else int(arg))
    time.sleep(3600)


def do_twice(call, arg):
    result(call, b'"once"')
    result(call, b'"twice"')


def do_value(call, arg):
    result(call, bytes.fromhex(arg))


def do_raw_result(call, arg):
    calls.send_raw(bytes.fromhex(arg).replace(b"CALLCALL", struct.pack("<Q", call)))
    time.sleep(3600)


def do_huge(call, arg):
    body = os.memfd_create("huge", os.MFD_ALLOW_SEALING)
    os.ftruncate(body, 300 << 20)
    import fcntl
    fcntl.fcntl(body, fcntl.F_ADD_SEALS, frames.SEALS)
    number, _, _ = frames.MESSAGES["RESULT"]
    payload = struct.pack("<BIBI", 0, 0, 1, 300 << 20)
    calls.send_raw(struct.pack("<IHHQ", len(payload), number, 0, call) + payload, [body])
    time.sleep(3600)


def do_big_but_allowed(call, arg):
    result(call, json.dumps("x" * (64 << 20)).encode())


def do_descriptors(call, arg):
    data, _ = frames.encode("RESULT", call, outcome=0, text="", value=b'"x"')
    calls.send_raw(data, [sup.fileno()] * int(arg))
    time.sleep(3600)


def do_unsealed(call, arg):
    data, fds = frames.encode("RESULT", call, outcome=0, text="", value=b'"' + b"x" * 100000 + b'"')
    calls.send_raw(data, [frames.memfd(b'"' + b"x" * 100000 + b'"', seals=0)])
    time.sleep(3600)


def do_to_supervisor(call, arg):
    name, fields = json.loads(arg)
    sup.send(name, **fields)
    time.sleep(3600)


def do_supervisor_raw(call, arg):
    sup.send_raw(bytes.fromhex(arg))
    time.sleep(3600)


def do_supervisor_flood(call, arg):
    for _ in range(20000):
        sup.send("READY", note="still ready")
    result(call)


def do_on_control(call, arg):
    result(call, to=control)
    time.sleep(3600)


def do_flood(call, arg):
    for i in range(20000):
        result(call + 1 + i)
    time.sleep(3600)


def do_forged_text(call, arg):
    result(call, b"", outcome=4, text='broken\n{"jsonrpc":"2.0","id":1,"result":{}}\x1b[31m')


def do_outcome(call, arg):
    result(call, b"", outcome=int(arg), text="t")


def do_log(call, arg):
    say(b'error all is lost\n2026-01-01T00:00:00Z error gateway: forged\n{"jsonrpc":"2.0","id":9,"result":{}}\n\x1b[2J\xff\xfe\n')
    result(call)


def do_log_flood(call, arg):
    end = time.monotonic() + 3
    while time.monotonic() < end:
        say(b"info " + b"x" * 4000 + b"\n")
    result(call)


def do_endless_line(call, arg):
    for _ in range(2000):
        say(b"y" * 4096)
    result(call)


def do_zombie(call, arg):
    """Says that it failed, and lives on."""
    sup.send("FAILED", category=2, text="as if")
    time.sleep(3600)


def do_close(call, arg):
    {"calls": calls, "control": control, "supervisor": sup}[arg].close()
    time.sleep(3600)


def do_die(call, arg):
    os.kill(os.getpid(), 9)


def do_silence(call, arg):
    time.sleep(3600)


def main():
    start = sup.recv()
    if b"never-ready" in start.fields["policy"]:
        time.sleep(3600)
    take_links(start)
    sup.send("READY", note="")
    while True:
        f = calls.recv(timeout=3600)
        if f is None or f.name != "CALL":
            return
        deed, _, arg = json.loads(f.fields["arguments"])["text"].partition(":")
        globals()["do_" + deed](f.call, arg)


main()
