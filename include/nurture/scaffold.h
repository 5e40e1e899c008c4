/* SPDX-License-Identifier: Apache-2.0 */
/* scaffold -- the first draft of a campaign or segment, to be written over.
 *
 * A draft has status: draft, and placeholders where the words belong: `check`
 * names each of them (E417) until it is written, so that no draft can leave. */
#ifndef NURTURE_SCAFFOLD_H
#define NURTURE_SCAFFOLD_H

#include "nurture/workspace.h"

typedef enum { DRAFT_NEWSLETTER, DRAFT_SEQUENCE, DRAFT_SEGMENT } DraftKind;

/* Borrowed. */
typedef struct {
    DraftKind kind;
    const char *name;     /* of the file or folder: "spring-news" */
    const char *title;    /* NULL: made from the name, "Spring news" */
    const char *audience; /* an audience as in the settings; NULL: everyone */
    const char *sender; /* recruiter, or a file of senders/; NULL: recruiter */
} Draft;

/* Write the draft's files. Returns their paths in the workspace, NULL-ended,
 * owned by the caller. NULL, with nothing written: ERROR_INPUT for a name that
 * cannot be one, ERROR_REFUSED when there is such a campaign or segment. */
char **draft_write(const Workspace *workspace, const Draft *draft,
                   GError **error) G_GNUC_WARN_UNUSED_RESULT;

#endif
