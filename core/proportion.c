/* SPDX-License-Identifier: Apache-2.0 */
/* proportion.c - Wilson's and Newcombe's intervals */
#include "nurture/proportion.h"

#include <glib.h>
#include <math.h>

void
proportion_interval(int64_t reached, int64_t people, double *out_low,
                    double *out_high)
{
    const double z = 1.959963984540054;
    double n = (double)people, p = (double)reached / n;
    double centre = (p + z * z / (2 * n)) / (1 + z * z / n);
    double half =
        z * sqrt(p * (1 - p) / n + z * z / (4 * n * n)) / (1 + z * z / n);

    *out_low = MAX(0.0, centre - half);
    *out_high = MIN(1.0, centre + half);
}

void
proportion_difference(int64_t a, int64_t of_a, int64_t b, int64_t of_b,
                      double *out, double *out_low, double *out_high)
{
    double p, q, low_p, high_p, low_q, high_q;

    *out = *out_low = *out_high = 0;
    if (of_a == 0 || of_b == 0)
        return;
    p = (double)a / (double)of_a;
    q = (double)b / (double)of_b;
    proportion_interval(a, of_a, &low_p, &high_p);
    proportion_interval(b, of_b, &low_q, &high_q);
    *out = p - q;
    *out_low = *out - hypot(p - low_p, high_q - q);
    *out_high = *out + hypot(high_p - p, q - low_q);
}
