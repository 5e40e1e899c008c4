/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz_intent.c - any bytes as a reply */
#include "tracking/intent.h"

#include <glib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    g_autofree char *text = g_utf8_make_valid((const char *)data, (gssize)size);
    Intent intent;

    intent_classify(text, "Re: your next role", INT64_C(1773133200000),
                    &intent);
    g_assert(intent.class < INTENT_CLASSES && intent.also < INTENT_CLASSES);
    g_assert(intent.class == INTENT_OTHER || intent.rule[0]);
    return 0;
}
