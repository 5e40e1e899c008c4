/* SPDX-License-Identifier: Apache-2.0 */
/* retention-clock -- when legal.retention began to run for a candidate. */
#ifndef NURTURE_RETENTION_CLOCK_H
#define NURTURE_RETENTION_CLOCK_H

/* SQL, for a `candidate c`: the last contact in UTC ms. Being added, answering
 * or clicking, applying, and agreeing to be mailed or kept start it anew; what
 * we send does not. */
#define RETENTION_CLOCK                                                        \
    "max(c.added, coalesce(c.last_engaged, 0), coalesce(c.last_applied, 0),"   \
    " coalesce((SELECT max(k3.at) FROM consent k3"                             \
    "  WHERE k3.candidate_id = c.candidate_id AND k3.purpose = 'mail'"         \
    "   AND +k3.state = 'given'), 0),"                                         \
    " coalesce((SELECT max(k4.at) FROM consent k4"                             \
    "  WHERE k4.candidate_id = c.candidate_id AND k4.purpose = 'retention'"    \
    "   AND +k4.state = 'given'), 0))"

/* SQL, for a `candidate c`: sourced, and not told so by a notice (Article 14),
 * nor by agreeing to be mailed. Matters where the basis is legitimate
 * interest. */
#define LACKS_NOTICE                                                           \
    "(c.source = 'sourced' AND c.notified_at IS NULL AND NOT EXISTS"           \
    " (SELECT 1 FROM consent k5 WHERE k5.candidate_id = c.candidate_id"        \
    "  AND k5.purpose = 'mail'))"

#endif
