/* SPDX-License-Identifier: Apache-2.0 */
/* persona -- the person that a preview is made for. */
#ifndef CAMPAIGNS_PERSONA_H
#define CAMPAIGNS_PERSONA_H

#include "mail-select.h"

/* A database of its own, in memory, with one candidate: nobody in particular
 * (`persona` NULL: all fields missing but the address), or one of
 * tests/personas.yaml. ERROR_NOT_FOUND: there is no such persona. */
Store *persona_store(Catalogue *catalogue, const char *persona, int64_t now,
                     GError **error);
/* Is that the name of a persona? */
bool persona_exists(Catalogue *catalogue, const char *name);

/* Somebody of the audience by "emptiest", "longest" or "random", or by
 * address. ERROR_NOT_FOUND. */
bool person_find(Catalogue *catalogue, Store *store, const Campaign *campaign,
                 const CampaignStep *step, const char *who, int64_t now,
                 int64_t *out, GError **error);

#endif
