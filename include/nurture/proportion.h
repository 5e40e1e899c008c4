/* SPDX-License-Identifier: Apache-2.0 */
/* proportion -- shares of counted people, and how sure one can be of them.
 *
 * 95 % intervals: Wilson's score interval of one share (1927), and for the
 * difference of two shares Newcombe's (1998, method 10), made of two Wilson
 * intervals. Both hold for small groups and for shares near 0 and 1. */
#ifndef NURTURE_PROPORTION_H
#define NURTURE_PROPORTION_H

#include <stdint.h>

/* `people` > 0; 0 <= `reached` <= `people`. Shares of 1. */
void proportion_interval(int64_t reached, int64_t people, double *out_low,
                         double *out_high);
/* a/of_a - b/of_b with its interval; all 0 when a group is empty. */
void proportion_difference(int64_t a, int64_t of_a, int64_t b, int64_t of_b,
                           double *out, double *out_low, double *out_high);

#endif
