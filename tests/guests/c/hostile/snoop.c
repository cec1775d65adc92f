// SPDX-License-Identifier: Apache-2.0
// Guest `snoop`: tries everything a guest can try and reports what came of it, as one JSON object:
//   {"ATTEMPT": {"done": true|false, "saw": "..."}, ...}
// "done" means that the attempt succeeded; "saw" is the first bytes, the error, or the status.
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>
#include <wasi/api.h>
#include <wasi/libc-environ.h>

#include "../http_errors.h"
#include "http_raw.h"

#define SOCKETS(interface) "wasi:sockets/" interface "@0.2.12"

IMPORT(SOCKETS("instance-network"), "instance-network") int32_t network(void);
IMPORT(SOCKETS("tcp-create-socket"), "create-tcp-socket") void create_tcp(int32_t family, uint8_t *result);
IMPORT(SOCKETS("udp-create-socket"), "create-udp-socket") void create_udp(int32_t family, uint8_t *result);
IMPORT(SOCKETS("tcp"), "[method]tcp-socket.start-connect")
void start_connect(int32_t self, int32_t network, int32_t version, int32_t port, int32_t a, int32_t b, int32_t c,
                   int32_t d, int32_t e, int32_t f, int32_t g, int32_t h, int32_t i, int32_t j, uint8_t *result);
IMPORT(SOCKETS("tcp"), "[method]tcp-socket.finish-connect") void finish_connect(int32_t self, uint8_t *result);
IMPORT(SOCKETS("tcp"), "[method]tcp-socket.subscribe") int32_t tcp_ready(int32_t self);
IMPORT(SOCKETS("tcp"), "[method]tcp-socket.start-bind")
void start_bind(int32_t self, int32_t network, int32_t version, int32_t port, int32_t a, int32_t b, int32_t c,
                int32_t d, int32_t e, int32_t f, int32_t g, int32_t h, int32_t i, int32_t j, uint8_t *result);
IMPORT(SOCKETS("ip-name-lookup"), "resolve-addresses")
void resolve(int32_t network, const char *name, uint32_t len, uint8_t *result);
IMPORT(SOCKETS("ip-name-lookup"), "[method]resolve-address-stream.resolve-next-address")
void next_address(int32_t self, uint8_t *result);
IMPORT(SOCKETS("ip-name-lookup"), "[method]resolve-address-stream.subscribe") int32_t name_ready(int32_t self);

enum { WOULD_BLOCK = 8, SEEN = 400 };

static char report[96 * 1024];
static size_t length;

static void put(const char *text) {
    size_t size = strlen(text);
    if (length + size < sizeof report) {
        memcpy(report + length, text, size);
        length += size;
    }
}

// JSON text of bytes; what is not printable ASCII is shown as \u00XX of the byte.
static void put_json(const char *bytes, size_t size) {
    put("\"");
    for (size_t n = 0; n < size && n < SEEN; n++) {
        char one[8];
        unsigned char byte = (unsigned char)bytes[n];
        bool plain = byte >= 0x20 && byte < 0x7F && byte != '"' && byte != '\\';
        snprintf(one, sizeof one, plain ? "%c" : "\\u%04x", byte);
        put(one);
    }
    put("\"");
}

static void tell(const char *what, const char *where, bool done, const char *saw, size_t size) {
    char name[512];
    snprintf(name, sizeof name, "%s%s%s", what, *where ? " " : "", where);
    put(length > 1 ? ",\n" : "");
    put_json(name, strlen(name));
    put(done ? ":{\"done\":true,\"saw\":" : ":{\"done\":false,\"saw\":");
    put_json(saw, size);
    put("}");
}

static void tell_text(const char *what, const char *where, bool done, const char *saw) {
    tell(what, where, done, saw, strlen(saw));
}

static void tell_errno(const char *what, const char *where, bool done) {
    tell_text(what, where, done, done ? "" : strerror(errno));
}

static void try_read(const char *what, const char *path) {
    char seen[SEEN];
    int fd = open(path, O_RDONLY);
    ssize_t got = fd >= 0 ? read(fd, seen, sizeof seen) : -1;
    if (got >= 0)
        tell(what, path, true, seen, (size_t)got);
    else
        tell_errno(what, path, false);
    if (fd >= 0)
        close(fd);
}

static void try_write(const char *path) {
    int fd = open(path, O_WRONLY | O_CREAT, 0666);
    tell_errno("write", path, fd >= 0 && write(fd, "snoop\n", 6) == 6);
    if (fd >= 0)
        close(fd);
}

