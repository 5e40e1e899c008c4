/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz_inbound_guard.c - what the guard lets through, GMime survives */
#include "tracking/inbound-guard.h"

#include "nurture/autoptr.h"
#include "nurture/error.h"

#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GMimeStream) stream = NULL;
    g_autoptr(GMimeParser) parser = NULL;
    g_autoptr(GMimeMessage) message = NULL;

    if (!inbound_guard((const char *)data, size, &error)) {
        g_assert_error(error, NURTURE_ERROR, ERROR_INPUT);
        return 0;
    }
    g_mime_init();
    stream = g_mime_stream_mem_new_with_buffer((const char *)data, size);
    parser = g_mime_parser_new_with_stream(stream);
    message = g_mime_parser_construct_message(parser, NULL);
    if (message) {
        g_mime_message_get_all_recipients(message);
        g_mime_message_get_from(message);
    }
    return 0;
}
