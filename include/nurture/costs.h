/* SPDX-License-Identifier: Apache-2.0 */
/* costs -- what each source of people costs, month by month.
 *
 * A CSV with the columns source, month (2026-03), amount (1,234.50 or 1234.5)
 * and currency (EUR), in any order. A source and month that is there already
 * gets the new amount, so that a corrected file can be imported again. All
 * costs are in one currency: reports add them up. */
#ifndef NURTURE_COSTS_H
#define NURTURE_COSTS_H

#include "nurture/store.h"

typedef struct {
    int64_t added, changed, unchanged;
    int64_t total; /* hundredths, of the file */
    char *currency;
} CostsResult;

/* All or nothing. ERROR_INPUT names the line and the column. */
bool costs_import(Store *store, const char *path, bool dry_run, int64_t now,
                  CostsResult *out, GError **error);
void costs_result_clear(CostsResult *result);

/* "1,234.50" -> 123450; at most two decimals, nothing negative. */
bool amount_parse(const char *text, int64_t *out);
/* Forget a source's cost of a month. ERROR_NOT_FOUND. */
bool costs_remove(Store *store, const char *source, const char *month,
                  int64_t now, GError **error);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(CostsResult, costs_result_clear)

#endif