static void try_absolute_paths(void) {
    static const char *const paths[] = {
        "/etc/passwd",
        "/etc/hostname",
        "/etc/ssl/openssl.cnf",
        "/proc/self/environ",
        "/proc/self/maps",
        "/proc/1/cmdline",
        "/proc/self/root/etc/passwd",
        "/proc/self/cwd",
        "/dev/null",
        "/dev/mem",
        "/sys/kernel/version",
        "/root/.ssh/id_rsa",
        "/root/.aws/credentials",
        "/var/run/docker.sock",
        "/tmp",
        "/",
        ".",
        "..",
        "../../../../etc/passwd",
        "etc/passwd",
        "~/.ssh/id_rsa",
        "",
        "//etc/passwd",
        "/./etc/passwd",
        "/etc/./passwd",
        "/etc//passwd",
    };
    for (size_t n = 0; n < sizeof paths / sizeof paths[0]; n++)
        try_read("read", paths[n]);
    try_write("/tmp/snoop-was-here");
    try_write("snoop-was-here");
}

// A link made in a granted directory, then followed; the link is removed again.
static void try_link(const char *dir, const char *target, const char *rest) {
    char path[512], inside[600], name[700];
    snprintf(path, sizeof path, "%s/snoop-link", dir);
    snprintf(inside, sizeof inside, "%s%s", path, rest);
    snprintf(name, sizeof name, "%s -> %s", path, target);
    unlink(path);
    tell_errno("symlink", name, symlink(target, path) == 0);
    snprintf(name, sizeof name, "read through link to %s:", target);
    try_read(name, inside);
    unlink(path);
}

static void try_moves(const char *dir) {
    char from[512], to[512];
    snprintf(from, sizeof from, "%s/snoop-file", dir);
    snprintf(to, sizeof to, "%s/../snoop-file", dir);
    try_write(from);
    tell_errno("rename out of", dir, rename(from, to) == 0);
    tell_errno("hard link out of", dir, link(from, to) == 0);
    unlink(from);
    snprintf(from, sizeof from, "%s/../snoop-dir", dir);
    tell_errno("mkdir outside", dir, mkdir(from, 0777) == 0);
}

static void try_directory(const char *dir) {
    static const char *const names[] = {
        "../etc/passwd",
        "../../../../../../etc/passwd",
        "sub/../../etc/passwd",
        "./../secret.txt",
        "../secret.txt",
        ".env",
        ".ssh/id_rsa",
        ".aws/credentials",
        ".git/config",
        ".hidden",
        "id_ed25519",
        "server.key",
        "outside-link",
        "outside-dir-link/passwd",
        "absolute-link",
        "fifo",
        "device",
        "socket",
    };
    char path[512];
    tell_text("granted", dir, true, "");
    for (size_t n = 0; n < sizeof names / sizeof names[0]; n++) {
        snprintf(path, sizeof path, "%s/%s", dir, names[n]);
        try_read("read", path);
    }
    try_link(dir, "/etc", "/passwd");
    try_link(dir, "../../../../../../etc/passwd", "");
    try_link(dir, "/proc/self/environ", "");
    try_moves(dir);
}

static void try_directories(void) {
    __wasi_prestat_t facts;
    for (int fd = 3; __wasi_fd_prestat_get(fd, &facts) == 0 && fd < 16; fd++) {
        char name[256] = {0};
        if (__wasi_fd_prestat_dir_name(fd, (uint8_t *)name, sizeof name - 1) == 0 ||
            (facts.u.dir.pr_name_len < sizeof name &&
             __wasi_fd_prestat_dir_name(fd, (uint8_t *)name, facts.u.dir.pr_name_len) == 0))
            try_directory(name);
    }
}

static void try_environment(void) {
    extern char **environ;
    size_t count = 0, size = 0;
    __wasilibc_ensure_environ();
    for (char **entry = environ; entry && *entry; entry++) {
        char *equals = strchr(*entry, '=');
        if (!equals)
            continue;
        *equals = 0;
        tell_text("environment", *entry, true, equals + 1);
    }
    if (__wasi_args_sizes_get(&count, &size) != 0 || count == 0)
        return;
    uint8_t **values = malloc(count * sizeof *values), *texts = malloc(size);
    if (values && texts && __wasi_args_get(values, texts) == 0)
        tell("arguments", "", true, (const char *)texts, size);
}

static const char *socket_error(uint8_t code) {
    static const char *const names[] = {
        "unknown",
        "access-denied",
        "not-supported",
        "invalid-argument",
        "out-of-memory",
        "timeout",
        "concurrency-conflict",
        "not-in-progress",
        "would-block",
        "invalid-state",
        "new-socket-limit",
        "address-not-bindable",
        "address-in-use",
        "remote-unreachable",
        "connection-refused",
        "connection-reset",
        "connection-aborted",
        "datagram-too-large",
        "name-unresolvable",
        "temporary-resolver-failure",
        "permanent-resolver-failure",
    };
    return code < sizeof names / sizeof names[0] ? names[code] : "?";
}

// The error code lies where the payload's alignment puts it: at 4 beside a handle, at 1 alone.
static void tell_code(const char *what, const char *where, const uint8_t *area, size_t offset) {
    tell_text(what, where, area[0] == 0, area[0] == 0 ? "" : socket_error(area[offset]));
}

static void tell_socket(const char *what, const char *where, const uint8_t *area) {
    tell_code(what, where, area, 4);
}

