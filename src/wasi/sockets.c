// SPDX-License-Identifier: Apache-2.0
// wasi:sockets: all of it links, none of it is granted. No socket is ever made, so no function on one can be reached.
#include "wasi/link.h"
#include "wasi/val.h"

typedef wasmtime_component_val_t val;

#define ADDRESS "<{2(1111)}{24(22222222)4}>" // ip-socket-address

static int denied(struct pn_host *h, const val *args, val *results, struct pn_err *err) {
    results[0] = pn_val_err(pn_val_enum("access-denied"));
    return 0;
}

static int unreachable(struct pn_host *h, const val *args, val *results, struct pn_err *err) {
    return pn_fail(err, PN_E_BUG, "there are no sockets here");
}

static int instance_network(struct pn_host *h, const val *args, val *results, struct pn_err *err) {
    static char network;
    uint32_t rep = 0;
    if (pn_host_add(h, PN_RES_NETWORK, &network, NULL, 0, &rep, err) < 0)
        return -1;
    results[0] = pn_val_own(h, PN_RES_NETWORK, rep);
    return 0;
}

static int resolve(struct pn_host *h, const val *args, val *results, struct pn_err *err) {
    if (pn_arg_resource(h, &args[0], PN_RES_NETWORK, NULL, err) == NULL)
        return -1;
    return denied(h, args, results, err);
}

// No error of ours is a network error.
static int error_code(struct pn_host *h, const val *args, val *results, struct pn_err *err) {
    if (pn_arg_resource(h, &args[0], PN_RES_ERROR, NULL, err) == NULL)
        return -1;
    results[0] = pn_val_none();
    return 0;
}

static const struct pn_wasi_resource network_resources[] = {{"network", PN_RES_NETWORK}, {0}};
static const struct pn_wasi_func network_funcs[] = {{"network-error-code", "h>?e", error_code}, {0}};
static const struct pn_wasi_func instance_funcs[] = {{"instance-network", ">h", instance_network}, {0}};
static const struct pn_wasi_resource lookup_resources[] = {{"resolve-address-stream", PN_RES_RESOLVE_STREAM}, {0}};
static const struct pn_wasi_func lookup_funcs[] = {
    {"resolve-addresses", "hs>Rhe", resolve},
    {"[method]resolve-address-stream.resolve-next-address", "h>R?<(1111)(22222222)>e", unreachable},
    {"[method]resolve-address-stream.subscribe", "h>h", unreachable},
    {0},
};
static const struct pn_wasi_func tcp_create_funcs[] = {{"create-tcp-socket", "e>Rhe", denied}, {0}};
static const struct pn_wasi_func udp_create_funcs[] = {{"create-udp-socket", "e>Rhe", denied}, {0}};

static const struct pn_wasi_resource tcp_resources[] = {{"tcp-socket", PN_RES_TCP_SOCKET}, {0}};
static const struct pn_wasi_func tcp_funcs[] = {
    {"[method]tcp-socket.start-bind", "hh" ADDRESS ">R_e", unreachable},
    {"[method]tcp-socket.finish-bind", "h>R_e", unreachable},
    {"[method]tcp-socket.start-connect", "hh" ADDRESS ">R_e", unreachable},
    {"[method]tcp-socket.finish-connect", "h>R(hh)e", unreachable},
    {"[method]tcp-socket.start-listen", "h>R_e", unreachable},
    {"[method]tcp-socket.finish-listen", "h>R_e", unreachable},
    {"[method]tcp-socket.accept", "h>R(hhh)e", unreachable},
    {"[method]tcp-socket.local-address", "h>R" ADDRESS "e", unreachable},
    {"[method]tcp-socket.remote-address", "h>R" ADDRESS "e", unreachable},
    {"[method]tcp-socket.is-listening", "h>b", unreachable},
    {"[method]tcp-socket.address-family", "h>e", unreachable},
    {"[method]tcp-socket.set-listen-backlog-size", "h8>R_e", unreachable},
    {"[method]tcp-socket.keep-alive-enabled", "h>Rbe", unreachable},
    {"[method]tcp-socket.set-keep-alive-enabled", "hb>R_e", unreachable},
    {"[method]tcp-socket.keep-alive-idle-time", "h>R8e", unreachable},
    {"[method]tcp-socket.set-keep-alive-idle-time", "h8>R_e", unreachable},
    {"[method]tcp-socket.keep-alive-interval", "h>R8e", unreachable},
    {"[method]tcp-socket.set-keep-alive-interval", "h8>R_e", unreachable},
    {"[method]tcp-socket.keep-alive-count", "h>R4e", unreachable},
    {"[method]tcp-socket.set-keep-alive-count", "h4>R_e", unreachable},
    {"[method]tcp-socket.hop-limit", "h>R1e", unreachable},
    {"[method]tcp-socket.set-hop-limit", "h1>R_e", unreachable},
    {"[method]tcp-socket.receive-buffer-size", "h>R8e", unreachable},
    {"[method]tcp-socket.set-receive-buffer-size", "h8>R_e", unreachable},
    {"[method]tcp-socket.send-buffer-size", "h>R8e", unreachable},
    {"[method]tcp-socket.set-send-buffer-size", "h8>R_e", unreachable},
    {"[method]tcp-socket.subscribe", "h>h", unreachable},
    {"[method]tcp-socket.shutdown", "he>R_e", unreachable},
    {0},
};

