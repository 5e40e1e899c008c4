/* SPDX-License-Identifier: Apache-2.0 */
/* metrics -- counts for Prometheus (text format 0.0.4), about nobody.
 *
 * Labels are states, kinds and classes from our own tables; no campaign, no
 * address, no message. The events are append-only, so each look reads only
 * those since the last; a first look at a million takes about a second. Belongs
 * to one thread; opens the database read-only. */
#ifndef NURTURE_METRICS_H
#define NURTURE_METRICS_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

typedef struct Metrics Metrics;

Metrics *metrics_new(const char *database);
void metrics_free(Metrics *metrics);

/* Append all of it. False with ERROR_STORE. */
bool metrics_append(Metrics *metrics, int64_t now, GString *out,
                    GError **error);
/* Can the database be opened and read? */
bool metrics_healthy(Metrics *metrics, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Metrics, metrics_free)

#endif
