/* SPDX-License-Identifier: Apache-2.0 */
/* candidate-words -- the full-text index of titles, sets and notes.
 *
 * The table candidate_words has one row per candidate who is not erased; its
 * rowid is the candidate's id. Whatever writes a title, a set's value or a
 * note leaves the id in candidate_stale (by trigger, or here), and whoever
 * writes many people, or asks, brings the index up to date. Notes that were
 * logged with an interaction are in it too. */
#ifndef NURTURE_CANDIDATE_WORDS_H
#define NURTURE_CANDIDATE_WORDS_H

#include "nurture/store.h"

/* In the caller's transaction: this person's words have changed in a way that
 * no trigger sees. */
bool candidate_words_touch(Store *store, int64_t candidate, GError **error);
/* In the caller's transaction: index people who are stale, at most some
 * thousands of them. *out_done (may be NULL) counts; 0: there is nobody left.
 */
bool candidate_words_update(Store *store, int64_t *out_done, GError **error);
/* Everybody, in transactions of its own, each under 50 ms. */
bool candidate_words_catch_up(Store *store, GError **error);
/* In the caller's transaction: forget one person's words, and merge the index
 * so that nothing of them is left in it. Takes as long as writing the whole
 * index anew. */
bool candidate_words_erase(Store *store, int64_t candidate, GError **error);

#endif
