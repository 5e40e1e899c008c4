/* SPDX-License-Identifier: Apache-2.0 */
/* visible -- which candidates are there.
 *
 * Whoever was erased is not, and people of an unfinished import are not yet. */
#ifndef NURTURE_VISIBLE_H
#define NURTURE_VISIBLE_H

/* SQL, for a `candidate c`. */
#define VISIBLE                                                                \
    "c.erased_at IS NULL AND NOT EXISTS (SELECT 1 FROM batch b"                \
    " WHERE b.batch_id = c.batch_id AND b.state = 'open')"

#endif