static const struct pn_wasi_resource udp_resources[] = {
    {"udp-socket", PN_RES_UDP_SOCKET},
    {"incoming-datagram-stream", PN_RES_INCOMING_DATAGRAMS},
    {"outgoing-datagram-stream", PN_RES_OUTGOING_DATAGRAMS},
    {0},
};
static const struct pn_wasi_func udp_funcs[] = {
    {"[method]udp-socket.start-bind", "hh" ADDRESS ">R_e", unreachable},
    {"[method]udp-socket.finish-bind", "h>R_e", unreachable},
    {"[method]udp-socket.stream", "h?" ADDRESS ">R(hh)e", unreachable},
    {"[method]udp-socket.local-address", "h>R" ADDRESS "e", unreachable},
    {"[method]udp-socket.remote-address", "h>R" ADDRESS "e", unreachable},
    {"[method]udp-socket.address-family", "h>e", unreachable},
    {"[method]udp-socket.unicast-hop-limit", "h>R1e", unreachable},
    {"[method]udp-socket.set-unicast-hop-limit", "h1>R_e", unreachable},
    {"[method]udp-socket.receive-buffer-size", "h>R8e", unreachable},
    {"[method]udp-socket.set-receive-buffer-size", "h8>R_e", unreachable},
    {"[method]udp-socket.send-buffer-size", "h>R8e", unreachable},
    {"[method]udp-socket.set-send-buffer-size", "h8>R_e", unreachable},
    {"[method]udp-socket.subscribe", "h>h", unreachable},
    {"[method]incoming-datagram-stream.receive", "h8>R[{[1" ADDRESS "}e", unreachable},
    {"[method]incoming-datagram-stream.subscribe", "h>h", unreachable},
    {"[method]outgoing-datagram-stream.check-send", "h>R8e", unreachable},
    {"[method]outgoing-datagram-stream.send", "h[{[1?" ADDRESS "}>R8e", unreachable},
    {"[method]outgoing-datagram-stream.subscribe", "h>h", unreachable},
    {0},
};

const struct pn_wasi_interface pn_wasi_network = {"wasi:sockets/network", .resources = network_resources,
                                                  .funcs = network_funcs};
const struct pn_wasi_interface pn_wasi_instance_network = {"wasi:sockets/instance-network", .funcs = instance_funcs};
const struct pn_wasi_interface pn_wasi_name_lookup = {"wasi:sockets/ip-name-lookup", .resources = lookup_resources,
                                                      .funcs = lookup_funcs};
const struct pn_wasi_interface pn_wasi_tcp = {"wasi:sockets/tcp", .resources = tcp_resources, .funcs = tcp_funcs};
const struct pn_wasi_interface pn_wasi_tcp_create = {"wasi:sockets/tcp-create-socket", .funcs = tcp_create_funcs};
const struct pn_wasi_interface pn_wasi_udp = {"wasi:sockets/udp", .resources = udp_resources, .funcs = udp_funcs};
const struct pn_wasi_interface pn_wasi_udp_create = {"wasi:sockets/udp-create-socket", .funcs = udp_create_funcs};
