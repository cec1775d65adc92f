# SPDX-License-Identifier: Apache-2.0
"""A small world on the loopback interface: HTTP and HTTPS servers, a DNS server with scripted answers, a throwaway CA."""
import http.server, os, socket, socketserver, ssl, struct, subprocess, threading, time


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    seen = []  # (method, path, headers as list of pairs, body)

    def log_message(self, *args):
        pass

    def read_body(self):
        if "chunked" in self.headers.get("Transfer-Encoding", ""):
            body = b""
            while True:
                n = int(self.rfile.readline().strip(), 16)
                part = self.rfile.read(n)
                self.rfile.readline()
                if n == 0:
                    return body
                body += part
        return self.rfile.read(int(self.headers.get("Content-Length", 0)))

    def answer(self, status, body=b"", headers=()):
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        if status != 304:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def chunk(self, data):
        self.wfile.write(b"%x\r\n%s\r\n" % (len(data), data))
        self.wfile.flush()

    def raw(self, data):
        self.wfile.write(data)
        self.wfile.flush()
        self.close_connection = True

    def handle_any(self):
        body = self.read_body()
        Handler.seen.append((self.command, self.path, self.headers.items(), body))
        path = self.path.split("?")[0]
        name = path.strip("/").split("/")[0]
        serve = getattr(self, "path_" + name.replace("-", "_"), None)
        if serve is None:
            return self.answer(200, b"hello")
        return serve(path, body)

    do_GET = do_POST = do_PUT = do_DELETE = do_HEAD = do_OPTIONS = do_PATCH = do_PROPFIND = handle_any

    def path_echo(self, path, body):
        self.answer(200, body, [("Content-Type", "application/octet-stream"), ("X-Method", self.command)])

    def path_bytes(self, path, body):
        self.answer(200, b"x" * int(path.split("/")[2]))

    def path_chunks(self, path, body):
        self.send_response(200)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        try:
            for _ in range(int(path.split("/")[2])):
                self.chunk(b"y" * 65536)
        except OSError:
            self.close_connection = True
            return
        self.wfile.write(b"0\r\nX-Trailer: yes\r\n\r\n")

    def path_gzip(self, path, body):
        self.answer(200, b"\x1f\x8b raw", [("Content-Encoding", "gzip")])

    def path_redirect(self, path, body):
        self.answer(302, b"", [("Location", "http://169.254.169.254/latest/")])

    def path_slow(self, path, body):
        time.sleep(float(path.split("/")[2]))
        self.answer(200, b"late")

    def path_stall(self, path, body):
        self.send_response(200)
        self.send_header("Content-Length", "100")
        self.end_headers()
        self.wfile.write(b"part")
        self.wfile.flush()
        time.sleep(3)
        self.close_connection = True

    def path_short(self, path, body):
        self.raw(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nonly this")

    def path_hop(self, path, body):
        self.answer(200, b"ok", [("Keep-Alive", "timeout=5"), ("Proxy-Authenticate", "x"), ("X-Kept", " spaced ")])

    def path_early(self, path, body):
        self.raw(b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\nX-Final: 1\r\n\r\nok")

    def path_many_headers(self, path, body):
        self.raw(b"HTTP/1.1 200 OK\r\n" + b"".join(b"X-%d: 1\r\n" % i for i in range(150)) + b"Content-Length: 0\r\n\r\n")

    def path_big_headers(self, path, body):
        self.raw(b"HTTP/1.1 200 OK\r\n" + b"".join(b"X-%d: %s\r\n" % (i, b"v" * 1000) for i in range(60)) +
                 b"Content-Length: 0\r\n\r\n")

    def path_fold(self, path, body):
        self.raw(b"HTTP/1.1 200 OK\r\nX-A: 1\r\n folded: x\r\nContent-Length: 0\r\n\r\n")

    def path_bad_value(self, path, body):
        self.raw(b"HTTP/1.1 200 OK\r\nX-A: a\x01b\r\nContent-Length: 0\r\n\r\n")

    def path_old(self, path, body):
        self.raw(b"this is not HTTP\r\n\r\n")

    def path_drop(self, path, body):
        self.close_connection = True

    def path_switch(self, path, body):
        self.raw(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n")

    def path_cookie(self, path, body):
        self.answer(200, b"ok", [("Set-Cookie", "a=1; Path=/")])


class Server(socketserver.ThreadingMixIn, http.server.HTTPServer):
    daemon_threads = True
    request_queue_size = 64
    connections = 0

    def get_request(self):
        self.connections += 1
        sock, addr = super().get_request()
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return sock, addr

    def handle_error(self, request, client_address):
        pass


def serve(context=None):
    server = Server(("127.0.0.1", 0), Handler)
    if context is not None:
        server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server


def make_ca(folder):
    """A throwaway CA and a certificate for tls.example; returns (ca file, server context)."""
    run = lambda *args: subprocess.run(["openssl", *args], check=True, capture_output=True, cwd=folder)
    run("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj",
        "/CN=Throwaway test CA", "-keyout", "ca.key", "-out", "ca.pem")
    run("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=tls.example", "-keyout",
        "server.key", "-out", "server.csr")
    with open(os.path.join(folder, "ext"), "w") as f:
        f.write("subjectAltName=DNS:tls.example\n")
    run("x509", "-req", "-in", "server.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-days", "2", "-extfile",
        "ext", "-out", "server.pem")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(os.path.join(folder, "server.pem"), os.path.join(folder, "server.key"))
    os.chmod(folder, 0o755)
    return os.path.join(folder, "ca.pem"), context


class Dns:
    """Answers A and AAAA queries from `names`: name -> list of answers, each a list of addresses. Each pair of queries
    (A and AAAA) uses up one answer; the last one stays."""

    def __init__(self, names):
        self.names, self.asked = names, []
        self.sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.sock.bind(("127.0.0.1", 0))
        self.at = "127.0.0.1:%d" % self.sock.getsockname()[1]
        threading.Thread(target=self.run, daemon=True).start()

    def run(self):
        turns = {}
        while True:
            query, peer = self.sock.recvfrom(4096)
            labels, at = [], 12
            while query[at]:
                labels.append(query[at + 1:at + 1 + query[at]].decode())
                at += 1 + query[at]
            kind = struct.unpack_from(">H", query, at + 1)[0]
            question = query[12:at + 5]
            name = ".".join(labels)
            self.asked.append(name)
            if name not in self.names:
                self.sock.sendto(query[:2] + b"\x81\x83\0\1\0\0\0\0\0\0" + question, peer)
                continue
            if self.names[name] is None:
                continue  # never answers
            turn = turns.get((name, kind), 0)
            turns[(name, kind)] = turn + 1
            answers = self.names[name][min(turn, len(self.names[name]) - 1)]
            family = {1: socket.AF_INET, 28: socket.AF_INET6}.get(kind)
            wanted = [a for a in answers if family == (socket.AF_INET6 if ":" in a else socket.AF_INET)]
            body = b""
            for a in wanted:
                data = socket.inet_pton(family, a)
                body += b"\xc0\x0c" + struct.pack(">HHIH", kind, 1, 1, len(data)) + data
            self.sock.sendto(query[:2] + b"\x81\x80\0\1" + struct.pack(">H", len(wanted)) + b"\0\0\0\0" + question + body, peer)
