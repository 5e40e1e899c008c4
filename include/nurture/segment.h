/* SPDX-License-Identifier: Apache-2.0 */
/* segment -- named expressions over candidates, and their SQL.
 *
 * A segment is a file segments/NAME.seg: one expression and '#' comments.
 * Segments may use segments (no circles, depth 16). SQL is the only evaluator:
 * an expression becomes one condition over `candidate c` in which every value
 * is bound and every column comes from the registry of fields. */
#ifndef NURTURE_SEGMENT_H
#define NURTURE_SEGMENT_H

#include "nurture/expression.h"
#include "nurture/template.h"
#include "nurture/workspace.h"

typedef struct SegmentSet SegmentSet;

/* Read every segments/NAME.seg of `files`; problems at their places. The set
 * borrows the sources. `scope` gives fields, campaigns and zone. */
SegmentSet *segment_set_load(const TemplateFiles *files,
                             const ExpressionScope *scope,
                             Diagnostics *problems);
void segment_set_free(SegmentSet *set);
const char *const *segment_set_names(const SegmentSet *set); /* borrowed */
/* Parsed and without errors, or NULL. Borrowed. */
const Expression *segment_find(const SegmentSet *set, const char *name);
const Source *segment_source(const SegmentSet *set, const char *name);

/* A SELECT over candidates:
 *
 *   SELECT c.candidate_id, <columns in the order they were added>
 *   FROM candidate c
 *   WHERE <visible: not erased, no open batch> AND <where> AND <range>
 *   ORDER BY c.candidate_id
 *
 * All expressions are borrowed until the query is freed. */
typedef struct AudienceQuery AudienceQuery;

typedef enum {
    AUDIENCE_ALL,   /* candidate_id > :after, so that a reader may go on */
    AUDIENCE_ONE,   /* candidate_id = :candidate */
    AUDIENCE_COUNT, /* SELECT count(*) of AUDIENCE_ALL, no columns */
} AudienceRange;

AudienceQuery *audience_query_new(const SegmentSet *segments,
                                  const Workspace *workspace, int64_t now);
void audience_query_free(AudienceQuery *query);
/* Each returns the column's index in the result (from 1; 0 is the id). Sets
 * are joined by U+001F; dates are UTC ms; score is its value at `now`. */
int audience_query_field(AudienceQuery *query, const Field *field);
/* 0 or 1, never NULL. */
int audience_query_condition(AudienceQuery *query, const Expression *condition);
/* Narrow the audience; several are joined by AND. NULL = everyone. */
void audience_query_where(AudienceQuery *query, const Expression *condition);
/* Narrow it to the people on a role's reviewed list (role.h). */
void audience_query_shortlist(AudienceQuery *query, const char *role);
/* The SQL, for `segment explain` and tests. Owned by the caller. */
char *audience_query_sql(const AudienceQuery *query, AudienceRange range);
/* Prepared with everything bound; bind :after (or :candidate) before each
 * run: audience_bind(). `store` is normally store_open_guarded()'s. */
Statement *audience_query_prepare(const AudienceQuery *query, Store *store,
                                  AudienceRange range, GError **error);
void audience_bind(Statement *st, AudienceRange range, int64_t id);
/* How many match. */
bool audience_count(const SegmentSet *segments, const Workspace *workspace,
                    Store *store, const Expression *condition, int64_t now,
                    int64_t *out, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(SegmentSet, segment_set_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(AudienceQuery, audience_query_free)

#endif
