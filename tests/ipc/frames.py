# SPDX-License-Identifier: Apache-2.0
"""Frames of Postern's processes in Python, made from src/ipc/messages.def: for tests that play a process.

    ch = Channel(sock)                                  # one end of a SOCK_SEQPACKET pair
    ch.send("RESULT", call=7, outcome=0, text="", value=b'"x"')
    msg = ch.recv()                                     # Frame(name, call, fields, fd) or None at the end
"""
import collections
import fcntl
import os
import re
import select
import socket
import struct

TABLE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "src", "ipc", "messages.def")
INLINE = 61440
FRAME_MAX = 131072
WIDTHS = {"u8": "<B", "u16": "<H", "u32": "<I", "u64": "<Q"}
SEALS = fcntl.F_SEAL_SEAL | fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_GROW | fcntl.F_SEAL_WRITE

Frame = collections.namedtuple("Frame", "name call fields fd")


def load_table(path=TABLE):
    with open(path, encoding="utf-8") as f:
        text = f.read().replace("\\\n", " ")
    fields = {}
    for name, body in re.findall(r"#define PN_FIELDS_(\w+)\(F\)(.*)", text):
        fields[name] = re.findall(r"F\((\w+), (\w+),", body)
    by_name, by_number = {}, {}
    for name, number, fd in re.findall(r"^PN_MESSAGE\((\w+), \w+, (0x[0-9a-f]+), \w+, \w+, ([01])\)", text, re.M):
        by_name[name] = (int(number, 16), fields[name], fd == "1")
        by_number[int(number, 16)] = name
    return by_name, by_number


MESSAGES, NUMBERS = load_table()


def memfd(data, seals=SEALS):
    fd = os.memfd_create("body", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
    view = memoryview(data)
    while view:
        view = view[os.write(fd, view):]
    fcntl.fcntl(fd, fcntl.F_ADD_SEALS, seals)
    return fd


def as_bytes(value):
    return value.encode() if isinstance(value, str) else bytes(value)


def encode(name, call=0, **values):
    """The frame's bytes and the descriptors that go with its bodies (the caller closes them)."""
    number, fields, _ = MESSAGES[name]
    out, fds = bytearray(), []
    for kind, field in fields:
        value = values.pop(field, b"" if kind in ("str", "blob", "body") else 0)
        if kind in WIDTHS:
            out += struct.pack(WIDTHS[kind], value)
        elif kind == "hash":
            out += (value or bytes(32)).ljust(32, b"\0")
        else:
            value = as_bytes(value)
            away = kind == "body" and len(value) > INLINE
            if kind == "body":
                out.append(1 if away else 0)
            out += struct.pack("<I", len(value))
            if away:
                fds.append(memfd(value))
            else:
                out += value
    assert not values, f"{name} has no field {sorted(values)}"
    return struct.pack("<IHHQ", len(out), number, 0, call) + bytes(out), fds


def read_memfd(fd, size):
    data = bytearray()
    while len(data) < size:
        piece = os.pread(fd, size - len(data), len(data))
        if not piece:
            break
        data += piece
    return bytes(data)


def decode(data, fds):
    """Strict: every byte and every descriptor must be accounted for."""
    length, number, zero, call = struct.unpack_from("<IHHQ", data)
    assert length == len(data) - 16 and zero == 0, "header"
    name = NUMBERS[number]
    _, fields, has_fd = MESSAGES[name]
    at, out = 16, {}
    for kind, field in fields:
        if kind in WIDTHS:
            (out[field],) = struct.unpack_from(WIDTHS[kind], data, at)
            at += struct.calcsize(WIDTHS[kind])
        elif kind == "hash":
            out[field] = data[at:at + 32]
            at += 32
        else:
            away = kind == "body" and data[at] == 1
            at += kind == "body"
            (size,) = struct.unpack_from("<I", data, at)
            at += 4
            if away:
                fd = fds.pop(0)
                out[field] = read_memfd(fd, size)
                os.close(fd)
            else:
                out[field] = data[at:at + size]
                at += size
    assert at == len(data), f"{name}: {len(data) - at} bytes too many"
    fd = fds.pop(0) if has_fd and fds else -1
    assert not fds, f"{name}: too many descriptors"
    return Frame(name, call, out, fd)


class Channel:
    def __init__(self, sock):
        self.sock = sock
        sock.setblocking(True)

    @staticmethod
    def pair():
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        for s in (ours, theirs):
            s.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4 * FRAME_MAX)
        return Channel(ours), theirs

    def fileno(self):
        return self.sock.fileno()

    def send_raw(self, data, fds=()):
        socket.send_fds(self.sock, [data], list(fds))

    def send(self, name, call=0, fd=None, **values):
        data, fds = encode(name, call, **values)
        try:
            self.send_raw(data, fds + ([fd] if fd is not None else []))
        finally:
            for body in fds:
                os.close(body)

    def recv(self, timeout=10.0):
        if not select.select([self.sock], [], [], timeout)[0]:
            raise TimeoutError("no frame")
        try:
            data, fds, flags, _ = socket.recv_fds(self.sock, FRAME_MAX + 1, 4)
        except ConnectionResetError:
            return None
        if not data:
            return None
        assert not flags & (socket.MSG_TRUNC | socket.MSG_CTRUNC), "truncated"
        return decode(data, list(fds))

    def close(self):
        self.sock.close()
