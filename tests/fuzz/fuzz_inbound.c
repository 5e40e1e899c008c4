/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz_inbound.c - any bytes as a received mail */
#include "nurture/inspection.h"

#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    g_autoptr(GBytes) bytes = g_bytes_new(data, size);
    g_autoptr(GError) error = NULL;
    g_autoptr(Inspection) got = inspection_of(bytes, INSPECT_EML, 0, &error);
    g_autoptr(GString) out = g_string_new(NULL);

    g_assert(got);
    inspection_to_json(got, "fuzz", out);
    inspection_to_text(got, "fuzz", out);
    return 0;
}
