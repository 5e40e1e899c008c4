/* SPDX-License-Identifier: Apache-2.0 */
/* ranking-private -- what ranking and explaining a ranking share. */
#ifndef CAMPAIGNS_RANKING_PRIVATE_H
#define CAMPAIGNS_RANKING_PRIVATE_H

#include "nurture/ranking.h"

/* Columns of one person's row; 0 = the workspace has no such field. */
typedef struct {
    int seniority, city, country, language, added, last_engaged, last_applied;
    int interest, title;
} RankFields;

void rank_fields_add(RankFields *fields, AudienceQuery *query,
                     const FieldSet *all);
/* The newest of what the person did: came, answered, applied. UTC ms. */
int64_t rank_last_sign(Statement *row, const RankFields *fields);
/* How far an application got, 0 to 1. */
double rank_reached(const char *reached);
/* Steps from one value to another in the field's order. */
int rank_steps(const Field *field, const char *from, const char *to);
/* One word or several ("node.js") as a query of the full-text index. */
char *ranking_query(const char *word);
/* Equal but for case. */
bool text_is_same(const char *a, const char *b);

#endif
