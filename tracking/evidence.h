/* SPDX-License-Identifier: Apache-2.0 */
/* evidence -- what in a mail may tie it to a mail of ours, or to its author.
 *
 * Only collected here, from the parsed mail; whether a token is ours and which
 * server is ours is decided in match.c and trust.c, which know the keys and
 * the settings. */
#ifndef TRACKING_EVIDENCE_H
#define TRACKING_EVIDENCE_H

#include "inbound-mail.h"
#include "nurture/inspection.h"

enum { EVIDENCE_TOKENS_MAX = 40, EVIDENCE_TRACE_MAX = 40 };

void evidence_collect(Inspection *inspection, const InboundMail *mail);
/* What has the form of a web token in `text`, each once, at most so many. */
void evidence_find_tokens(GPtrArray *tokens, const char *text);

#endif
