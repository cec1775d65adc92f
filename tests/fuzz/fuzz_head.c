// SPDX-License-Identifier: Apache-2.0
// Response heads from hostile servers, line by line: what is kept is a valid, bounded block of lower-case fields.
#include "base/cleanup.h"
#include "net/headers.h"
#include "roles/egress/head.h"

static void check(bool ok) {
    if (!ok)
        abort();
}

static void check_block(struct pn_view block) {
    struct pn_cursor c = {.rest = block};
    struct pn_header h;
    unsigned count = 0;
    int rc;
    check(block.len <= PN_HEADERS_REPLY_BYTES);
    while ((rc = pn_headers_next(&c, &h, NULL)) == 1) {
        count++;
        for (size_t i = 0; i < h.name.len; i++)
            check(h.name.ptr[i] < 'A' || h.name.ptr[i] > 'Z');
        check(!pn_header_is_ours(h.name) || pn_view_is(h.name, "content-length"));
    }
    check(rc == 0 && count <= PN_HEADERS_MAX);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct pn_head head;
    enum pn_http_error code = PN_HTTP_ERROR_COUNT;
    bool failed = false;
    pn_head_init(&head);
    struct pn_view rest = pn_view(data, size);
    while (rest.len > 0 && !failed) {
        size_t end = pn_view_find(rest, '\n', 0);
        end = end == SIZE_MAX ? rest.len : end + 1;
        failed = pn_head_line(&head, pn_view_part(rest, 0, end), &code, NULL) < 0;
        rest = pn_view_part(rest, end, rest.len);
    }
    check(failed == (code != PN_HTTP_ERROR_COUNT));
    check(!head.complete || (head.status >= 200 && head.status <= 999));
    if (!failed) {
        check_block(pn_buf_view(&head.headers));
        check_block(pn_buf_view(&head.trailers));
    }
    pn_head_fini(&head);
    return 0;
}