static void try_connect(const char *where, int32_t a, int32_t b, int32_t c, int32_t d, int32_t port) {
    uint8_t area[32] __attribute__((aligned(8))) = {0};
    create_tcp(0, area);
    tell_socket("tcp socket for", where, area);
    if (area[0] != 0)
        return;
    int32_t socket = http_word(area + 4);
    start_connect(socket, network(), 0, port, a, b, c, d, 0, 0, 0, 0, 0, 0, area);
    tell_code("tcp start-connect", where, area, 1);
    if (area[0] != 0)
        return;
    for (finish_connect(socket, area); area[0] == 1 && area[4] == WOULD_BLOCK; finish_connect(socket, area))
        http_block(tcp_ready(socket));
    tell_socket("tcp connect", where, area);
}

static void try_listen(void) {
    uint8_t area[32] __attribute__((aligned(8))) = {0};
    create_udp(0, area);
    tell_socket("udp socket", "", area);
    create_tcp(1, area);
    tell_socket("tcp socket for IPv6", "", area);
    create_tcp(0, area);
    if (area[0] != 0)
        return;
    start_bind(http_word(area + 4), network(), 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, area);
    tell_code("tcp bind", "0.0.0.0:0", area, 1);
}

static void try_resolve(const char *name) {
    uint8_t area[32] __attribute__((aligned(8))) = {0};
    resolve(network(), name, strlen(name), area);
    if (area[0] == 0) {
        int32_t stream = http_word(area + 4);
        // result<option<ip-address>, error-code>: the alignment is 2, so the payload starts at 2.
        for (next_address(stream, area); area[0] == 1 && area[2] == WOULD_BLOCK; next_address(stream, area))
            http_block(name_ready(stream));
        tell_text("resolve", name, area[0] == 0 && area[2] == 1, area[0] == 0 ? "" : socket_error(area[2]));
        return;
    }
    tell_socket("resolve", name, area);
}

static void try_http(const char *authority, const char *path) {
    char saw[64];
    int32_t status = http_get_status(authority, strlen(authority), path, strlen(path));
    if (status >= 0)
        snprintf(saw, sizeof saw, "%d", (int)status);
    else
        snprintf(saw, sizeof saw, "%s", status == -100 ? "not a request" : http_error_name((unsigned)(-1 - status)));
    tell_text("http", authority, status >= 0, saw);
}

// Spellings of the loopback address, all with the port of the URL that the test gave: behind it a server listens.
static void try_loopback(const char *port) {
    static const char *const hosts[] = {
        "127.0.0.1",
        "localhost",
        "LOCALHOST",
        "localhost.",
        "127.1",
        "127.0.1",
        "2130706433",
        "0x7f000001",
        "0x7f.0.0.1",
        "0177.0.0.1",
        "017700000001",
        "0.0.0.0",
        "0",
        "[::1]",
        "[::]",
        "[::ffff:127.0.0.1]",
        "[::ffff:7f00:1]",
        "[::127.0.0.1]",
        "[64:ff9b::7f00:1]",
        "[2002:7f00:1::]",
        "[fe80::1%25lo]",
        "127.0.0.1.",
        "user@127.0.0.1",
        "user:password@127.0.0.1",
        "127.0.0.1@localhost",
        "\xE2\x91\xA0\xE2\x91\xA1\xE2\x91\xA6.0.0.1",
        "127.0.0.1#",
        "127.0.0.1\\",
        "127.0.0.1 ",
    };
    char authority[128];
    for (size_t n = 0; n < sizeof hosts / sizeof hosts[0]; n++) {
        snprintf(authority, sizeof authority, "%s:%s", hosts[n], port);
        try_http(authority, "/");
    }
}

static void try_far_away(void) {
    static const char *const hosts[] = {
        "169.254.169.254", "[fd00:ec2::254]", "metadata.google.internal",
        "100.100.100.200", "10.0.0.1",        "192.168.0.1",
        "100.64.0.1",      "198.18.0.1",      "240.0.0.1",
        "example.invalid",
    };
    for (size_t n = 0; n < sizeof hosts / sizeof hosts[0]; n++)
        try_http(hosts[n], "/latest/meta-data/");
}

EXPORT("snoop") const struct view *snoop(const char *url, uint32_t len) {
    static struct view result;
    char port[8] = "80";
    const char *colon = NULL;
    for (uint32_t n = 6; n < len; n++)
        if (url[n] == ':')
            colon = url + n + 1;
    for (uint32_t n = 0; colon && colon + n < url + len && colon[n] >= '0' && colon[n] <= '9' && n < 6; n++) {
        port[n] = colon[n];
        port[n + 1] = 0;
    }
    length = 0;
    put("{");
    try_absolute_paths();
    try_directories();
    try_environment();
    try_connect("127.0.0.1", 127, 0, 0, 1, atoi(port));
    try_connect("169.254.169.254", 169, 254, 169, 254, 80);
    try_listen();
    try_resolve("localhost");
    try_resolve("example.invalid");
    try_resolve("127.0.0.1");
    try_loopback(port);
    try_far_away();
    put("}");
    result = (struct view){report, length};
    return &result;
}
