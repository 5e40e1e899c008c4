/* SPDX-License-Identifier: Apache-2.0 */
/* inspection-pack -- an Inspection as bytes, for another process.
 *
 * The bytes come from a process that has read a stranger's mail: they are
 * checked like the mail itself. */
#ifndef TRACKING_INSPECTION_PACK_H
#define TRACKING_INSPECTION_PACK_H

#include "nurture/inspection.h"

Inspection *inspection_new(void); /* with its lists, all empty */

GBytes *inspection_pack(const Inspection *inspection);
/* NULL when they are no Inspection. */
Inspection *inspection_unpack(GBytes *bytes);

#endif
