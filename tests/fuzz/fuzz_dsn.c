/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz_dsn.c - any bytes as the fields of a delivery report */
#include "tracking/dsn.h"

#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    g_autofree char *text = g_utf8_make_valid((const char *)data, (gssize)size);
    g_autoptr(Dsn) dsn = dsn_parse(text);
    g_autofree char *address = dsn_address(text);

    g_assert_true(!address || *address);
    for (guint i = 0; i < dsn->recipients->len; i++) {
        const DsnRecipient *r = dsn->recipients->pdata[i];

        /* class.subject.detail, RFC 3463 section 2 */
        g_assert_true(!r->status ||
                      (strchr("245", r->status[0]) && r->status[1] == '.'));
    }
    return 0;
}
