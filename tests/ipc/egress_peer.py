# SPDX-License-Identifier: Apache-2.0
"""Plays supervisor and worker for the egress process: frames as in src/ipc/messages.def, over real sockets."""
import json, os, socket, struct, subprocess, time

READY, FAILED, LINK, UNLINK, SHUTDOWN = 0x101, 0x102, 0x103, 0x104, 0x105
EGRESS_START, EGRESS_POLICY = 0x140, 0x141
OPEN, DATA, END, CREDIT, CANCEL = 0x301, 0x302, 0x303, 0x304, 0x305
HEAD, REPLY_DATA, REPLY_END, REPLY_CREDIT, FAIL = 0x311, 0x312, 0x313, 0x314, 0x315
LINK_EGRESS = 3
UNKNOWN = 2**64 - 1
# enum pn_http_error, by position
ERRORS = ("DNS_TIMEOUT DNS_ERROR DESTINATION_NOT_FOUND DESTINATION_UNAVAILABLE DESTINATION_IP_PROHIBITED "
          "DESTINATION_IP_UNROUTABLE CONNECTION_REFUSED CONNECTION_TERMINATED CONNECTION_TIMEOUT CONNECTION_READ_TIMEOUT "
          "CONNECTION_WRITE_TIMEOUT CONNECTION_LIMIT_REACHED TLS_PROTOCOL_ERROR TLS_CERTIFICATE_ERROR TLS_ALERT_RECEIVED "
          "REQUEST_DENIED REQUEST_LENGTH_REQUIRED REQUEST_BODY_SIZE REQUEST_METHOD_INVALID REQUEST_URI_INVALID "
          "REQUEST_URI_TOO_LONG REQUEST_HEADER_SECTION_SIZE REQUEST_HEADER_SIZE REQUEST_TRAILER_SECTION_SIZE "
          "REQUEST_TRAILER_SIZE RESPONSE_INCOMPLETE RESPONSE_HEADER_SECTION_SIZE RESPONSE_HEADER_SIZE RESPONSE_BODY_SIZE "
          "RESPONSE_TRAILER_SECTION_SIZE RESPONSE_TRAILER_SIZE RESPONSE_TRANSFER_CODING RESPONSE_CONTENT_CODING "
          "RESPONSE_TIMEOUT UPGRADE_FAILED PROTOCOL_ERROR LOOP_DETECTED CONFIGURATION_ERROR INTERNAL_ERROR").split()


def text(value):
    data = value.encode() if isinstance(value, str) else value
    return struct.pack("<I", len(data)) + data


def frame(kind, call, payload):
    return struct.pack("<IHHQ", len(payload), kind, 0, call) + payload


def header_block(pairs):
    out = b""
    for name, value in pairs:
        name = name.encode() if isinstance(name, str) else name
        value = value.encode() if isinstance(value, str) else value
        out += struct.pack("<H", len(name)) + name + struct.pack("<I", len(value)) + value
    return out


def header_pairs(block):
    pairs, at = [], 0
    while at < len(block):
        (n,) = struct.unpack_from("<H", block, at)
        name = block[at + 2:at + 2 + n]
        at += 2 + n
        (n,) = struct.unpack_from("<I", block, at)
        pairs.append((name.decode(), block[at + 4:at + 4 + n].decode("latin-1")))
        at += 4 + n
    return pairs


class Fail(Exception):
    def __init__(self, code, fatal, why):
        super().__init__(f"{code} fatal={fatal}: {why}")
        self.code, self.fatal, self.why = code, fatal, why


class Reply:
    def __init__(self, status, headers):
        self.status, self.headers, self.body, self.trailers = status, headers, b"", []


