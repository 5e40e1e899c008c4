/* SPDX-License-Identifier: Apache-2.0 */
/* subject -- when two subjects are the same conversation.
 *
 * Mail programs put "Re:", "AW:", "SV:", "RES:" and others in front, mailing
 * systems add [tags]; both are dropped, case and white space do not count. */
#ifndef NURTURE_SUBJECT_H
#define NURTURE_SUBJECT_H

#include <stdbool.h>

/* The subject without all that, case-folded; owned. "" stays "". */
char *subject_normalise(const char *subject);
/* 16 hex digits that stand for it, so that nothing personal is kept; NULL when
 * nothing is left of the subject. Owned. */
char *subject_hash(const char *subject);

#endif
