/* SPDX-License-Identifier: Apache-2.0 */
/* inbound-guard -- bounds checked on raw bytes before any parser runs.
 *
 * One linear pass. GMime recurses once per address group, so a few kilobytes
 * of "From: a:a:a:..." overflow the stack, also when the field stands in a
 * message inside the message; nothing of that kind may reach it. */
#ifndef TRACKING_INBOUND_GUARD_H
#define TRACKING_INBOUND_GUARD_H

#include <glib.h>
#include <stdbool.h>

#define INBOUND_MESSAGE_MAX      (25 * 1024 * 1024)
#define INBOUND_HEADER_BLOCK_MAX (256 * 1024)
#define INBOUND_FIELD_MAX        (16 * 1024)
#define INBOUND_GROUPS_MAX       64   /* ':' in an address field */
#define INBOUND_BODY_GROUPS_MAX  512  /* in what looks like one */
#define INBOUND_CONTAINERS_MAX   4096 /* multipart and message parts */
/* Containers times lines that begin with "--": GMime compares each such line
 * with every boundary that is open, 200,000 pairs in a millisecond. */
#define INBOUND_BOUNDARY_WORK_MAX (5 * 1000 * 1000)

/* Returns: true if `data` may be given to GMime; false with ERROR_INPUT
 * naming the bound that is broken. */
bool inbound_guard(const char *data, size_t size, GError **error);

#endif
