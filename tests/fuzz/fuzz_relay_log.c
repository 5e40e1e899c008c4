/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz_relay_log.c - any bytes as a line of a relay's log */
#include "mta/relay-log.h"
#include "nurture/queue.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    g_autofree char *line = g_strndup((const char *)data, size);
    RelayLogLine out;

    if (size > RELAY_LOG_LINE ||
        !relay_log_line(line, zone_get("Europe/Berlin"), INT64_C(1772528400000),
                        &out))
        return 0;
    g_assert_cmpint(out.at, !=, 0);
    if (out.kind != RELAY_LOG_OTHER) {
        g_assert_true(out.id >= line);
        g_assert_cmpuint(out.id_length, <=, strlen(out.id));
    }
    if (out.kind == RELAY_LOG_MESSAGE_ID)
        g_assert_cmpuint(out.message_id_length, <=, strlen(out.message_id));
    return 0;
}