class Worker:
    """One call slot's channel."""

    def __init__(self, sock):
        self.sock, self.next = sock, 1
        sock.settimeout(10)

    def send(self, kind, call, payload=b""):
        self.sock.send(frame(kind, call, payload))

    def open(self, method="GET", scheme="http", authority="", path="/", headers=(), body=False, length=UNKNOWN,
             times=(0, 0, 0), call=None):
        if call is None:
            call, self.next = self.next, self.next + 1
        self.send(OPEN, call, text(method) + text(scheme) + text(authority) + text(path) + struct.pack("<III", *times) +
                  struct.pack("<BQ", 1 if body else 0, length) + text(header_block(headers)))
        return call

    def recv(self):
        """(kind, call, payload), or None when egress closed the channel."""
        try:
            data = self.sock.recv(1 << 17)
        except ConnectionResetError:
            return None
        if not data:
            return None
        _, kind, _, call = struct.unpack_from("<IHHQ", data)
        return kind, call, data[16:]

    def credit(self, call, n):
        self.send(CREDIT, call, struct.pack("<I", n))

    def collect(self, call, body=b"", window=1 << 20, parts=61440, announce_end=True):
        """Drives one exchange to its end and returns the reply; raises Fail."""
        self.credit(call, window)
        reply, sent, may, ended = None, 0, 0, not announce_end
        while True:
            got = self.recv()
            if got is None:
                raise ConnectionError("egress closed the channel")
            kind, of, payload = got
            assert of == call, (of, call)
            if kind == REPLY_CREDIT:
                may += struct.unpack("<I", payload)[0]
            elif kind == HEAD:
                reply = Reply(struct.unpack_from("<H", payload)[0], header_pairs(payload[6:]))
            elif kind == REPLY_DATA:
                reply.body += payload[4:]
                self.credit(call, len(payload) - 4)
            elif kind == REPLY_END:
                reply.trailers = header_pairs(payload[4:])
                return reply
            elif kind == FAIL:
                raise Fail(ERRORS[payload[0]], payload[1] == 1, payload[6:].decode())
            while body is not None and sent < len(body) and may > 0:
                n = min(len(body) - sent, may, parts)
                self.send(DATA, call, text(body[sent:sent + n]))
                sent, may = sent + n, may - n
            if body is not None and sent == len(body) and not ended and may > 0:
                ended = True
                self.send(END, call, text(b""))

    def ask(self, body=None, **how):
        call = self.open(body=body is not None, **how)
        return self.collect(call, body if body is not None else b"", announce_end=body is not None)


class Egress:
    def __init__(self, binary, resolver="", ca_file="", level=2, log=None, wrap=()):
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        env = {"POSTERN_ALLOW_DEGRADED": "userns,pidns,netns,mountns,landlock,uid", **os.environ}
        fd = theirs.fileno()

        def only_three():
            os.dup2(fd, 3)

        self.proc = subprocess.Popen([*wrap, binary, "0"], preexec_fn=only_three, pass_fds=(3,), env=env, stderr=log)
        theirs.close()
        self.sock = ours
        ours.settimeout(10)
        self.start = frame(EGRESS_START, 0, text(ca_file) + text(resolver) + struct.pack("<B", level))
        ours.send(self.start)
        data = ours.recv(1 << 16)
        kind = struct.unpack_from("<IH", data)[1]
        if kind != READY:
            raise RuntimeError(data[16:])

    def policy(self, slot, allow=(), deny=(), limits=None, name="test-component"):
        document = {"version": "1.0", "permissions": {"network": {"allow": list(allow), "deny": list(deny)}}}
        if limits:
            document["limits"] = limits
        body = json.dumps(document).encode()
        self.sock.send(frame(EGRESS_POLICY, 0, struct.pack("<I", slot) + text(name) + b"\0" + text(body)))

    def link(self, slot, index=0):
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET | socket.SOCK_NONBLOCK)
        socket.send_fds(self.sock, [frame(LINK, 0, struct.pack("<BII", LINK_EGRESS, slot, index))], [theirs.fileno()])
        theirs.close()
        ours.setblocking(True)
        return Worker(ours)

    def stop(self):
        self.sock.close()
        try:
            return self.proc.wait(5)
        except subprocess.TimeoutExpired:
            self.proc.kill()
            raise

    def cpu(self):
        """Seconds of CPU time so far."""
        with open(f"/proc/{self.proc.pid}/stat") as f:
            fields = f.read().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def resident(self):
        """Bytes of memory."""
        with open(f"/proc/{self.proc.pid}/statm") as f:
            return int(f.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
