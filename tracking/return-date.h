/* SPDX-License-Identifier: Apache-2.0 */
/* return-date -- the day on which a person says they are back.
 *
 * The day named by "back on X" and "not back until X" is X; "until X" and the
 * end of a range mean the day after. Relative days ("next Monday", "in two
 * weeks", "tomorrow") count from the message's date in its own zone. What lies
 * in the past, or too far ahead, is no return date. Linear in the text. */
#ifndef TRACKING_RETURN_DATE_H
#define TRACKING_RETURN_DATE_H

#include <stdbool.h>
#include <stdint.h>

enum { RETURN_DATE_MAX_DAYS = 180 };

/* `text`: valid UTF-8. `language`: ISO 639 code if known; NULL: it is guessed.
 * `message_date_ms`: UTC; 0 = unknown: then only a date with its year counts.
 * `offset_minutes`: the zone of the message's Date field.
 * Returns: whether a day was found; `out` is "YYYY-MM-DD" or "". */
bool return_date_find(const char *text, const char *language,
                      int64_t message_date_ms, int offset_minutes,
                      char out[11]);

/* The same with another limit, and for "write to me in May": a bare point in
 * time counts too. */
bool return_date_find_later(const char *text, const char *language,
                            int64_t message_date_ms, int offset_minutes,
                            int max_days, char out[11]);

#endif
