/* SPDX-License-Identifier: Apache-2.0 */
/* ats-adapter -- how one ATS's webhooks are signed, and what they say.
 *
 * A table, campaigns/data/ats/NAME.tsv, or ats/NAME.tsv in the workspace, with
 * four columns:
 *
 *   what   on          name            value
 *   set    -           scheme          how it is signed (ats-signature.h)
 *   set    -           header, prefix  where the signature stands
 *   set    -           event           the path of the event's name
 *   set    -           pull            needed: bodies carry ids only
 *   event  NAME        -               the records it brings, by type
 *   field  NAME or *   type.field      where a record's field is
 *   value  type.field  THEIRS          ours
 *
 * Where: JSON paths (those of SQLite), [*] for every element of a list,
 * header:NAME, =WORD for the word itself, @received for when it came, PATH =>
 * WORD for the word when the path leads to anything; several with " | "
 * between: the first that is there, and that the field's values know if it has
 * any. A stage without a kind gets one by the words of
 * stages.tsv. Events that the table lacks are passed over. */
#ifndef CAMPAIGNS_ATS_ADAPTER_H
#define CAMPAIGNS_ATS_ADAPTER_H

#include "ats-row.h"

#include "nurture/store.h"
#include "nurture/workspace.h"

typedef struct AtsAdapter AtsAdapter;

/* ERROR_INPUT: there is none of that name, or it is wrong at a line. */
AtsAdapter *ats_adapter_load(const Workspace *workspace, const char *name,
                             GError **error);
AtsAdapter *ats_adapter_parse(const char *name, const char *text, gsize length,
                              GError **error);
void ats_adapter_free(AtsAdapter *adapter);
/* The value of a `set` row; NULL = there is none. Borrowed. */
const char *ats_adapter_setting(const AtsAdapter *adapter, const char *name);
/* What is at a JSON path of `body`; *out NULL = nothing, or no JSON. */
bool ats_body_text(Store *store, const char *body, const char *path, char **out,
                   GError **error);
/* The event's name in `body`; NULL = none. `header`: of that event, where the
 * name is not in the body; may be NULL. Owned by the caller. */
char *ats_adapter_event(const AtsAdapter *adapter, Store *store,
                        const char *body, const char *header, GError **error);
/* The types of records that an event brings; NULL = it is not in the table.
 * Borrowed. */
const char *ats_adapter_records(const AtsAdapter *adapter, const char *event);
/* The records of an event: AtsRow, finished; none when it is not in the table.
 * *out_problem: why nothing can be made of it, owned. `store` lends its JSON
 * functions. NULL with `error` when they fail. */
GPtrArray *ats_adapter_map(const AtsAdapter *adapter, Store *store,
                           const char *body, const char *event, const char *src,
                           int64_t received_at, char **out_problem,
                           GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(AtsAdapter, ats_adapter_free)

#endif
