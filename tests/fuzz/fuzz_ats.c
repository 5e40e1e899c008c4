/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz_ats.c - any bytes as a file of records, and as a vendor's webhook */
#include "campaigns/ats-adapter.h"
#include "campaigns/ats-reader.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
read_file(const uint8_t *data, size_t size, bool json)
{
    FILE *file = fmemopen((void *)data, size, "r");
    g_autoptr(AtsReader) reader = ats_reader_new(file, "f", json, "x", 1, NULL);
    ImportProblem *problem;
    AtsRow row;

    while (reader && ats_reader_next(reader, &row, &problem, NULL)) {
        if (!problem) {
            g_autofree char *packed = ats_row_pack(&row);
            g_assert_true(g_utf8_validate(packed, -1, NULL));
        }
        ats_row_clear(&row);
        import_problem_free(problem);
    }
    fclose(file);
}

static void
read_hook(const char *text, Store *store, const char *name)
{
    const Workspace workspace = {0};
    g_autoptr(GError) error = NULL;
    g_autoptr(AtsAdapter) a = ats_adapter_load(&workspace, name, &error);
    g_autofree char *event = ats_adapter_event(a, store, text, NULL, &error);
    g_autofree char *problem = NULL;
    g_autoptr(GPtrArray) rows =
        ats_adapter_map(a, store, text, event, "x", 1, &problem, &error);

    g_assert_true(rows || error);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static Store *store;
    g_autofree char *text = g_strndup((const char *)data, size);

    if (!store)
        store = store_open(":memory:", STORE_CREATE, NULL);
    if (size == 0 || size > 65536)
        return 0;
    read_file(data, size, true);
    read_file(data, size, false);
    read_hook(text, store, "greenhouse");
    read_hook(text, store, "merge");
    return 0;
}
